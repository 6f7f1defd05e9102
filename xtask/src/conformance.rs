//! `cargo xtask conformance`: runs third-party clients against the example server. Their exact versions are in the files of
//! `xtask/conformance`. They are installed once under `target/conformance`.

mod page;
mod python;
mod server;
mod typescript;

use std::path::PathBuf;

use crate::Result;
use crate::process::step;
use crate::workspace::{root, target};
use server::Server;

pub(crate) const HELP: &str = "third-party clients against the example server: an OpenAPI validator, schemathesis,\n\
    a TypeScript client generated from the document, the page at /docs in Chromium\n\
    document | schemathesis | typescript | page   run only this part\n\
    --server PATH                          use this program as the example server, and build none";

type Part = (&'static str, fn(&Server) -> Result);

const PARTS: [Part; 4] = [
    ("document", python::document),
    ("schemathesis", python::schemathesis),
    ("typescript", typescript::client),
    ("page", page::docs),
];

pub(crate) fn run(arguments: &[String]) -> Result {
    let mut wanted = Vec::new();
    let mut binary = None;
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        match PARTS.iter().find(|(name, _)| name == word) {
            Some(part) => wanted.push(part),
            None if word == "--server" => binary = Some(PathBuf::from(words.next().ok_or("--server needs a path")?)),
            None => {
                return Err(format!("unknown part `{word}`; allowed: document, schemathesis, typescript, page").into());
            }
        }
    }
    if wanted.is_empty() {
        wanted.extend(&PARTS);
    }
    let binary = binary.map_or_else(Server::build, Ok)?;
    let mut failures = Vec::new();
    for (name, part) in wanted {
        // A new server for each part, so that no part depends on rows that another one created
        step(&format!("conformance: {name}"));
        let server = Server::start(&binary)?;
        if let Err(error) = part(&server) {
            crate::process::check_stop()?;
            step(&format!("{name}: {error}\nthe server's last lines:\n{}", server.log()));
            failures.push(*name);
        }
    }
    if failures.is_empty() {
        step("conformance: all parts passed");
        return Ok(());
    }
    Err(format!("failed: {}", failures.join(", ")).into())
}

/// The folder with the configuration and the versions of the clients.
fn recipes() -> PathBuf {
    root().join("xtask/conformance")
}

/// The folder into which clients are installed and reports are written.
fn workshop(name: &str) -> Result<PathBuf> {
    let folder = target().join("conformance").join(name);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
