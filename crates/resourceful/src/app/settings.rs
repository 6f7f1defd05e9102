//! The settings of an application. Each part reads its own settings; the list of the parts is here.

mod reference;
mod server;

pub(super) use reference::{effective, groups};
pub use server::ServerSettings;

use crate::auth::{AuthSettings, ManagementSettings, Tenant};
use crate::cache::CacheSettings;
use crate::context::{DatabaseSettings, Secret};
use crate::env::{Environment, Reader, SecretText};
use crate::error::StartupError;
#[cfg(feature = "mail")]
use crate::events::OutboxSettings;
use crate::http::{ApiPrefix, TrustedProxies};
use crate::limits::{Limit, Limits};
#[cfg(feature = "mail")]
use crate::mail::EmailSettings;
use crate::rates::RateSettings;
#[cfg(feature = "rbac")]
use crate::rbac::RbacSettings;
#[cfg(feature = "storage")]
use crate::storage::StorageSettings;

use super::cors::CorsSettings;
use super::metrics::MetricsSettings;
#[cfg(feature = "sentry")]
use super::telemetry::failures::settings::SentrySettings;
use super::telemetry::settings::LogSettings;
#[cfg(feature = "otel")]
use super::telemetry::traces::settings::TraceSettings;

/// The application's settings, and the environment variables from which they are read.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `ENVIRONMENT`
    pub environment: Environment,
    /// `HOST`, `PORT`, `WORKERS`
    pub server: ServerSettings,
    /// `API_PREFIX`
    pub api_prefix: ApiPrefix,
    /// `TRUSTED_PROXIES`
    pub trusted_proxies: TrustedProxies,
    /// `RATE_LIMIT` and the other variables that begin with `RATE_LIMIT_`
    pub rates: RateSettings,
    /// `CORS_ORIGINS` and the other variables that begin with `CORS_`
    pub cors: CorsSettings,
    /// `SECRET_KEY`; random for each start if `None`, which production refuses
    pub secret_key: Option<SecretText>,
    /// The limits of requests: `BODY_LIMIT`, `STATEMENT_TIMEOUT` and the others of [`limits::ALL`](crate::limits::ALL)
    pub limits: Limits,
    /// `DATABASE_URL`, with the limits that apply to the database
    pub database: DatabaseSettings,
    /// `REDIS_URL`: the server for state that processes share; `None` if they share none
    pub redis: Option<SecretText>,
    /// `CACHE_MEMORY_LIMIT`, `CACHE_NAMESPACE`
    pub cache: CacheSettings,
    /// `AUTH0_AUDIENCE`: the audience of tokens, also of those from the development issuer
    pub audience: String,
    /// Which tokens are accepted: `AUTH0_DOMAIN` and the other variables about tokens. Without issuers, in development and
    /// in tests, the development issuer issues them.
    pub auth: AuthSettings,
    /// `AUTH0_MANAGEMENT_CLIENT_ID`, `AUTH0_MANAGEMENT_CLIENT_SECRET`, `AUTH0_MANAGEMENT_URL`; `None` if the Management
    /// API is not used
    pub management: Option<ManagementSettings>,
    /// `AUTH0_USE_RBAC`, `AUTH0_RBAC_PERMISSIONS`, `AUTH0_RBAC_ROLES`; `None` if permissions come from tokens only
    #[cfg(feature = "rbac")]
    pub rbac: Option<RbacSettings>,
    /// `OUTBOX_INTERVAL` and the other variables that begin with `OUTBOX_`
    #[cfg(feature = "mail")]
    pub outbox: OutboxSettings,
    /// `EMAIL_PROVIDER`, `EMAIL_FROM` and the other variables about mail
    #[cfg(feature = "mail")]
    pub email: EmailSettings,
    /// `STORAGE_PROVIDER` and the other variables that begin with `STORAGE_`, `S3_` or `AWS_`: where files are kept
    #[cfg(feature = "storage")]
    pub storage: StorageSettings,
    /// `METRICS_PORT`, `METRICS_HOST`, `METRICS_PERMISSION`: where metrics are served
    pub metrics: MetricsSettings,
    /// `LOG_LEVEL`, `LOG_FORMAT`
    pub log: LogSettings,
    /// `OTEL_EXPORTER_OTLP_ENDPOINT` and the other variables that begin with `OTEL_`; `None` if no traces are recorded
    #[cfg(feature = "otel")]
    pub traces: Option<TraceSettings>,
    /// `SENTRY_DSN` and the other variables that begin with `SENTRY_`; `None` if nothing is reported
    #[cfg(feature = "sentry")]
    pub failures: Option<SentrySettings>,
    /// `DATA_FOLDER`: the folder of the SQLite file and the token key in development
    pub data_folder: String,
    /// What is probably wrong with the environment although every setting could be read: variables with misspelt names.
    /// The start logs each as a warning.
    pub warnings: Vec<String>,
}

