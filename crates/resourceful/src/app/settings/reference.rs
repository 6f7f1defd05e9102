//! Every setting of an application, for the reference: the guide, `.env.example`, the command `config`, and what a
//! misspelt name was meant to be.

use super::ServerSettings;
use crate::app::cors;
use crate::app::metrics::MetricsSettings;
#[cfg(feature = "sentry")]
use crate::app::telemetry::failures::settings::SentrySettings;
use crate::app::telemetry::settings::LogSettings;
#[cfg(feature = "otel")]
use crate::app::telemetry::traces::settings::TraceSettings;
use crate::auth::{management_variables, token_variables};
use crate::cache::CacheSettings;
use crate::context::{DatabaseSettings, Secret};
use crate::env::{Environment, Setting};
use crate::http::{ApiPrefix, TrustedProxies};
use crate::limits::Limits;
use crate::rates::RateSettings;
#[cfg(feature = "rbac")]
use crate::rbac::RbacSettings;
use crate::rules;

/// Settings under one heading.
pub(in crate::app) struct Group {
    pub(in crate::app) title: &'static str,
    pub(in crate::app) settings: Vec<Setting>,
}

/// Every setting, in the order of the reference.
pub(in crate::app) fn groups() -> Vec<Group> {
    let group = |title, parts: Vec<Vec<Setting>>| Group { title, settings: parts.concat() };
    vec![
        group(
            "The application",
            vec![
                application(),
                ServerSettings::variables(),
                TrustedProxies::variables(),
                ApiPrefix::variables(),
                Secret::variables(),
            ],
        ),
        group("The database", vec![DatabaseSettings::variables(), folder()]),
        #[cfg(feature = "redis")]
        group("Redis", vec![crate::redis::variables()]),
        group("The cache", vec![CacheSettings::variables()]),
        group("Access tokens", vec![token_variables()]),
        #[cfg(feature = "rbac")]
        group("Roles in the database", vec![RbacSettings::variables()]),
        group("The Auth0 Management API", vec![management_variables()]),
        #[cfg(feature = "mail")]
        group("Mail", vec![crate::mail::variables()]),
        #[cfg(feature = "mail")]
        group("The outbox", vec![crate::events::OutboxSettings::variables()]),
        #[cfg(feature = "storage")]
        group("Files", vec![crate::storage::StorageSettings::variables()]),
        #[cfg(feature = "s3")]
        group("Amazon Web Services", vec![crate::env::aws_variables()]),
        group("Web pages of other origins (CORS)", vec![cors::variables()]),
        group("Metrics", vec![MetricsSettings::variables()]),
        group("Logs", vec![LogSettings::variables()]),
        #[cfg(feature = "otel")]
        group("Traces (OpenTelemetry)", vec![TraceSettings::variables()]),
        #[cfg(feature = "sentry")]
        group("Failures (Sentry)", vec![SentrySettings::variables()]),
        group("Rates of requests", vec![RateSettings::variables()]),
        group("Limits of requests", vec![Limits::variables()]),
    ]
}

fn application() -> Vec<Setting> {
    vec![
        Setting::new("ENVIRONMENT", "Where the application runs: development, production or test.")
            .otherwise("development in a debug build, production in a release build")
            .example("development"),
    ]
}

fn folder() -> Vec<Setting> {
    vec![
        Setting::new(
            "DATA_FOLDER",
            "The folder in which development stores its SQLite file, its files and the key of the development issuer.",
        )
        .default("./data"),
    ]
}

/// One sentence for each of these variables whose name is nearly that of a setting. A name that differs more belongs to
/// another program.
pub(super) fn misspelt(variables: &[String]) -> Vec<String> {
    let settings: Vec<Setting> = groups().into_iter().flat_map(|group| group.settings).collect();
    let files: Vec<String> =
        settings.iter().filter(|setting| setting.is_secret).map(|setting| format!("{}_FILE", setting.name)).collect();
    let known: Vec<&str> =
        settings.iter().map(|setting| setting.name).chain(files.iter().map(String::as_str)).collect();
    let is_set = |name: &str| variables.iter().any(|variable| variable == name);
    let mut warnings: Vec<String> = variables
        .iter()
        .filter(|variable| !known.contains(&variable.as_str()))
        .filter_map(|variable| Some((variable, rules::nearest(variable, &known)?)))
        .filter(|(variable, nearest)| is_typing_error(variable, nearest) && !is_set(nearest))
        .map(|(variable, nearest)| {
            format!("the variable {variable} is not a setting and has no effect; did you mean {nearest}?")
        })
        .collect();
    warnings.sort();
    warnings
}

/// Whether a person who wanted to write `setting` could have written `variable`: at most two typing errors, and one in a
/// short name.
fn is_typing_error(variable: &str, setting: &str) -> bool {
    let most = if setting.len() < 8 { 1 } else { 2 };
    strsim::damerau_levenshtein(variable, setting) <= most
}

/// The value of a setting that applies, and where it comes from.
pub(in crate::app) struct Effective {
    /// The value; `None` if there is none. That of a secret is not shown.
    pub(in crate::app) value: Option<String>,
    pub(in crate::app) source: &'static str,
}

/// The value of a setting that applies. `in_file` tells which variables `.env` has with the value that applies.
pub(in crate::app) fn effective(
    setting: &Setting,
    environment: Environment,
    lookup: &dyn Fn(&str) -> Option<String>,
    in_file: &dyn Fn(&str) -> bool,
) -> Effective {
    let place = |name: &str| if in_file(name) { ".env" } else { "environment" };
    let text = |name: &str| lookup(name).map(|value| value.trim().to_owned()).filter(|value| !value.is_empty());
    let file = format!("{}_FILE", setting.name);
    if let Some(value) = text(setting.name) {
        let shown = if setting.is_secret { "(set, not shown)".to_owned() } else { without_password(value) };
        return Effective { value: Some(shown), source: place(setting.name) };
    }
    if setting.is_secret
        && let Some(path) = text(&file)
    {
        return Effective { value: Some(format!("(content of {path}, not shown)")), source: place(&file) };
    }
    let production = setting.in_production.filter(|_| environment == Environment::Production);
    let default = production.map(str::to_owned).or_else(|| setting.default.as_ref().map(ToString::to_string));
    let words = setting.otherwise.map(|words| format!("({words})"));
    let has_other = setting.instead.is_some_and(|other| text(other).is_some());
    let is_missing = setting.is_required && !has_other && environment == Environment::Production;
    match default.or(words) {
        _ if is_missing => Effective { value: None, source: "missing" },
        Some(value) => Effective { value: Some(value), source: "default" },
        None => Effective { value: None, source: "not set" },
    }
}

/// A URL without the password that somebody has written into it.
fn without_password(value: String) -> String {
    let hidden = value.split_once("://").and_then(|(scheme, rest)| {
        let (user, _) = rest.split(['/', '?', '#']).next()?.rsplit_once('@')?;
        let (name, _) = user.split_once(':')?;
        Some(format!("{scheme}://{name}:(not shown){}", &rest[user.len()..]))
    });
    hidden.unwrap_or(value)
}
