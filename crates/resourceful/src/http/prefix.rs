//! Where the API begins.

use crate::context::Context;
use crate::env::{Reader, Setting};

/// The path that all addresses of the API begin with, `/api/v1`; empty for the root of the server. A context has it as an
/// extension; without one it is `/api/v1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiPrefix(String);

impl ApiPrefix {
    pub(crate) fn variables() -> Vec<Setting> {
        vec![Setting::new("API_PREFIX", "The path below which all endpoints of the API are.").default("/api/v1")]
    }

    /// The prefix with this path. `/` is the root of the server.
    pub fn new(path: &str) -> Self {
        Self(path.trim_end_matches('/').to_owned())
    }

    /// Reads `API_PREFIX`.
    pub(crate) fn from_env(reader: &mut Reader<'_>) -> Self {
        let Some(path) = reader.text("API_PREFIX") else { return Self::default() };
        let allowed = |c: char| c.is_ascii_alphanumeric() || "/-_.~".contains(c);
        if !path.starts_with('/') || path.contains("//") || !path.chars().all(allowed) {
            reader.problem(format!("API_PREFIX is `{path}`; it must be a path such as /api/v1"));
        }
        Self::new(&path)
    }

    /// The prefix of a context.
    pub fn of_context(ctx: &Context) -> Self {
        ctx.extension::<Self>().map(|prefix| (*prefix).clone()).unwrap_or_default()
    }

    /// The path without a slash at its end.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for ApiPrefix {
    fn default() -> Self {
        Self::new("/api/v1")
    }
}

impl std::fmt::Display for ApiPrefix {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}
