//! `cargo xtask coverage`: how many lines of the two crates the tests execute.
//!
//! It uses cargo-tarpaulin, which reads the compiler's counters without LLVM tools: a toolchain may lack them, and they
//! would need the compiler's version of LLVM.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::Result;
use crate::process::{output, run as run_command, step};
use crate::workspace::{cargo, root, target};

pub(crate) const HELP: &str = "line coverage of crates/resourceful and crates/resourceful-macros\n\
    other arguments are passed to cargo-tarpaulin, such as --packages resourceful";

const VERSION: &str = "0.37.5";
const CRATES: [&str; 2] = ["crates/resourceful/src", "crates/resourceful-macros/src"];

pub(crate) fn run(arguments: &[String]) -> Result {
    let tarpaulin = tarpaulin()?;
    let folder = target().join("coverage");
    fs::create_dir_all(&folder)?;
    let environment = crate::test::provide()?;
    let mut command = Command::new(tarpaulin);
    command.args([
        "tarpaulin",
        "--engine",
        "llvm",
        "--all-features",
        "--no-fail-fast",
        "--timeout",
        "600",
        "--skip-clean",
    ]);
    command.args(CRATES.map(|folder| format!("--include-files={folder}/*")));
    command.args(["--out", "Json", "--output-dir"]).arg(&folder).arg("--target-dir").arg(folder.join("build"));
    if !arguments.iter().any(|argument| argument == "--packages" || argument == "-p") {
        command.arg("--workspace");
    }
    // The compile-fail cases would build everything again, and they execute the compiler only
    command.args(arguments).args([
        "--",
        "--exact",
        "--skip",
        "refused",
        "--skip",
        "mistakes::one_mistake_is_one_error_that_helps",
    ]);
    let report = folder.join("tarpaulin-report.json");
    fs::remove_file(&report).ok();
    let measured = run_command(environment.tell(&mut command).current_dir(root()));
    // The counters of build scripts, which tarpaulin leaves in the root folder
    fs::remove_file(root().join("build_rs_cov.profraw")).ok();
    if report.exists() {
        print(&read(&report)?);
    }
    measured.map_err(|error| format!("tests failed, so the numbers are incomplete: {error}").into())
}

/// The program. If this version is missing under `target/tools`, installs it.
fn tarpaulin() -> Result<PathBuf> {
    let tools = target().join("tools");
    let program = tools.join("bin/cargo-tarpaulin");
    let is_there = program.is_file() && output(Command::new(&program).arg("--version"))?.contains(VERSION);
    if !is_there {
        step(&format!("installing cargo-tarpaulin {VERSION} under target/tools, once"));
        let install =
            ["install", "cargo-tarpaulin", "--version", VERSION, "--locked", "--no-default-features", "--root"];
        run_command(cargo(&install).arg(&tools))?;
    }
    Ok(program)
}

/// The number of executed lines, and the number of all lines.
type Lines = (u64, u64);

/// Both numbers for each file, by its path from the root folder.
fn read(report: &Path) -> Result<BTreeMap<String, Lines>> {
    let report: Value = serde_json::from_str(&fs::read_to_string(report)?)?;
    let files = report["files"].as_array().ok_or("tarpaulin's report has no list of files")?;
    let root = root();
    let entry = |file: &Value| {
        let path: PathBuf = file["path"].as_array()?.iter().filter_map(Value::as_str).collect();
        let path = path.strip_prefix(&root).unwrap_or(&path).to_string_lossy().into_owned();
        Some((path, (file["covered"].as_u64()?, file["coverable"].as_u64()?)))
    };
    Ok(files.iter().filter_map(entry).collect())
}

/// Prints the files, the least covered first, then one line for each crate and one for both.
fn print(files: &BTreeMap<String, Lines>) {
    let mut files: Vec<(&str, Lines)> = files.iter().map(|(path, lines)| (path.as_str(), *lines)).collect();
    files.sort_by(|one, other| percent(one.1).total_cmp(&percent(other.1)));
    for (path, lines) in files.iter().filter(|(_, lines)| lines.1 > 0) {
        print_line(path, *lines);
    }
    println!();
    let sum = |folder: &str| {
        let inside = files.iter().filter(|(path, _)| path.starts_with(folder));
        inside.fold((0, 0), |sum: Lines, (_, lines)| (sum.0 + lines.0, sum.1 + lines.1))
    };
    for folder in CRATES {
        print_line(folder.trim_end_matches("/src"), sum(folder));
    }
    print_line("both", sum(""));
}

fn print_line(name: &str, lines: Lines) {
    println!("{:>6.1} %  {:>5} of {:>5} lines  {name}", percent(lines), lines.0, lines.1);
}

fn percent((covered, coverable): Lines) -> f64 {
    // A float represents these counts exactly
    100.0 * covered as f64 / coverable.max(1) as f64
}
