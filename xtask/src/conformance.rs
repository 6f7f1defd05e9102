//! `cargo xtask conformance`: programs of other people against the running example. Their versions are exact, in the
//! files of `xtask/conformance`; they are installed under `target/conformance` and stay there.

mod page;
mod python;
mod server;
mod typescript;

use std::path::PathBuf;

use crate::Result;
use crate::process::step;
use crate::workspace::{root, target};
use server::Server;

pub(crate) const HELP: &str = "foreign clients against the running example: the OpenAPI validator, schemathesis,\n\
    a TypeScript client made from the document, the page at /docs in Chromium\n\
    document | schemathesis | typescript | page   only that one\n\
    --server PATH                          an example server built already";

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
            None => return Err(format!("no part `{word}`: there are document, schemathesis, typescript, page").into()),
        }
    }
    if wanted.is_empty() {
        wanted.extend(&PARTS);
    }
    let binary = binary.map_or_else(Server::build, Ok)?;
    let mut failures = Vec::new();
    for (name, part) in wanted {
        // A server of its own for each, so that what one leaves in the database is nothing to the next
        step(&format!("conformance: {name}"));
        let server = Server::start(&binary)?;
        if let Err(error) = part(&server) {
            crate::process::check_stop()?;
            step(&format!("{name}: {error}\nthe server's last lines:\n{}", server.log()));
            failures.push(*name);
        }
    }
    if failures.is_empty() {
        step("conformance: everything is in order");
        return Ok(());
    }
    Err(format!("not in order: {}", failures.join(", ")).into())
}

/// Where what conformance needs is written down.
fn recipes() -> PathBuf {
    root().join("xtask/conformance")
}

/// Where it is installed and where reports go.
fn workshop(name: &str) -> Result<PathBuf> {
    let folder = target().join("conformance").join(name);
    std::fs::create_dir_all(&folder)?;
    Ok(folder)
}
