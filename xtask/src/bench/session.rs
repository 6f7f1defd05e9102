//! What a run has started: databases, servers, and the files that requests take values from.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::databases::Databases;
use super::load::{self, Files};
use super::peers::{Peer, Response, Server};
use super::workloads::{Expects, Values, Workload};
use crate::Result;
use crate::process::output;

/// The callers, each with a token.
const CALLERS: usize = 20;

const ISSUER: &str = "https://resourceful.localhost/";
const AUDIENCE: &str = "resourceful-development";

/// The pages from which the cursors of a deep list are taken, of 20 rows each.
const CURSOR_PAGES: std::ops::Range<usize> = 4_100..4_900;
const CURSORS: usize = 40;

pub(super) struct Session {
    folder: PathBuf,
    script: PathBuf,
    // Dropped before the databases that they use
    servers: BTreeMap<Peer, Server>,
    pub(super) databases: Databases,
}

impl Session {
    /// Starts these peers, on databases with all rows.
    pub(super) fn start(server: &str, folder: &Path, peers: &[Peer]) -> Result<Self> {
        let databases = Databases::create(server, folder)?;
        let script = load::write_script(folder)?;
        let mut session = Self { folder: folder.to_owned(), script, servers: BTreeMap::new(), databases };
        // Our servers create the tables, and issue the tokens.
        session.serve(Peer::Ours, &[])?;
        session.databases.fill(Peer::Ours)?;
        session.serve(Peer::OursGuarded, &[])?;
        if peers.iter().any(|peer| peer.is_on_sqlite()) {
            session.serve(Peer::OursSqlite, &[])?;
            session.databases.fill(Peer::OursSqlite)?;
        }
        session.write_values()?;
        let keys = session.request(Peer::OursGuarded, "/.well-known/jwks.json")?.body;
        let verifying = [("JWKS", keys.as_str()), ("ISSUER", ISSUER), ("AUDIENCE", AUDIENCE)];
        let verifying = verifying.map(|(name, value)| (name.to_owned(), value.to_owned()));
        for peer in peers {
            session.serve(*peer, &verifying)?;
        }
        Ok(session)
    }

    fn serve(&mut self, peer: Peer, more: &[(String, String)]) -> Result {
        if !self.servers.contains_key(&peer) {
            self.servers.insert(peer, Server::start(peer, &self.databases.url(peer), &self.folder, more)?);
        }
        Ok(())
    }

    pub(super) fn servers(&self) -> impl Iterator<Item = &Server> {
        self.servers.values()
    }

    pub(super) fn server(&self, peer: Peer) -> Result<&Server> {
        Ok(self.servers.get(&peer).ok_or_else(|| format!("`{}` was not started", peer.name()))?)
    }

    fn request(&self, peer: Peer, path: &str) -> Result<Response> {
        self.server(peer)?.request("GET", path, None, None)
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.txt"))
    }

    fn write_values(&self) -> Result {
        let (projects, owners) = self.databases.ids()?;
        let hot: Vec<&str> = projects.lines().step_by((projects.lines().count() / 1_000).max(1)).take(1_000).collect();
        fs::write(self.file("hot"), hot.join("\n"))?;
        fs::write(self.file("projects"), projects)?;
        fs::write(self.file("owners"), owners)?;
        let pages: Vec<String> = (1..=100).map(|page| page.to_string()).collect();
        fs::write(self.file("pages"), pages.join("\n"))?;
        let mut tokens = String::new();
        for caller in 0..CALLERS {
            let sub = format!("auth0|{caller:024}");
            let mut command = Peer::OursGuarded.command(&self.databases.url(Peer::OursGuarded), &self.folder);
            tokens += &output(command.args(["token", "--sub", &sub, "--permissions", "projects:read"]))?;
        }
        fs::write(self.file("tokens"), tokens.trim_end())?;
        Ok(())
    }

    /// The files for the requests of a workload to a peer.
    pub(super) fn files(&self, workload: &Workload, peer: Peer) -> Result<Files> {
        let values = match workload.values {
            Values::None => None,
            Values::Projects => Some(self.file("projects")),
            Values::HotProjects => Some(self.file("hot")),
            Values::Owners => Some(self.file("owners")),
            Values::NearPages => Some(self.file("pages")),
            Values::Cursors => Some(self.write_cursors(peer)?),
        };
        Ok(Files { script: self.script.clone(), values, tokens: workload.with_token.then(|| self.file("tokens")) })
    }

    /// Cursors of the server itself.
    fn write_cursors(&self, peer: Peer) -> Result<PathBuf> {
        let mut cursors = Vec::new();
        for page in CURSOR_PAGES.step_by(CURSOR_PAGES.len() / CURSORS) {
            let path = format!("/api/v1/projects?count=none&page={page}");
            let page: serde_json::Value = serde_json::from_str(&self.request(peer, &path)?.body)?;
            cursors.push(page["next"].as_str().ok_or_else(|| format!("{} gave no cursor", peer.name()))?.to_owned());
        }
        let file = self.file(&format!("cursors of {}", peer.name()));
        fs::write(&file, cursors.join("\n"))?;
        Ok(file)
    }

    /// Sends one request of a workload, and fails unless the answer is right.
    pub(super) fn check(&self, workload: &Workload, peer: Peer, files: &Files) -> Result {
        let first = |file: &PathBuf| -> Result<String> {
            Ok(fs::read_to_string(file)?.lines().next().unwrap_or_default().to_owned())
        };
        let value = files.values.as_ref().map(first).transpose()?.unwrap_or_default();
        let token = files.tokens.as_ref().map(first).transpose()?;
        let (path, body) =
            (workload.full_path().replace("{}", &value), workload.body.map(|body| body.replace("{}", &value)));
        let response = self.server(peer)?.request(workload.method, &path, body.as_deref(), token.as_deref())?;
        let wrong = |why: &str| {
            let (name, status, body) = (peer.name(), response.status, &response.body);
            format!("{} of {name}: {why}\n{} {path}: {status}\n{body}", workload.name, workload.method)
        };
        if !(200..300).contains(&response.status) {
            return Err(wrong("the answer is an error").into());
        }
        let answer: serde_json::Value =
            serde_json::from_str(&response.body).map_err(|_| wrong("the answer is not JSON"))?;
        let items = answer["items"].as_array().map_or(0, Vec::len);
        let related = &answer["items"][0];
        let tasks = related["tasks"]["items"].as_array().or(related["tasks"].as_array()).map_or(0, Vec::len);
        let is_right = match workload.expects {
            Expects::Project => answer["name"].is_string() && answer["createdAt"].is_string(),
            Expects::Page => items == 20 && answer["total"].is_null(),
            Expects::PageWithTotal => items == 20 && answer["total"].as_u64().is_some_and(|total| total > 90_000),
            Expects::PageWithRelated => items == 20 && tasks == 2 && related["owner"]["email"].is_string(),
        };
        if is_right { Ok(()) } else { Err(wrong("the answer is not the expected one").into()) }
    }
}
