//! `cargo xtask bless`: writes every checked-in snapshot again, to be reviewed as a diff.

use crate::Result;
use crate::process::{output, run as run_command, step};
use crate::workspace::cargo;

pub(crate) const HELP: &str = "write the snapshots again: macro expansions, the attribute reference, the reference of settings, the table of metrics, tests/openapi.json, compile errors\n\
    [NAME..]     write only these: expansions, settings, metrics, openapi, ui";

/// The snapshots: name, arguments of the test that writes it, the variable that makes the test write it, and its path.
struct Snapshot {
    name: &'static str,
    test: &'static [&'static str],
    variables: &'static [(&'static str, &'static str)],
    files: &'static [&'static str],
}

const SNAPSHOTS: &[Snapshot] = &[
    Snapshot {
        name: "expansions",
        test: &["-p", "resourceful-macros", "--lib"],
        variables: &[("UPDATE_EXPECTED", "1"), ("UPDATE_REFERENCE", "1")],
        files: &["crates/resourceful-macros/tests/expected", "crates/resourceful/src/docs/attributes.md"],
    },
    Snapshot {
        name: "settings",
        test: &["--workspace", "--all-features", "--lib", "app::settings::tests::reference"],
        variables: &[("UPDATE_SETTINGS", "1")],
        files: &[".env.example", "crates/resourceful/src/docs/configuration.md"],
    },
    Snapshot {
        name: "metrics",
        test: &["--workspace", "--all-features", "--lib", "metrics::catalogue"],
        variables: &[("UPDATE_METRICS", "1")],
        files: &["crates/resourceful/src/docs/metrics.md"],
    },
    Snapshot {
        name: "openapi",
        test: &[
            "-p",
            "resourceful-tests",
            "--all-features",
            "--test",
            "integration",
            "openapi_health_and_problem_pages::the_document",
        ],
        variables: &[("UPDATE_OPENAPI", "1")],
        files: &["tests/openapi.json"],
    },
    Snapshot {
        name: "ui",
        test: &["--workspace", "--all-features", "--test", "ui", "refused"],
        variables: &[("UPDATE_UI", "1")],
        files: &["tests/ui"],
    },
];

pub(crate) fn run(arguments: &[String]) -> Result {
    if let Some(unknown) = arguments.iter().find(|name| SNAPSHOTS.iter().all(|snapshot| snapshot.name != **name)) {
        let names: Vec<&str> = SNAPSHOTS.iter().map(|snapshot| snapshot.name).collect();
        return Err(format!("unknown snapshot `{unknown}`; allowed: {}", names.join(", ")).into());
    }
    let mut changed = String::new();
    let wanted = |snapshot: &&Snapshot| arguments.is_empty() || arguments.iter().any(|name| name == snapshot.name);
    for snapshot in SNAPSHOTS.iter().filter(wanted) {
        let mut test = cargo(&["test", "--quiet"]);
        run_command(test.args(snapshot.test).envs(snapshot.variables.iter().copied()))?;
        let mut status = std::process::Command::new("git");
        status.args(["status", "--short", "--"]).args(snapshot.files).current_dir(crate::workspace::root());
        changed.push_str(&output(&mut status)?);
    }
    match changed.as_str() {
        "" => step("no snapshot has changed"),
        changed => step(&format!("changed; review every line with `git diff`:\n{changed}")),
    }
    Ok(())
}
