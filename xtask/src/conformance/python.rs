//! The Python programs: the validator of OpenAPI documents, and schemathesis, which makes requests of the document.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::server::Server;
use super::{recipes, workshop};
use crate::Result;
use crate::needs::{apt_install, can_install};
use crate::process::{run, step};

/// Fixed, so that a failure can be had again.
const SEEDS: [&str; 3] = ["1", "20260101", "771"];

/// The document against the official schema of OpenAPI 3.1.
pub(crate) fn document(server: &Server) -> Result {
    let file = server.document(&workshop("reports")?)?;
    let mut validator = Command::new(python_folder()?.join("openapi-spec-validator"));
    run(validator.args(["--schema", "3.1", "--validation-errors", "all"]).arg(file))
}

/// Requests made of the document: with every permission all of schemathesis's checks hold; with none nothing opens.
pub(crate) fn schemathesis(server: &Server) -> Result {
    let folder = python_folder()?;
    let everything = server.token("auth0|ada", None)?;
    for (at, seed) in SEEDS.iter().enumerate() {
        // Examples and coverage do not depend on the seed
        let phases = if at == 0 { "examples,coverage,fuzzing,stateful" } else { "fuzzing,stateful" };
        let report = workshop("reports")?.join(format!("schemathesis-{seed}.xml"));
        let mut command = command(&folder, server)?;
        command.args(["--checks", "all", "--exclude-checks", "nothing_opens", "--phases", phases, "--seed", seed]);
        command.arg("--report-junit-path").arg(report);
        run_with_token(
            &mut command,
            &everything,
            &format!("schemathesis with every permission, seed {seed}, {phases}"),
        )?;
    }
    let nothing = server.token("auth0|nobody", Some(""))?;
    let mut command = command(&folder, server)?;
    command.args(["--checks", "nothing_opens,not_a_server_error", "--phases", "examples,coverage,fuzzing"]);
    command.args(["--seed", SEEDS[0]]);
    run_with_token(&mut command, &nothing, "schemathesis with no permission")
}

fn command(folder: &std::path::Path, server: &Server) -> Result<Command> {
    let mut command = Command::new(folder.join("schemathesis"));
    command.arg("--config-file").arg(recipes().join("schemathesis.toml")).arg("run");
    command.arg(format!("{}/openapi.json", server.origin()));
    command.env("SCHEMATHESIS_HOOKS", "schemathesis_hooks").env("PYTHONPATH", recipes());
    // Nothing is written beside the recipes
    command.env("PYTHONDONTWRITEBYTECODE", "1").current_dir(workshop("reports")?);
    Ok(command)
}

/// The token goes through a variable, so that neither the log nor the list of processes shows it.
fn run_with_token(command: &mut Command, token: &str, what: &str) -> Result {
    step(what);
    run(command.env("CONFORMANCE_TOKEN", token))
}

/// The folder of programs of a virtual environment with what `requirements.txt` lists, made when it is missing or stale.
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
        step("Python: no virtual environment could be made, installing Debian's package `python3-venv`");
        apt_install(&["python3", "python3-venv"])?;
        make("/usr/bin/python3")?;
    }
    let quiet = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--requirement"];
    run(Command::new(programs.join("python")).args(quiet).arg(&requirements))?;
    fs::write(stamp, wanted)?;
    Ok(programs)
}
