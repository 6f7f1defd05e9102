//! The settings of replicas.

use std::time::Duration;

use crate::env::{Reader, SecretText, Setting};

/// The default of `REPLICA_MAX_LAG`.
const MAX_LAG: Duration = Duration::from_secs(10);

/// The least that it can be: replicas are looked at several times in this time.
const LEAST_LAG: Duration = Duration::from_secs(1);

/// The replicas of the database. `Default` is none.
#[derive(Clone)]
pub struct ReplicaSettings {
    /// `DATABASE_READ_URL`: `postgres://user:password@host/database` of each replica.
    pub urls: Vec<SecretText>,
    /// `REPLICA_MAX_LAG`: how far a replica may be behind the primary; one that is further behind is not used.
    pub max_lag: Duration,
}

impl Default for ReplicaSettings {
    fn default() -> Self {
        Self { urls: Vec::new(), max_lag: MAX_LAG }
    }
}

impl ReplicaSettings {
    pub(in crate::context) fn variables() -> Vec<Setting> {
        vec![
            Setting::new(
                "DATABASE_READ_URL",
                "Replicas of the database for reads (feature `postgres`): postgres://USER:PASSWORD@HOST/DATABASE, several with commas or \
                 spaces between them. Each is one server, and not a load balancer. Nothing is written there.",
            )
            .secret(),
            Setting::new(
                "REPLICA_MAX_LAG",
                "How many seconds a replica may be behind the primary, at least 1. One that is further behind is not used.",
            )
            .default("10"),
        ]
    }

    /// Reads the settings, for a database that is PostgreSQL or not.
    pub(in crate::context) fn from_env(reader: &mut Reader<'_>, is_postgres: bool) -> Self {
        let text = reader.secret("DATABASE_READ_URL").unwrap_or_default();
        let urls = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|url| !url.is_empty());
        let urls: Vec<_> = urls.map(|url| SecretText(url.to_owned())).collect();
        if !urls.is_empty() && !is_postgres {
            reader.problem(
                "DATABASE_READ_URL is set, but DATABASE_URL is not the URL of a PostgreSQL database: only PostgreSQL has \
                 replicas. Remove DATABASE_READ_URL, or set DATABASE_URL to postgres://..",
            );
        } else if let Some(at) = urls.iter().position(|url| !is_valid(&url.0)) {
            // The value can have a password.
            reader.problem(format!(
                "the URL number {} in DATABASE_READ_URL is not a URL of PostgreSQL; write postgres://USER:PASSWORD@HOST/DATABASE, and \
                 commas between several; commas and other special characters in a password are percent-encoded",
                at + 1
            ));
        }
        let max_lag = reader.fraction("REPLICA_MAX_LAG").unwrap_or(MAX_LAG);
        if max_lag < LEAST_LAG {
            reader.problem("REPLICA_MAX_LAG is less than 1; it must be a number of seconds from 1 on, such as 10");
        }
        Self { urls, max_lag }
    }
}

#[cfg(feature = "postgres")]
fn is_valid(url: &str) -> bool {
    let is_postgres = url.starts_with("postgres:") || url.starts_with("postgresql:");
    is_postgres && url.parse::<sqlx::postgres::PgConnectOptions>().is_ok()
}

/// Without PostgreSQL the setting is refused as a whole.
#[cfg(not(feature = "postgres"))]
fn is_valid(_: &str) -> bool {
    true
}

/// Without the URLs, which may contain passwords.
impl std::fmt::Debug for ReplicaSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ReplicaSettings").field("urls", &self.urls.len()).field("max_lag", &self.max_lag).finish()
    }
}
