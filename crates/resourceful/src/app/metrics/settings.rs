//! The settings `METRICS_..`.

use crate::env::{Environment, Reader, Setting};

/// Where metrics are served. `Default` is nowhere.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum MetricsSettings {
    /// Nowhere, the default in production: nothing is counted either.
    #[default]
    Off,
    /// At `/metrics` of the server, for everyone: the default in development.
    Open,
    /// `METRICS_PERMISSION`: at `/metrics` of the server, for callers with this permission.
    Permission(String),
    /// `METRICS_HOST`, `METRICS_PORT`: at `/metrics` of an address of its own, for everyone who can reach it.
    Address {
        /// The address on which it listens.
        host: String,
        /// The port; with 0 the system chooses one, which the log names.
        port: u16,
    },
}

impl MetricsSettings {
    pub(in crate::app) fn variables() -> Vec<Setting> {
        vec![
            Setting::new(
                "METRICS_PORT",
                "The port of a server of its own for metrics, at /metrics: everyone who can reach it can read them.",
            )
            .otherwise("in development /metrics of the server; in production there are no metrics"),
            Setting::new("METRICS_HOST", "With METRICS_PORT: the address on which it listens.").default("127.0.0.1"),
            Setting::new(
                "METRICS_PERMISSION",
                "The permission that callers need to read the metrics at /metrics of the server, in place of METRICS_PORT.",
            )
            .example("metrics:read"),
        ]
    }

    pub(in crate::app) fn from_env(reader: &mut Reader<'_>, environment: Environment) -> Self {
        let port = reader.parsed("METRICS_PORT", "a port such as 9090");
        let (host, permission) = (reader.text("METRICS_HOST"), reader.text("METRICS_PERMISSION"));
        let is_word = |text: &str| text.chars().all(|c| c.is_ascii_graphic() && c != '"' && c != '\\');
        if let Some(permission) = permission.as_deref().filter(|permission| !is_word(permission)) {
            reader
                .problem(format!("METRICS_PERMISSION is `{permission}`; it must be a permission such as metrics:read"));
        }
        match (port, permission) {
            (Some(_), Some(_)) => {
                reader.problem("METRICS_PORT and METRICS_PERMISSION are both set; keep one: the port has no callers");
                Self::Off
            }
            (Some(port), None) => Self::Address { host: host.unwrap_or_else(|| "127.0.0.1".to_owned()), port },
            (None, Some(permission)) => Self::Permission(permission),
            (None, None) if environment == Environment::Development => Self::Open,
            (None, None) => Self::Off,
        }
    }
}
