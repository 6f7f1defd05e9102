//! The Python programs: a validator of OpenAPI documents, and schemathesis, which generates requests from the document.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::server::Server;
use super::{recipes, workshop};
use crate::Result;
use crate::needs::{apt_install, can_install};
use crate::process::{check_stop, run, step};

/// Fixed, so that a failure can be reproduced.
const SEEDS: [&str; 3] = ["1", "20260101", "771"];

/// Validates the document with the official schema of OpenAPI 3.1.
pub(crate) fn document(server: &Server) -> Result {
    let file = server.document(&workshop("reports")?)?;
    let mut validator = Command::new(python_folder()?.join("openapi-spec-validator"));
    run(validator.args(["--schema", "3.1", "--validation-errors", "all"]).arg(file))
}

/// Sends requests that are generated from the document. With every permission, all checks of schemathesis must pass; with
/// no permission, all protected operations must be refused. All runs are made even if one fails.
pub(crate) fn schemathesis(server: &Server) -> Result {
    let folder = python_folder()?;
    let mut failures = Vec::new();
    let mut run_with = |what: &str, token: &str, arguments: &[&str]| -> Result {
        step(&format!("schemathesis {what}"));
        // The token is passed in a variable, so that neither the log nor the list of processes shows it
        let outcome = run(command(&folder, server)?.args(arguments).env("CONFORMANCE_TOKEN", token));
        check_stop()?;
        if outcome.is_err() {
            failures.push(what.to_owned());
        }
        Ok(())
    };
    let everything = server.token("auth0|ada", None)?;
    // The same cases in every run
    let fixed =
        ["--checks", "all", "--exclude-checks", "nothing_opens", "--phases", "examples,coverage", "--seed", SEEDS[0]];
    run_with("with every permission, its fixed cases", &everything, &fixed)?;
    // Generated from responses of the server, whose ids are new each time. Some of these requests violate a rule that a
    // schema cannot express, so the check that valid bodies are accepted is only for the fixed cases
    for seed in SEEDS {
        let excluded = "nothing_opens,positive_data_acceptance";
        let arguments =
            ["--checks", "all", "--exclude-checks", excluded, "--phases", "fuzzing,stateful", "--seed", seed];
        run_with(&format!("with every permission, seed {seed}"), &everything, &arguments)?;
    }
    let nothing = server.token("auth0|nobody", Some(""))?;
    let checks = ["--checks", "nothing_opens,not_a_server_error", "--phases", "examples,fuzzing", "--seed", SEEDS[0]];
    run_with("with no permission", &nothing, &checks)?;
    if failures.is_empty() {
        Ok(())
    } else {
        Err(format!("schemathesis found failures {}", failures.join("; ")).into())
    }
}

fn command(folder: &Path, server: &Server) -> Result<Command> {
    let mut command = Command::new(folder.join("schemathesis"));
    command.arg("--config-file").arg(recipes().join("schemathesis.toml")).arg("run");
    command.arg(format!("{}/openapi.json", server.origin()));
    command.env("SCHEMATHESIS_HOOKS", "schemathesis_hooks").env("PYTHONPATH", recipes());
    // Write no files next to the configuration
    command.env("PYTHONDONTWRITEBYTECODE", "1").current_dir(workshop("reports")?);
    Ok(command)
}

/// The program folder of a virtual environment with the packages of `requirements.txt`. It is created if it is missing or
/// out of date.
fn python_folder() -> Result<PathBuf> {
    let folder = workshop("python")?;
    let programs = folder.join("bin");
    let requirements = recipes().join("requirements.txt");
    let stamp = folder.join("installed.txt");
    let wanted = fs::read_to_string(&requirements)?;
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(programs);
    }
    let make = |python: &str| run(Command::new(python).args(["-m", "venv", "--clear"]).arg(&folder));
    if let Err(error) = make("python3") {
        if !can_install() {
            return Err(
                format!("{error}; Python 3 with its `venv` is needed (Debian's package is `python3-venv`)").into()
            );
        }
        step("Python: cannot create a virtual environment, installing Debian's package `python3-venv`");
        apt_install(&["python3", "python3-venv"])?;
        make("/usr/bin/python3")?;
    }
    let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--requirement"];
    run(Command::new(programs.join("python")).args(quiet).arg(&requirements))?;
    fs::write(stamp, wanted)?;
    Ok(programs)
}
