//! Caches in front of a server: the programs Varnish and nginx. Tests that need them start them themselves, each with its
//! own settings.

use std::path::PathBuf;

use super::{Need, Provided};
use crate::Result;
use crate::workspace::find_program;

/// Varnish; it compiles its rules with a C compiler, which building the tests needs as well.
pub(crate) const VARNISH: FrontCache = FrontCache {
    name: "Varnish",
    variable: "TEST_VARNISH",
    program: "varnishd",
    place: "/usr/sbin/varnishd",
    package: "varnish",
};

/// nginx.
pub(crate) const NGINX: FrontCache = FrontCache {
    name: "nginx",
    variable: "TEST_NGINX",
    program: "nginx",
    place: "/usr/sbin/nginx",
    package: "nginx-light",
};

pub(crate) struct FrontCache {
    name: &'static str,
    variable: &'static str,
    program: &'static str,
    place: &'static str,
    package: &'static str,
}

impl Need for FrontCache {
    fn name(&self) -> &'static str {
        self.name
    }

    fn variable(&self) -> &'static str {
        self.variable
    }

    fn example(&self) -> &'static str {
        self.place
    }

    fn package(&self) -> &'static str {
        self.package
    }

    /// `/usr/sbin` is not always in `PATH`.
    fn find(&self) -> Option<PathBuf> {
        let there = PathBuf::from(self.place);
        find_program(&[self.program]).or_else(|| there.is_file().then_some(there))
    }

    fn provide(&self, program: PathBuf) -> Result<Provided> {
        let value = program.to_str().ok_or("the program's path is not UTF-8")?.to_owned();
        Ok(Provided { value, server: None })
    }
}
