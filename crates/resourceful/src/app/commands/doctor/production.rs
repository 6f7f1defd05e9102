//! `--production`: what a production server needs, from its settings. What no program can check is listed as well.

use url::Url;

use super::report::{Level, Report};
use crate::app::application::App;
use crate::app::settings::Settings;
use crate::env::Environment;

const PART: &str = "production";

/// What no program can check.
const TO_DO: &[&str] = &[
    "a proxy in front speaks HTTPS, and passes the address of clients on (the guide `proxy`)",
    "backups of the database are made, and one was restored as a rehearsal",
    "a monitor asks /health/ready, and somebody is told",
    "the log is collected, and kept as long as you need it",
    "the roles of users have the permissions that they should have, and no more (`permissions list`)",
];

/// Adds what is missing, and what is there.
pub(super) fn check(app: &App, report: &mut Report) {
    for (is_met, what, advice) in requirements(&app.settings) {
        match is_met {
            true => report.ok(PART, what),
            false => report.add(Level::Warning, PART, format!("it is not so that {what}\n{advice}")),
        }
    }
    TO_DO.iter().for_each(|text| report.add(Level::Todo, PART, *text));
}

/// Whether it is so, what should be so, and what to do.
fn requirements(settings: &Settings) -> Vec<(bool, &'static str, &'static str)> {
    let database = settings.database.url.as_str();
    let is_postgres = database.starts_with("postgres");
    let mut all = vec![
        (
            settings.environment == Environment::Production,
            "ENVIRONMENT is production",
            "Set ENVIRONMENT=production: errors then have no explanations, and nothing is open for development only",
        ),
        (
            settings.secret_key.is_some(),
            "SECRET_KEY is set, so cursors and links outlive a restart and work on all processes",
            "Set it to the output of `openssl rand -base64 32`, the same for all processes",
        ),
        (
            !settings.auth.issuers.is_empty(),
            "tokens come from an identity provider",
            "Set AUTH0_DOMAIN and AUTH0_AUDIENCE (the guide `auth0`)",
        ),
        (
            is_postgres,
            "the database is PostgreSQL, which several servers can use",
            "SQLite serves one process on one machine, and is as safe as its disk and its backups",
        ),
        (
            !is_postgres || is_local(database) || has(database, "sslmode", "verify-full"),
            "the connection to the database stays on this machine, or is encrypted and its certificate is checked",
            "Add sslmode=verify-full to DATABASE_URL (feature `tls`)",
        ),
        (
            settings.redis.is_some(),
            "processes share a cache and the list of used proofs in Redis",
            "Set REDIS_URL (feature `redis`), if there is more than one process",
        ),
        (
            settings.cors.origins.iter().all(|origin| origin.starts_with("https://")),
            "no origin in CORS_ORIGINS is without HTTPS",
            "CORS_ORIGINS should have addresses that begin with https://",
        ),
    ];
    all.push((
        settings.rates.is_on(),
        "requests of each user and each address are limited",
        "Set RATE_LIMIT and RATE_LIMIT_ADDRESS (the guide `rate_limits`), unless the proxy limits them",
    ));
    let replicas = &settings.database.replicas.urls;
    if !replicas.is_empty() {
        all.push((
            replicas.iter().all(|url| is_local(&url.0) || has(&url.0, "sslmode", "verify-full")),
            "the connections to replicas stay on this machine, or are encrypted and their certificates are checked",
            "Add sslmode=verify-full to each URL in DATABASE_READ_URL (feature `tls`)",
        ));
        all.push((
            settings.redis.is_some(),
            "processes tell each other in Redis what callers have written, so that these see it wherever they read next",
            "Set REDIS_URL, if there is more than one process (the guide `replicas`)",
        ));
    }
    if let Some(url) = &settings.redis {
        let url = url.0.as_str();
        all.push((
            is_local(url) || (url.starts_with("rediss://") && has_password(url)),
            "the connection to Redis stays on this machine, or is encrypted and has a password",
            "Write REDIS_URL as rediss://:PASSWORD@HOST:6379 (feature `redis-tls`)",
        ));
    }
    #[cfg(feature = "mail")]
    all.push((
        !matches!(
            settings.email.provider,
            crate::mail::EmailProvider::Missing | crate::mail::EmailProvider::Log { .. }
        ),
        "mails are delivered",
        "Set EMAIL_PROVIDER to smtp or ses (the guide `email`), if the application sends mails",
    ));
    #[cfg(feature = "s3")]
    all.push((
        matches!(settings.storage.provider, crate::storage::StorageProviderSettings::S3(_)),
        "files are in a bucket, which several servers can use",
        "Set STORAGE_PROVIDER=s3 (the guide `storage`), if the application has files and more than one server",
    ));
    all
}

fn is_local(url: &str) -> bool {
    let Ok(url) = Url::parse(url) else { return false };
    // A socket file has no host, or one in the query.
    url.host_str().is_none_or(|host| matches!(host, "" | "localhost" | "127.0.0.1" | "[::1]" | "::1"))
}

fn has(url: &str, name: &str, value: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.query_pairs().any(|(found, given)| found == name && given == value))
}

fn has_password(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| url.password().is_some_and(|password| !password.is_empty()))
}
