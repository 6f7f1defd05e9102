//! `cargo xtask check`: what CI runs.

use crate::Result;
use crate::process::{check_stop, run as run_command, step, succeeds};
use crate::workspace::cargo;

pub(crate) const HELP: &str = "what CI runs: format, clippy, every test, the documentation";

/// Runs all checks even if one fails, so that one run shows all problems.
pub(crate) fn run(arguments: &[String]) -> Result {
    let mut failures = Vec::new();
    let checks: [(&str, &dyn Fn() -> Result); 4] = [
        ("format", &format),
        ("clippy", &clippy),
        ("tests", &|| crate::test::run(arguments)),
        ("documentation", &documentation),
    ];
    for (name, check) in checks {
        if let Err(error) = check() {
            check_stop()?;
            step(&format!("{name}: {error}"));
            failures.push(name);
        }
    }
    if failures.is_empty() {
        step("all checks passed");
        return Ok(());
    }
    Err(format!("failed: {}", failures.join(", ")).into())
}

fn format() -> Result {
    if !has_component("fmt", "rustfmt") {
        return Ok(());
    }
    run_command(&mut cargo(&["fmt", "--all", "--check"]))
        .map_err(|error| format!("{error}; run `cargo fmt --all`").into())
}

fn clippy() -> Result {
    if !has_component("clippy", "clippy") {
        return Ok(());
    }
    run_command(&mut cargo(&["clippy", "--workspace", "--all-targets", "--all-features", "--", "-D", "warnings"]))
}

fn documentation() -> Result {
    let mut doc = cargo(&["doc", "--no-deps", "--workspace", "--all-features"]);
    run_command(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

/// Whether the toolchain has a component. If not, prints that the check is not run.
fn has_component(subcommand: &str, component: &str) -> bool {
    let found = succeeds(&mut cargo(&[subcommand, "--version"]));
    if !found {
        step(&format!(
            "NOT CHECKED: `cargo {subcommand}`, because this toolchain lacks {component} (`rustup component add {component}`)"
        ));
    }
    found
}
