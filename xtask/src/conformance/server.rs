//! The example server, in a new folder with a new database.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::Result;
use crate::process::{Guarded, check_stop, output, run, step};
use crate::workspace::{Scratch, cargo, free_port, target};

/// The guard's script: the arguments are the server's variables, its program and its subcommand. The server gets no other
/// variables of this process.
const SCRIPT: &str = r#"
begin() {
    env -i PATH="$PATH" HOME="$FOLDER" "$@" serve </dev/null >"$FOLDER/log" 2>&1 3>&- &
    server=$!
    echo ready >&3
}
end() {
    kill -TERM $server 2>/dev/null
    tries=0
    while kill -0 $server 2>/dev/null && [ $tries -lt 100 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    { kill -KILL $server; wait $server; } 2>/dev/null
}
"#;

pub(crate) struct Server {
    guarded: Guarded,
    binary: PathBuf,
    variables: Vec<String>,
    port: u16,
}

impl Server {
    /// Builds the example and returns the path of its program.
    pub(crate) fn build() -> Result<PathBuf> {
        // With the same features as the tests, so that no dependency is built twice
        run(&mut cargo(&["build", "--workspace", "--all-features", "--bin", "taskflow"]))?;
        Ok(target().join("debug/taskflow"))
    }

    /// Starts the server and waits until it is ready.
    pub(crate) fn start(binary: &Path) -> Result<Self> {
        let binary = binary.canonicalize().map_err(|error| format!("{}: {error}", binary.display()))?;
        let folder = Scratch::new("taskflow", None)?;
        let port = free_port()?;
        let variables = vec![
            format!("DATABASE_URL=sqlite://{}/taskflow.db?mode=rwc", folder.path().display()),
            "HOST=127.0.0.1".to_owned(),
            format!("PORT={port}"),
            "ENVIRONMENT=development".to_owned(),
        ];
        let program = binary.to_str().ok_or("the server's path is not UTF-8")?;
        let arguments: Vec<&str> = variables.iter().map(String::as_str).chain([program]).collect();
        step(&format!("starting {program} on port {port}"));
        let guarded = Guarded::start("the example server", SCRIPT, &arguments, folder, None)?;
        let server = Self { guarded, binary, variables, port };
        server.wait_until_ready()?;
        Ok(server)
    }

    fn wait_until_ready(&self) -> Result {
        let end = Instant::now() + Duration::from_secs(60);
        while Instant::now() < end {
            check_stop()?;
            if self.get("/health/ready").is_ok_and(|(status, _)| status == 200) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err(format!("the example server was not ready within a minute:\n{}", self.log()).into())
    }

    /// Scheme, host and port.
    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The OpenAPI document, written to a file in this folder.
    pub(crate) fn document(&self, folder: &Path) -> Result<PathBuf> {
        let (status, body) = self.get("/openapi.json")?;
        if status != 200 {
            return Err(format!("the response to GET /openapi.json is {status}: {body}").into());
        }
        let file = folder.join("openapi.json");
        std::fs::write(&file, body)?;
        Ok(file)
    }

    /// A token from the development issuer, with these permissions or with all.
    pub(crate) fn token(&self, sub: &str, permissions: Option<&str>) -> Result<String> {
        let mut command = Command::new(&self.binary);
        command.env_clear().envs(self.variables.iter().filter_map(|variable| variable.split_once('=')));
        command.args(["token", "--sub", sub]).current_dir(self.guarded.folder());
        if let Some(permissions) = permissions {
            command.args(["--permissions", permissions]);
        }
        let token = output(&mut command)?.trim().to_owned();
        if token.split('.').count() == 3 {
            Ok(token)
        } else {
            Err(format!("the command `token` did not print a token: {token}").into())
        }
    }

    /// The last lines of the server's log, without lines that contain a token.
    pub(crate) fn log(&self) -> String {
        self.guarded.log().lines().filter(|line| !line.contains("eyJ")).collect::<Vec<_>>().join("\n")
    }

    /// Sends GET; returns status and body. It uses HTTP/1.0, so that the body is not chunked.
    fn get(&self, path: &str) -> Result<(u16, String)> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        write!(stream, "GET {path} HTTP/1.0\r\nHost: 127.0.0.1:{}\r\n\r\n", self.port)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").ok_or("the response has no end of the head")?;
        let status =
            head.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or("the response has no status")?;
        Ok((status, body.to_owned()))
    }
}