/// A part of the settings. A command needs some parts; problems with the others are not reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::app) enum Part {
    Environment,
    Server,
    Prefix,
    /// How many requests callers may send, and how their addresses are found.
    Rates,
    Cors,
    Secret,
    /// The limits of requests.
    Limits,
    /// The limits of the database.
    DatabaseLimits,
    Database,
    Redis,
    Cache,
    /// The Auth0 tenant and the identifier of the API.
    Tenant,
    /// How tokens are verified.
    Tokens,
    Management,
    Rbac,
    Outbox,
    Email,
    /// Where files are kept.
    Storage,
    Metrics,
    /// The log, and what is told to other servers besides.
    Log,
}

impl Part {
    /// The parts that the command `serve` needs.
    pub(in crate::app) const ALL: &[Self] = &[
        Self::Environment,
        Self::Server,
        Self::Prefix,
        Self::Rates,
        Self::Cors,
        Self::Secret,
        Self::Limits,
        Self::DatabaseLimits,
        Self::Database,
        Self::Redis,
        Self::Cache,
        Self::Tenant,
        Self::Tokens,
        Self::Management,
        Self::Rbac,
        Self::Outbox,
        Self::Email,
        Self::Storage,
        Self::Metrics,
        Self::Log,
    ];
}

/// What is wrong with `.env`: the line and its name. Its value can be a secret, so it is not shown.
fn unreadable(error: &dotenvy::Error) -> StartupError {
    let dotenvy::Error::LineParse(part, _) = error else {
        return StartupError::new(format!(".env cannot be read: {error}"));
    };
    let text = std::fs::read_to_string(".env").unwrap_or_default();
    let line = text.lines().enumerate().find(|(_, line)| line.contains(part.trim()));
    let place = line.map_or_else(String::new, |(number, line)| {
        let name = line.split_once('=').map_or("", |(name, _)| name.trim());
        let name = if name.is_empty() { String::new() } else { format!(" ({name})") };
        format!(" in line {}{name}", number + 1)
    });
    StartupError::new(format!(
        ".env cannot be read{place}: write NAME=value on each line, and put a value with spaces or `<` in double quotes"
    ))
}

impl Settings {
    /// Reads the environment, and in development also `.env` in the working directory. The environment wins.
    ///
    /// # Errors
    /// One error that names every variable that is missing or invalid.
    pub fn from_env() -> Result<Self, StartupError> {
        Self::from_env_for(Part::ALL)
    }

    /// As [`from_env`](Self::from_env), for a command that needs these parts.
    pub(in crate::app) fn from_env_for(needs: &[Part]) -> Result<Self, StartupError> {
        let environment = std::env::var("ENVIRONMENT").ok();
        if Environment::parse(environment.as_deref()) == Ok(Environment::Development) {
            match dotenvy::dotenv() {
                Err(error) if !error.not_found() && !needs.is_empty() => {
                    return Err(unreadable(&error));
                }
                _ => {}
            }
        }
        let mut settings = Self::read(needs, &|name| std::env::var(name).ok())?;
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        settings.warnings.extend(reference::misspelt(&names.collect::<Vec<_>>()));
        Ok(settings)
    }

