//! What the tests need in addition to cargo: a PostgreSQL server, a browser and others. Each is named by a variable, or
//! found on the machine, or installed if that is possible (Debian, as root). Otherwise an error says how to provide it.
//! Nothing is skipped silently.

mod chromium;
mod front_caches;
mod pgbouncer;
mod pooler;
mod postgres;
mod redis;

use std::path::PathBuf;
use std::process::Command;

pub(crate) use chromium::Chromium;
pub(crate) use front_caches::{NGINX, VARNISH};
pub(crate) use pgbouncer::PgBouncer;
pub(crate) use pooler::Pooler;
pub(crate) use postgres::{Postgres, PostgresVersion};
pub(crate) use redis::Redis;

use crate::Result;
use crate::process::{Guarded, run, step};
use crate::workspace::{find_program, is_root};

/// Something that the tests need.
pub(crate) trait Need {
    /// Its name in messages.
    fn name(&self) -> &'static str;
    /// The variable that contains its place for the tests.
    fn variable(&self) -> &'static str;
    /// An example of the variable's value.
    fn example(&self) -> &'static str;
    /// Its Debian package.
    fn package(&self) -> &'static str;
    /// The program, or the folder of programs, on this machine.
    fn find(&self) -> Option<PathBuf>;
    /// Prepares it for the tests.
    fn provide(&self, found: PathBuf) -> Result<Provided>;
    /// Whether it is this one and no other, whatever its variable says.
    fn is_exact(&self) -> bool {
        false
    }
    /// Whether it can be installed.
    fn can_install(&self) -> bool {
        can_install()
    }
    /// Installs it, on Debian as root.
    fn install(&self) -> Result {
        apt_install(&[self.package()])
    }
}

/// The value for the variable, and the server, which runs until this value is dropped.
pub(crate) struct Provided {
    pub(crate) value: String,
    pub(crate) server: Option<Guarded>,
}

/// The variables for the test processes.
pub(crate) struct Environment {
    variables: Vec<(&'static str, Provided)>,
}

impl Environment {
    /// Provides all these needs, in this order.
    pub(crate) fn provide(needs: &[&dyn Need]) -> Result<Self> {
        let provide = |need: &&dyn Need| Ok((need.variable(), meet(*need)?));
        Ok(Self { variables: needs.iter().map(provide).collect::<Result<_>>()? })
    }

    /// Provides one more.
    pub(crate) fn add(&mut self, need: &dyn Need) -> Result {
        self.variables.push((need.variable(), meet(need)?));
        Ok(())
    }

    /// The value of a variable.
    pub(crate) fn value(&self, variable: &str) -> Option<&str> {
        self.variables.iter().find(|(known, _)| *known == variable).map(|(_, provided)| provided.value.as_str())
    }

    /// Sets the variables for a command.
    pub(crate) fn tell<'c>(&self, command: &'c mut Command) -> &'c mut Command {
        command.envs(self.variables.iter().map(|(variable, provided)| (variable, &provided.value)))
    }
}

impl Drop for Environment {
    fn drop(&mut self) {
        for (variable, _) in self.variables.iter().filter(|(_, provided)| provided.server.is_some()) {
            step(&format!("stopping the server of {variable}"));
        }
    }
}

fn meet(need: &dyn Need) -> Result<Provided> {
    let (name, variable) = (need.name(), need.variable());
    if let Ok(value) = std::env::var(variable)
        && !value.is_empty()
        && !need.is_exact()
    {
        step(&format!("{name}: using {variable}"));
        return Ok(Provided { value, server: None });
    }
    let found = match need.find() {
        Some(found) => found,
        None if need.can_install() => {
            step(&format!("{name}: not installed, installing the package `{}`", need.package()));
            need.install()?;
            need.find().ok_or_else(|| format!("{name} is still missing after installing `{}`", need.package()))?
        }
        None => return Err(three_ways(need).into()),
    };
    let provided = need.provide(found.clone())?;
    let action = if provided.server.is_some() { "started a temporary server of" } else { "using" };
    step(&format!("{name}: {action} {}, {variable}={}", found.display(), provided.value));
    Ok(provided)
}

fn three_ways(need: &dyn Need) -> String {
    format!(
        "the tests need {name}, which was not found. There are three ways to provide it:\n\
         1. set {variable}, for example {variable}={example}\n\
         2. install it in a place where it is found: Debian's package is `{package}`\n\
         3. on Debian, run this command as root: it installs the package",
        name = need.name(),
        variable = need.variable(),
        example = need.example(),
        package = need.package(),
    )
}

/// Whether packages can be installed without a password.
pub(crate) fn can_install() -> bool {
    is_root() && std::path::Path::new("/etc/debian_version").exists() && find_program(&["apt-get"]).is_some()
}

/// Installs Debian packages.
pub(crate) fn apt_install(packages: &[&str]) -> Result {
    let apt = || {
        let mut command = Command::new("apt-get");
        command.env("DEBIAN_FRONTEND", "noninteractive").args(["-qq", "-o", "DPkg::Lock::Timeout=300"]);
        command
    };
    run(apt().arg("update"))?;
    run(apt().args(["install", "--yes", "--no-install-recommends"]).args(packages))
}
