//! A client in strict TypeScript, with types that `openapi-typescript` generates from the OpenAPI document. It is compiled
//! and run against the server.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::server::Server;
use super::{recipes, workshop};
use crate::Result;
use crate::needs::{apt_install, can_install};
use crate::process::{run, step};
use crate::workspace::find_program;

pub(crate) fn client(server: &Server) -> Result {
    let folder = workshop("typescript")?;
    install(&folder)?;
    let program = |name: &str| {
        let mut command = Command::new(folder.join("node_modules/.bin").join(name));
        command.current_dir(&folder);
        command
    };
    server.document(&folder)?;
    // A request may omit a property with a default
    let generate = ["openapi.json", "--output", "schema.d.ts", "--default-non-nullable=false"];
    run(program("openapi-typescript").args(generate))?;
    run(program("tsc").args(["--project", "tsconfig.json"]))?;
    let token = server.token("auth0|ada", None)?;
    let mut client = Command::new("node");
    run(client.arg("out/client.js").env("ORIGIN", server.origin()).env("TOKEN", token).current_dir(&folder))
}

/// Copies the configuration and installs the packages of its lock file, if they are not installed yet.
pub(super) fn install(folder: &Path) -> Result {
    let recipe = recipes().join("typescript");
    let wanted = fs::read_to_string(recipe.join("package-lock.json"))?;
    let stamp = folder.join("installed.json");
    for name in ["package.json", "package-lock.json", "tsconfig.json", "client.ts", "page.js"] {
        fs::copy(recipe.join(name), folder.join(name))?;
    }
    if fs::read_to_string(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    if find_program(&["npm"]).is_none() {
        if !can_install() {
            return Err("node and npm are needed (Debian's packages are `nodejs` and `npm`)".into());
        }
        step("node: not installed, installing Debian's packages `nodejs` and `npm`");
        apt_install(&["nodejs", "npm"])?;
    }
    run(Command::new("npm").args(["ci", "--no-audit", "--no-fund"]).current_dir(folder))?;
    fs::write(stamp, wanted)?;
    Ok(())
}
