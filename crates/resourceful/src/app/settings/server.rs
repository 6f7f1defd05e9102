//! The settings of the server.

use crate::env::{Reader, Setting};

/// The address on which the server listens, and the number of its workers.
#[derive(Debug, Clone)]
pub struct ServerSettings {
    /// `HOST`
    pub host: String,
    /// `PORT`
    pub port: u16,
    /// `WORKERS`: the number of worker threads; one for each core if `None`
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

    pub(super) fn variables() -> Vec<Setting> {
        vec![
            Setting::new("HOST", "The address on which the server listens; 0.0.0.0 is all addresses.")
                .default("127.0.0.1")
                .in_production("0.0.0.0"),
            Setting::new("PORT", "The port on which the server listens.").default("8000"),
            Setting::new("WORKERS", "The number of worker threads.").otherwise("one for each core"),
        ]
    }

    /// How many worker threads the server has.
    pub(in crate::app) fn worker_threads(&self) -> usize {
        self.workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, usize::from))
    }
}