    /// Reads settings from any source of named values.
    ///
    /// # Errors
    /// One error that names every value that is missing or invalid.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, StartupError> {
        Self::read(Part::ALL, &lookup)
    }

    fn read(needs: &[Part], lookup: &dyn Fn(&str) -> Option<String>) -> Result<Self, StartupError> {
        let mut reader = Reader::new(lookup);
        let needed = |part| needs.contains(&part);
        let is_needed =
            |limit: &Limit| needed(if limit.is_of_database() { Part::DatabaseLimits } else { Part::Limits });

        let environment = reader.part(needed(Part::Environment), Reader::read_environment);
        let data_folder = reader.text("DATA_FOLDER").unwrap_or_else(|| "./data".to_owned());
        let limits = Limits::from_env(&mut reader, is_needed);
        let tenant = reader.part(needed(Part::Tenant), Tenant::from_env);
        #[allow(unused_mut)]
        let mut warnings = Vec::new();
        #[cfg(feature = "storage")]
        warnings.extend(needed(Part::Storage).then(|| StorageSettings::warning(&reader)).flatten());
        #[cfg(not(feature = "otel"))]
        warnings.extend(needed(Part::Log).then(|| no_traces(&reader)).flatten());
        let settings = Self {
            environment,
            server: reader.part(needed(Part::Server), ServerSettings::from_env),
            api_prefix: reader.part(needed(Part::Prefix), ApiPrefix::from_env),
            trusted_proxies: reader.part(needed(Part::Rates), TrustedProxies::from_env),
            rates: reader.part(needed(Part::Rates), RateSettings::from_env),
            cors: reader.part(needed(Part::Cors), CorsSettings::from_env),
            secret_key: reader.part(needed(Part::Secret), Secret::from_env),
            database: reader
                .part(needed(Part::Database), |reader| DatabaseSettings::from_env(reader, &limits, &data_folder)),
            redis: reader.part(needed(Part::Redis), redis),
            cache: reader.part(needed(Part::Cache), |reader| CacheSettings::from_env(reader, tenant.api())),
            audience: tenant.audience(),
            auth: reader.part(needed(Part::Tokens), |reader| AuthSettings::from_env(reader, &tenant)),
            management: reader.part(needed(Part::Management), |reader| ManagementSettings::from_env(reader, &tenant)),
            #[cfg(feature = "rbac")]
            rbac: reader.part(needed(Part::Rbac), RbacSettings::from_env),
            #[cfg(feature = "mail")]
            outbox: reader.part(needed(Part::Outbox), OutboxSettings::from_env),
            #[cfg(feature = "mail")]
            email: reader.part(needed(Part::Email), EmailSettings::from_env),
            #[cfg(feature = "storage")]
            storage: reader.part(needed(Part::Storage), |reader| StorageSettings::from_env(reader, &data_folder)),
            metrics: reader.part(needed(Part::Metrics), |reader| MetricsSettings::from_env(reader, environment)),
            log: reader.part(needed(Part::Log), LogSettings::from_env),
            #[cfg(feature = "otel")]
            traces: reader.part(needed(Part::Log), TraceSettings::from_env),
            #[cfg(feature = "sentry")]
            failures: reader.part(needed(Part::Log), SentrySettings::from_env),
            limits,
            data_folder,
            warnings,
        };
        #[cfg(not(feature = "rbac"))]
        reader.part(needed(Part::Rbac), no_rbac);
        #[cfg(not(feature = "mail"))]
        reader.part(needed(Part::Email), no_mail);
        #[cfg(not(feature = "storage"))]
        reader.part(needed(Part::Storage), no_storage);
        #[cfg(not(feature = "sentry"))]
        reader.part(needed(Part::Log), no_sentry);

        let problems = reader.finish();
        if problems.is_empty() {
            return Ok(settings);
        }
        let list: String = problems.iter().map(|problem| format!("\n  - {problem}")).collect();
        Err(StartupError::new(format!(
            "settings are missing or invalid:{list}\nThe command `config` explains each of them"
        )))
    }
}

#[cfg(feature = "redis")]
use crate::redis::from_env as redis;

/// Without the feature `redis`, `REDIS_URL` is an error.
#[cfg(not(feature = "redis"))]
fn redis(reader: &mut Reader<'_>) -> Option<SecretText> {
    if reader.secret("REDIS_URL").is_some() {
        reader.lacks_feature("REDIS_URL", "redis");
    }
    None
}

/// Without the feature `rbac`, `AUTH0_USE_RBAC` is an error.
#[cfg(not(feature = "rbac"))]
fn no_rbac(reader: &mut Reader<'_>) {
    if reader.flag("AUTH0_USE_RBAC") {
        reader.lacks_feature("AUTH0_USE_RBAC", "rbac");
    }
}

/// Without the feature `mail`, `EMAIL_PROVIDER` is an error.
#[cfg(not(feature = "mail"))]
fn no_mail(reader: &mut Reader<'_>) {
    if reader.text("EMAIL_PROVIDER").is_some() {
        reader.lacks_feature("EMAIL_PROVIDER", "mail");
    }
}

/// Without the feature `storage`, `STORAGE_PROVIDER` is an error.
#[cfg(not(feature = "storage"))]
fn no_storage(reader: &mut Reader<'_>) {
    if reader.text("STORAGE_PROVIDER").is_some() {
        reader.lacks_feature("STORAGE_PROVIDER", "storage");
    }
}

/// Without the feature `sentry`, `SENTRY_DSN` is an error.
#[cfg(not(feature = "sentry"))]
fn no_sentry(reader: &mut Reader<'_>) {
    if reader.text("SENTRY_DSN").is_some() {
        reader.lacks_feature("SENTRY_DSN", "sentry");
    }
}

/// Without the feature `otel` there are no traces. It is no error, because some platforms set this for every container.
#[cfg(not(feature = "otel"))]
fn no_traces(reader: &Reader<'_>) -> Option<String> {
    reader.text("OTEL_EXPORTER_OTLP_ENDPOINT").map(|_| {
        "OTEL_EXPORTER_OTLP_ENDPOINT has no effect: this build lacks the feature `otel` of the resourceful crate"
            .to_owned()
    })
}

#[cfg(test)]
mod tests;
