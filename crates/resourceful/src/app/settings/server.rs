//! The settings of the server.

use crate::env::Reader;

/// Where the server listens, and how much it does at one time.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// `HOST`
    pub host: String,
    /// `PORT`
    pub port: u16,
    /// `WORKERS`; one for each core when `None`
    pub workers: Option<usize>,
}

impl ServerSettings {
    pub(super) fn from_env(reader: &mut Reader<'_>) -> Self {
        let default_host = if reader.is_production() { "0.0.0.0" } else { "127.0.0.1" };
        Self {
            host: reader.text("HOST").unwrap_or_else(|| default_host.to_owned()),
            port: reader.parsed("PORT", "a port such as 8000").unwrap_or(8000),
            workers: reader.positive("WORKERS"),
        }
    }
}
