//! What the tests need beside cargo: a PostgreSQL server, a browser. Each is given by the caller in a variable, or found
//! on the machine, or installed where that is possible (Debian, as root), or asked for. Nothing is skipped silently.

mod chromium;
mod pgbouncer;
mod postgres;
mod redis;

use std::path::PathBuf;
use std::process::Command;

pub(crate) use chromium::Chromium;
pub(crate) use pgbouncer::PgBouncer;
pub(crate) use postgres::Postgres;
pub(crate) use redis::Redis;

use crate::Result;
use crate::process::{Guarded, run, step};
use crate::workspace::{find_program, is_root};

/// Something the tests need, and the one file that knows it.
pub(crate) trait Need {
    /// What it is called in sentences.
    fn name(&self) -> &'static str;
    /// The variable that tells the tests where it is.
    fn variable(&self) -> &'static str;
    /// What the variable may hold, as an example for the reader.
    fn example(&self) -> &'static str;
    /// Debian's package of it.
    fn package(&self) -> &'static str;
    /// The program, or the folder of programs, on this machine.
    fn find(&self) -> Option<PathBuf>;
    /// Makes it ready for the tests.
    fn provide(&self, found: PathBuf) -> Result<Provided>;
    /// Installs it, on Debian as root.
    fn install(&self) -> Result {
        apt_install(&[self.package()])
    }
}

/// A need met: the value for its variable, and the server behind it, which lives as long as this does.
pub(crate) struct Provided {
    pub(crate) value: String,
    pub(crate) server: Option<Guarded>,
}

/// Needs met, in the form the test processes get them.
pub(crate) struct Environment {
    variables: Vec<(&'static str, Provided)>,
}

impl Environment {
    /// Meets all these needs, in this order.
    pub(crate) fn provide(needs: &[&dyn Need]) -> Result<Self> {
        let provide = |need: &&dyn Need| Ok((need.variable(), meet(*need)?));
        Ok(Self { variables: needs.iter().map(provide).collect::<Result<_>>()? })
    }

    /// What a variable was given.
    pub(crate) fn value(&self, variable: &str) -> Option<&str> {
        self.variables.iter().find(|(known, _)| *known == variable).map(|(_, provided)| provided.value.as_str())
    }

    /// Tells a command where everything is.
    pub(crate) fn tell<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.envs(self.variables.iter().map(|(variable, provided)| (variable, &provided.value)))
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        for (variable, _) in self.variables.iter().filter(|(_, provided)| provided.server.is_some()) {
            step(&format!("stopping what {variable} named"));
        }
    }
}

fn meet(need: &dyn Need) -> Result<Provided> {
    let (name, variable) = (need.name(), need.variable());
    if let Ok(value) = std::env::var(variable)
        && !value.is_empty()
    {
        step(&format!("{name}: the one that {variable} names"));
        return Ok(Provided { value, server: None });
    }
    let found = match need.find() {
        Some(found) => found,
        None if can_install() => {
            step(&format!("{name}: not on this machine, installing Debian's package `{}`", need.package()));
            need.install()?;
            need.find().ok_or_else(|| format!("{name} is still not there after installing `{}`", need.package()))?
        }
        None => return Err(three_ways(need).into()),
    };
    let provided = need.provide(found.clone())?;
    let deed = if provided.server.is_some() { "a throwaway server of" } else { "using" };
    step(&format!("{name}: {deed} {}, {variable}={}", found.display(), provided.value));
    Ok(provided)
}

fn three_ways(need: &dyn Need) -> String {
    format!(
        "the tests need {name}, and there is none. Three ways to give it to them:\n\
         1. set {variable}, for example {variable}={example}\n\
         2. install it so that it is found: Debian's package is `{package}`\n\
         3. on Debian run this as root, and it installs the package itself",
        name = need.name(),
        variable = need.variable(),
        example = need.example(),
        package = need.package(),
    )
}

/// Whether packages can be installed here without asking anybody.
pub(crate) fn can_install() -> bool {
    is_root() && std::path::Path::new("/etc/debian_version").exists() && find_program(&["apt-get"]).is_some()
}

/// Installs packages of Debian.
pub(crate) fn apt_install(packages: &[&str]) -> Result {
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-o", "DPkg::Lock::Timeout=300"]);
        command
    };
    run(apt().arg("update"))?;
    run(apt().args(["install", "--yes", "--no-install-recommends"]).args(packages))
}
