//! `cargo xtask bench --compile`: what one more resource of 12 fields costs the compiler, in a user's crate. It is the
//! difference between a server with some resources and one with more.

mod crates;

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Instant, SystemTime};

use crates::{Crate, Kind};

use super::options::Options;
use super::report::{Table, middle};
use crate::Result;
use crate::process::{output, step};
use crate::workspace::{cargo, target};

const FEW: usize = 10;
const MANY: usize = 30;

const STEPS: [&str; 4] = ["check, fresh", "build, fresh", "check after a touch", "build after a touch"];

/// The seconds of each step, in the order of [`STEPS`].
type Times = [f64; 4];

pub(super) fn run(options: &Options) -> Result {
    let folder = target().join("bench/compile");
    fs::create_dir_all(&folder)?;
    let crates = crates::write(&folder, &[FEW, MANY])?;
    let mut times: Vec<Vec<Times>> = crates.iter().map(|_| Vec::new()).collect();
    for krate in &crates {
        step(&format!("{}: what it depends on", krate.name));
        compile("check", krate, &folder)?;
        compile("build", krate, &folder)?;
    }
    for round in 1..=options.rounds {
        step(&format!("round {round}"));
        for (krate, times) in crates.iter().zip(&mut times) {
            times.push(once(krate, &folder)?);
        }
    }
    let mut titles = vec!["one more resource of 12 fields, ms"];
    titles.extend(STEPS);
    let mut table = Table::new(&titles);
    let cost = |kind: Kind| {
        let of = |count: usize, place: usize| {
            let found = crates.iter().zip(&times).find(|(krate, _)| krate.kind == kind && krate.count == count);
            middle(found.map_or_else(Vec::new, |(_, times)| times.iter().map(|times| times[place]).collect()))
        };
        std::array::from_fn::<f64, 4, _>(|place| (of(MANY, place) - of(FEW, place)) * 1e3 / (MANY - FEW) as f64)
    };
    let (by_hand, ours) = (cost(Kind::ByHand), cost(Kind::Ours));
    for (title, cost) in [(Kind::ByHand.title(), by_hand), (Kind::Ours.title(), ours)] {
        table.row(std::iter::once(title.to_owned()).chain(cost.map(|cost| format!("{cost:.0}"))).collect());
    }
    let ratios = ours.iter().zip(by_hand).map(|(ours, by_hand)| format!("{:.2}", ours / by_hand));
    table.row(std::iter::once("ours : by hand".to_owned()).chain(ratios).collect());
    println!("{table}");
    Ok(())
}

/// All steps of one crate, from no artifacts of its own.
fn once(krate: &Crate, folder: &Path) -> Result<Times> {
    let mut clean = cargo(&["clean", "--quiet", "--package", &krate.name]);
    output(clean.current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target")))?;
    let fresh_and_touched = |what: &str| -> Result<[f64; 2]> {
        let fresh = compile(what, krate, folder)?;
        fs::File::options().append(true).open(&krate.main)?.set_modified(SystemTime::now())?;
        Ok([fresh, compile(what, krate, folder)?])
    };
    let [check, check_again] = fresh_and_touched("check")?;
    let [build, build_again] = fresh_and_touched("build")?;
    Ok([check, build, check_again, build_again])
}

/// The seconds that a command of cargo takes.
fn compile(what: &str, krate: &Crate, folder: &Path) -> Result<f64> {
    let mut command: Command = cargo(&[what, "--quiet", "--package", &krate.name]);
    // Next to its workspace, whose features differ from those of this one
    command.current_dir(folder).env("CARGO_TARGET_DIR", folder.join("target"));
    let start = Instant::now();
    output(&mut command)?;
    Ok(start.elapsed().as_secs_f64())
}
