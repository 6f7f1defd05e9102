//! The databases: one on the PostgreSQL server, and a file of SQLite, each with the same rows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::peers::Peer;
use super::processes::{self, Cpu};
use crate::Result;
use crate::process::{output, step};
use crate::workspace::target;

pub(super) struct Databases {
    /// Any database of the server.
    server: String,
    name: String,
    folder: PathBuf,
    /// The version of PostgreSQL.
    pub(super) version: String,
    /// The first process of PostgreSQL, if it runs on this machine.
    process: Option<u32>,
}

impl Databases {
    /// Creates an empty database on the server.
    pub(super) fn create(server: &str, folder: &Path) -> Result<Self> {
        let name = format!("resourceful_bench_{}", std::process::id());
        output(&mut rows(server, &["create", &name]))?;
        let text = output(&mut rows(server, &["server"]))?;
        let (version, process) = text.trim().split_once(' ').ok_or("`rows server` printed no version")?;
        let (version, process) = (version.to_owned(), process.parse().ok());
        for end in ["", "-wal", "-shm"] {
            fs::remove_file(folder.join(format!("bench.db{end}"))).ok();
        }
        Ok(Self { server: server.to_owned(), name, folder: folder.to_owned(), version, process })
    }

    /// The URL of the database that a peer uses.
    pub(super) fn url(&self, peer: Peer) -> String {
        if peer.is_on_sqlite() {
            return format!("sqlite://{}?mode=rwc", self.folder.join("bench.db").display());
        }
        let (server, query) = self.server.split_once('?').unwrap_or((&self.server, ""));
        // postgres://user@host:port/database
        let authority = server.find("//").map_or(0, |place| place + 2);
        let end = server[authority..].find('/').map_or(server.len(), |place| authority + place);
        let separator = if query.is_empty() { "" } else { "?" };
        format!("{}/{}{separator}{query}", &server[..end], self.name)
    }

    /// Fills the tables that our server has created, and adds the indexes that it advises.
    pub(super) fn fill(&self, ours: Peer) -> Result {
        step(&format!("filling the tables of {}", ours.name()));
        output(&mut rows(&self.url(ours), &["fill"]))?;
        let script = self.folder.join("indexes.sql");
        fs::write(&script, output(ours.command(&self.url(ours), &self.folder).arg("indexes"))?)?;
        let script = script.to_str().ok_or("the target folder has a name that is not UTF-8")?;
        output(&mut rows(&self.url(ours), &["run", script]))?;
        Ok(())
    }

    /// The ids of all projects and of all owners.
    pub(super) fn ids(&self) -> Result<(String, String)> {
        let text = output(&mut rows(&self.url(Peer::Ours), &["ids"]))?;
        let (projects, owners) = text.split_once("\n-\n").ok_or("`rows ids` printed no owners")?;
        Ok((projects.to_owned(), owners.trim_end().to_owned()))
    }

    /// Makes the tables as they were before a measurement that writes.
    pub(super) fn restore(&self, peer: Peer) -> Result {
        output(&mut rows(&self.url(peer), &["restore"]))?;
        Ok(())
    }

    /// The CPU time of all processes of PostgreSQL, also of those that belong to other databases of the server; `None` if
    /// it runs on another machine.
    pub(super) fn cpu(&self) -> Result<Option<Cpu>> {
        self.process.map(processes::of_family).transpose()
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        if let Err(error) = output(&mut rows(&self.server, &["drop", &self.name])) {
            eprintln!("xtask: the database {} could not be dropped: {error}", self.name);
        }
    }
}

fn rows(database: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new(target().join("release").join("rows"));
    command.args(arguments).env("DATABASE_URL", database);
    command
}
