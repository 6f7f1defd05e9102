//! The servers that are compared.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::Duration;

use super::processes::{self, Cpu};
use crate::Result;
use crate::workspace::{free_port, target};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Peer {
    /// actix and SeaORM, one shared pool, default options.
    ByHand,
    /// The same with a pool for each worker and without a ping of each connection before its use.
    Tuned,
    /// actix and tokio-postgres.
    Driver,
    /// actix alone.
    Fixed,
    Ours,
    /// Projects for callers with a permission.
    OursGuarded,
    /// Projects whose answers are kept.
    OursCached,
    ByHandSqlite,
    OursSqlite,
}

/// The columns of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Column {
    ByHand,
    Tuned,
    Driver,
    Fixed,
    Ours,
}

impl Column {
    pub(super) const ALL: [Self; 5] = [Self::ByHand, Self::Tuned, Self::Driver, Self::Fixed, Self::Ours];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::ByHand => "by hand",
            Self::Tuned => "tuned",
            Self::Driver => "tokio-postgres",
            Self::Fixed => "fixed",
            Self::Ours => "ours",
        }
    }
}

impl Peer {
    pub(super) fn column(self) -> Column {
        match self {
            Self::ByHand | Self::ByHandSqlite => Column::ByHand,
            Self::Tuned => Column::Tuned,
            Self::Driver => Column::Driver,
            Self::Fixed => Column::Fixed,
            Self::Ours | Self::OursGuarded | Self::OursCached | Self::OursSqlite => Column::Ours,
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::ByHandSqlite => "by hand, SQLite",
            Self::OursSqlite => "ours, SQLite",
            Self::OursGuarded => "ours, with tokens",
            Self::OursCached => "ours, from the cache",
            other => other.column().title(),
        }
    }

    pub(super) fn is_on_sqlite(self) -> bool {
        matches!(self, Self::ByHandSqlite | Self::OursSqlite)
    }

    pub(super) fn uses_postgres(self) -> bool {
        !self.is_on_sqlite() && self != Self::Fixed
    }

    /// The program, and the variable that chooses what it does.
    fn program(self) -> (&'static str, Option<(&'static str, &'static str)>) {
        match self {
            Self::ByHand | Self::ByHandSqlite => ("by_hand", None),
            Self::Tuned => ("by_hand", Some(("POOL", "worker"))),
            Self::Driver => ("by_driver", None),
            Self::Fixed => ("fixed", None),
            Self::Ours | Self::OursSqlite => ("ours", None),
            Self::OursGuarded => ("ours", Some(("SERVE", "guarded"))),
            Self::OursCached => ("ours", Some(("SERVE", "cached"))),
        }
    }

    /// A command of the peer's program, in the folder where ours keeps the key of its tokens.
    pub(super) fn command(self, database: &str, folder: &Path) -> Command {
        let (program, choice) = self.program();
        let mut command = Command::new(target().join("release").join(program));
        command.env("DATABASE_URL", database).env("ENVIRONMENT", "development").envs(choice);
        command.current_dir(folder).stdin(Stdio::null());
        command
    }
}

/// A running server.
pub(super) struct Server {
    pub(super) peer: Peer,
    child: Child,
    pub(super) port: u16,
}

impl Server {
    pub(super) fn start(peer: Peer, database: &str, folder: &Path, more: &[(String, String)]) -> Result<Self> {
        let (port, log) = (free_port()?, folder.join(format!("{}.log", peer.name())));
        let mut command = peer.command(database, folder);
        command.env("PORT", port.to_string()).envs(more.iter().cloned());
        let child = command.stdout(Stdio::null()).stderr(fs::File::create(&log)?).spawn()?;
        let mut server = Self { peer, child, port };
        for _ in 0..200 {
            // Any answer will do: a port that accepts connections may belong to a server that is still preparing its tables.
            if server.request("GET", "/health/ready", None, None).is_ok_and(|response| response.status > 0) {
                return Ok(server);
            }
            if server.child.try_wait()?.is_some() {
                break;
            }
            sleep(Duration::from_millis(50));
        }
        let log = fs::read_to_string(&log).unwrap_or_default();
        Err(format!("the server `{}` does not answer:\n{log}", peer.name()).into())
    }

    pub(super) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// The status and the body of a response.
    pub(super) fn request(
        &self,
        method: &str,
        path: &str,
        body: Option<&str>,
        token: Option<&str>,
    ) -> Result<Response> {
        let mut command = Command::new("curl");
        command.args(["-s", "-w", "\n%{http_code}", "-X", method]);
        if let Some(body) = body {
            command.args(["-H", "Content-Type: application/json", "-d", body]);
        }
        if let Some(token) = token {
            command.args(["-H", &format!("Authorization: Bearer {token}")]);
        }
        let output = command.arg(self.url(path)).output()?;
        let text = String::from_utf8(output.stdout)?;
        let (body, status) = text.rsplit_once('\n').ok_or("curl printed no status")?;
        Ok(Response { status: status.parse()?, body: body.to_owned() })
    }

    pub(super) fn cpu(&self) -> Result<Cpu> {
        processes::of_process(self.child.id())
    }

    /// The resident memory, in MB (10^6 bytes).
    pub(super) fn memory(&self) -> Result<f64> {
        processes::resident(self.child.id())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(super) struct Response {
    pub(super) status: u16,
    pub(super) body: String,
}
