//! `cargo xtask fuzz`, `cargo xtask faults` and `cargo xtask interference`: tests that `cargo xtask test` runs too, for as long as you like.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::Result;
use crate::process::{run as run_command, step};
use crate::test::provide;
use crate::workspace::cargo;

pub(crate) const FUZZ_HELP: &str = "nearly good query strings, bodies and cursors against their parsers, other ones each time\n\
    [ROUNDS]     how many times as many as the tests do (20)\n\
    [SEED]       to see a failure again";

pub(crate) const FAULTS_HELP: &str = "clients that vanish, cut connections and killed servers under load: no acknowledged write is lost\n\
    [ROUNDS]     how many clients vanish (2500); the other faults follow in proportion";

pub(crate) const INTERFERENCE_HELP: &str = "the same random requests beside rows of others and without them: no answer differs\n\
    [REQUESTS]   how many each server gets, on each database (20000)\n\
    [SEED]       to see a difference again";

pub(crate) fn fuzz(arguments: &[String]) -> Result {
    let rounds = number(arguments, 0)?.unwrap_or(20);
    let seed = seed(arguments)?;
    step(&format!("{rounds} times as many inputs as the tests have; again with: cargo xtask fuzz {rounds} {seed}"));
    let mut tests = cargo(&["test", "-p", "resourceful", "--test", "query", "--", "mutations", "--nocapture"]);
    run_command(tests.env("FUZZ_ROUNDS", rounds.to_string()).env("FUZZ_SEED", seed.to_string()))
}

pub(crate) fn faults(arguments: &[String]) -> Result {
    let rounds = number(arguments, 0)?.unwrap_or(2500);
    let environment = provide()?;
    let mut tests = cargo(&["test", "-p", "resourceful-tests", "--test", "faults", "--", "--nocapture"]);
    run_command(environment.tell(&mut tests).env("FAULT_ROUNDS", rounds.to_string()))
}

pub(crate) fn interference(arguments: &[String]) -> Result {
    let requests = number(arguments, 0)?.unwrap_or(20_000);
    let seed = seed(arguments)?;
    step(&format!("{requests} requests to each server; again with: cargo xtask interference {requests} {seed}"));
    let environment = provide()?;
    let mut tests =
        cargo(&["test", "-p", "resourceful-tests", "--test", "security", "--", "interference", "--nocapture"]);
    environment.tell(&mut tests).env("INTERFERENCE_REQUESTS", requests.to_string());
    run_command(tests.env("INTERFERENCE_SEED", seed.to_string()))
}

/// The seed from the command line, or a new one each time.
fn seed(arguments: &[String]) -> Result<u64> {
    let now = || Ok(SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs());
    number(arguments, 1)?.map_or_else(now, Ok)
}

fn number(arguments: &[String], place: usize) -> Result<Option<u64>> {
    let read = |text: &String| text.parse().map_err(|_| format!("`{text}` is not a number"));
    Ok(arguments.get(place).map(read).transpose()?)
}
