//! Runs the program in a temporary folder.
#![allow(dead_code, reason = "each test binary uses a part")]

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A folder that is removed after the test.
pub struct Place(PathBuf);

impl Place {
    /// A new empty folder.
    pub fn new() -> Self {
        let number = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_nanos();
        let path = std::env::temp_dir().join(format!("taskflow-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    /// A path in the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// A command that starts the program in the folder with these arguments.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_taskflow"));
        for name in [
            "ENVIRONMENT",
            "SECRET_KEY",
            "DATABASE_URL",
            "DATABASE_POOLER",
            "PORT",
            "HOST",
            "AUTH0_DOMAIN",
            "AUTH0_AUDIENCE",
            "AUTH0_USE_RBAC",
            "AUTH0_RBAC_PERMISSIONS",
            "AUTH0_RBAC_ROLES",
            "AUTH0_MANAGEMENT_CLIENT_ID",
            "AUTH0_MANAGEMENT_CLIENT_SECRET",
            "AUTH0_MANAGEMENT_CLIENT_SECRET_FILE",
            "AUTH0_MANAGEMENT_URL",
            "CORS_ORIGINS",
            "LOG_FORMAT",
            "REDIS_URL",
            "CACHE_NAMESPACE",
        ] {
            command.env_remove(name);
        }
        command.env("PORT", "0").current_dir(&self.0).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs a command that must succeed, and returns what it prints.
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().expect("the program runs");
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs a command that must fail, and returns its error message.
    pub fn fail(&self, arguments: &[&str], environment: &[(&str, &str)]) -> String {
        let output = self.command(arguments).envs(environment.iter().copied()).output().expect("the program runs");
        assert!(!output.status.success(), "{arguments:?} should fail");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    /// Runs a command, and returns whether it succeeded, its standard output and its standard error.
    pub fn output(&self, arguments: &[&str], environment: &[(&str, &str)]) -> (bool, String, String) {
        let output = self.command(arguments).envs(environment.iter().copied()).output().expect("the program runs");
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        (output.status.success(), text(&output.stdout), text(&output.stderr))
    }

    /// Starts the server on a free port and waits until it has printed its greeting.
    pub fn serve(&self) -> Served {
        let mut command = self.command(&["serve"]);
        let mut child =
            command.env("PORT", "0").env("WORKERS", "1").stdout(Stdio::piped()).spawn().expect("the server starts");
        let mut greeting = String::new();
        for line in BufReader::new(child.stdout.take().expect("its output")).lines() {
            let line = line.expect("text");
            let last = line.starts_with("curl ");
            greeting.push_str(&line);
            greeting.push('\n');
            if last {
                break;
            }
        }
        Served { child, greeting }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A running server.
pub struct Served {
    child: Child,
    greeting: String,
}

impl Served {
    /// The greeting that the server printed.
    pub fn greeting(&self) -> &str {
        &self.greeting
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
