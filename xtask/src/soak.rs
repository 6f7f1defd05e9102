//! `cargo xtask fuzz`, `faults`, `caches`, `interference` and `races`: tests that `cargo xtask test` runs too, with as many rounds as
//! you want.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::Result;
use crate::process::{run as run_command, step};
use crate::test::provide;
use crate::workspace::cargo;

pub(crate) const FUZZ_HELP: &str = "nearly valid query strings, bodies and cursors against their parsers, different ones each time\n\
    [ROUNDS]     the number of inputs, as a multiple of those in the tests (20)\n\
    [SEED]       the seed of a run to repeat";

pub(crate) const FAULTS_HELP: &str = "clients that disconnect, failed connections and killed servers under load: no acknowledged write is lost\n\
    [ROUNDS]     the number of clients that disconnect (2500); other faults are in proportion\n\
    [KILLS]      how often a worker that delivers mail is killed, on each database (200)\n\
    [MIB]        the size of the large file that is uploaded and downloaded, on a disk and on S3 (1024)";

pub(crate) const CACHES_HELP: &str = "kept answers beside fresh ones after random writes, and pairs of a write and a read in two processes\n\
    [PAIRS]      the number of pairs (10000); random writes are a tenth of it";

pub(crate) const INTERFERENCE_HELP: &str = "the same random requests with and without rows of other users: no response differs\n\
    [REQUESTS]   the number of requests to each server, on each database (20000)\n\
    [SEED]       the seed of a run to repeat";

pub(crate) const RACES_HELP: &str = "64 writers that send one ETag as If-Match: exactly one wins, on both databases\n\
    [ROUNDS]     the number of rounds for each of four resources, on each database (1000)";

pub(crate) fn fuzz(arguments: &[String]) -> Result {
    let rounds = number(arguments, 0)?.unwrap_or(20);
    let seed = seed(arguments)?;
    step(&format!("{rounds} times as many inputs as in the tests; repeat with: cargo xtask fuzz {rounds} {seed}"));
    let mut tests = cargo(&["test", "-p", "resourceful", "--test", "query", "--", "mutations", "--nocapture"]);
    run_command(tests.env("FUZZ_ROUNDS", rounds.to_string()).env("FUZZ_SEED", seed.to_string()))
}

pub(crate) fn faults(arguments: &[String]) -> Result {
    let rounds = number(arguments, 0)?.unwrap_or(2500);
    let kills = number(arguments, 1)?.unwrap_or(200);
    let mib = number(arguments, 2)?.unwrap_or(1024);
    let environment = provide()?;
    let mut tests = cargo(&["test", "-p", "resourceful-tests", "--test", "faults", "--", "--nocapture"]);
    environment.tell(&mut tests).env("FAULT_ROUNDS", rounds.to_string()).env("FILE_MIB", mib.to_string());
    run_command(tests.env("OUTBOX_ROUNDS", kills.to_string()))
}

pub(crate) fn caches(arguments: &[String]) -> Result {
    let pairs = number(arguments, 0)?.unwrap_or(10_000);
    let environment = provide()?;
    let mut tests =
        cargo(&["test", "-p", "resourceful-tests", "--all-features", "--test", "integration", "--", "caching::"]);
    environment.tell(&mut tests).arg("--nocapture").env("CACHE_PAIRS", pairs.to_string());
    run_command(tests.env("CACHE_STEPS", (pairs / 10).to_string()))
}

pub(crate) fn interference(arguments: &[String]) -> Result {
    let requests = number(arguments, 0)?.unwrap_or(20_000);
    let seed = seed(arguments)?;
    step(&format!("{requests} requests to each server; repeat with: cargo xtask interference {requests} {seed}"));
    let environment = provide()?;
    let mut tests =
        cargo(&["test", "-p", "resourceful-tests", "--test", "security", "--", "interference", "--nocapture"]);
    environment.tell(&mut tests).env("INTERFERENCE_REQUESTS", requests.to_string());
    run_command(tests.env("INTERFERENCE_SEED", seed.to_string()))
}

pub(crate) fn races(arguments: &[String]) -> Result {
    let rounds = number(arguments, 0)?.unwrap_or(1000);
    let environment = provide()?;
    let mut tests = cargo(&[
        "test",
        "-p",
        "resourceful-tests",
        "--test",
        "integration",
        "--",
        "one_of_many_writers",
        "--nocapture",
    ]);
    run_command(environment.tell(&mut tests).env("RACE_ROUNDS", rounds.to_string()))
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
