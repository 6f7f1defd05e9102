//! `cargo xtask test`: every test, with the servers that they need.

use crate::Result;
use crate::needs::{Environment, Need, Postgres, Redis};
use crate::process::{run as run_command, step, succeeds};
use crate::workspace::cargo;

pub(crate) const HELP: &str = "every test, on SQLite and on PostgreSQL (TEST_POSTGRES_URL, or a throwaway server)\n\
    --redis      start Redis too (TEST_REDIS_URL)\n\
    further arguments go to the test runner";

pub(crate) fn run(arguments: &[String]) -> Result {
    let (ours, runner) = split(arguments);
    let environment = provide(&ours)?;
    if succeeds(&mut cargo(&["nextest", "--version"])) {
        let mut tests = cargo(&["nextest", "run", "--workspace", "--all-features", "--no-fail-fast"]);
        run_command(environment.tell(&mut tests).args(&runner))?;
    } else {
        step("cargo-nextest is not on this machine, so `cargo test` runs the tests");
        let mut tests =
            cargo(&["test", "--workspace", "--all-features", "--no-fail-fast", "--lib", "--bins", "--tests"]);
        run_command(environment.tell(&mut tests).args(&runner))?;
    }
    run_command(environment.tell(&mut cargo(&["test", "--doc", "--workspace", "--all-features"])))
}

/// The servers and programs that tests need. `--redis` among the arguments asks for Redis as well.
pub(crate) fn provide(arguments: &[String]) -> Result<Environment> {
    let mut needs: Vec<&dyn Need> = vec![&Postgres];
    if arguments.iter().any(|argument| argument == "--redis") {
        needs.push(&Redis);
    }
    Environment::provide(&needs)
}

/// Our own arguments, and those of the test runner: what follows `--`, and all that we do not know.
fn split(arguments: &[String]) -> (Vec<String>, Vec<String>) {
    let end = arguments.iter().position(|argument| argument == "--").unwrap_or(arguments.len());
    let (ours, rest): (Vec<String>, Vec<String>) = arguments[..end].iter().cloned().partition(|word| word == "--redis");
    (ours, rest.into_iter().chain(arguments.iter().skip(end + 1).cloned()).collect())
}
