//! `cargo xtask test`: every test, with the servers that they need.

use crate::Result;
use crate::needs::{Environment, NGINX, PgBouncer, Postgres, Redis, VARNISH};
use crate::process::{run as run_command, step, succeeds};
use crate::workspace::cargo;

pub(crate) const HELP: &str = "every test, on SQLite, PostgreSQL and Redis (TEST_POSTGRES_URL and TEST_REDIS_URL, or temporary servers),\n\
    through PgBouncer (TEST_PGBOUNCER) and behind Varnish and nginx (TEST_VARNISH, TEST_NGINX), or the installed programs\n\
    arguments are passed to the test runner";

pub(crate) fn run(arguments: &[String]) -> Result {
    let environment = provide()?;
    let runner: Vec<&String> = arguments.iter().filter(|argument| *argument != "--").collect();
    if succeeds(&mut cargo(&["nextest", "--version"])) {
        let mut tests = cargo(&["nextest", "run", "--workspace", "--all-features", "--no-fail-fast"]);
        run_command(environment.tell(&mut tests).args(&runner))?;
    } else {
        step("cargo-nextest is not installed, so `cargo test` runs the tests");
        let mut tests =
            cargo(&["test", "--workspace", "--all-features", "--no-fail-fast", "--lib", "--bins", "--tests"]);
        run_command(environment.tell(&mut tests).args(&runner))?;
    }
    run_command(environment.tell(&mut cargo(&["test", "--doc", "--workspace", "--all-features"])))
}

/// The servers that tests need.
pub(crate) fn provide() -> Result<Environment> {
    Environment::provide(&[&Postgres, &Redis, &PgBouncer, &VARNISH, &NGINX])
}
