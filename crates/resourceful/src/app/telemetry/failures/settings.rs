//! The settings `SENTRY_..`.

use sentry_core::types::Dsn;

use crate::env::{Reader, SecretText, Setting};

/// Where failures are sent, and what they say.
#[derive(Debug, Clone)]
pub struct SentrySettings {
    /// `SENTRY_DSN`: the address of a project, with its key
    pub dsn: SecretText,
    /// `SENTRY_ENVIRONMENT`; that of `ENVIRONMENT` if `None`
    pub environment: Option<String>,
    /// `SENTRY_SAMPLE_RATE`: the part of the failures that are sent, from 0 to 1
    pub sample_rate: f32,
    /// `SENTRY_USER`
    pub user: SentryUser,
}

/// What an event says about the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentryUser {
    /// A digest of their id, with a key of the application: it is the same in all events, and nobody else can find the id.
    Hash,
    /// Their id, as the log has it.
    Id,
    /// Nothing.
    None,
}

impl SentrySettings {
    pub(in crate::app) fn variables() -> Vec<Setting> {
        vec![
            Setting::new(
                "SENTRY_DSN",
                "The client key (DSN) of a project in Sentry, to which answers with a status from 500 up and panics are reported.",
            )
            .otherwise("nothing is reported")
            .secret(),
            Setting::new("SENTRY_ENVIRONMENT", "The environment in Sentry.").otherwise("the value of ENVIRONMENT"),
            Setting::new("SENTRY_SAMPLE_RATE", "The part of the failures that are reported, from 0 to 1.").default("1"),
            Setting::new(
                "SENTRY_USER",
                "What Sentry gets to know about the user: hash (a digest of their id that only this application can make), id, or \
                 none.",
            )
            .default("hash"),
        ]
    }

    pub(in crate::app) fn from_env(reader: &mut Reader<'_>) -> Option<Self> {
        let dsn = reader.secret("SENTRY_DSN");
        // The text has a key, so it is not shown.
        if dsn.as_deref().is_some_and(|dsn| dsn.parse::<Dsn>().is_err()) {
            reader.problem(
                "SENTRY_DSN is no client key; copy it from the settings of the project in Sentry: https://KEY@HOST/NUMBER",
            );
        }
        let sample_rate = reader.parsed("SENTRY_SAMPLE_RATE", "a number from 0 to 1").unwrap_or(1.0);
        if !(0.0..=1.0).contains(&sample_rate) {
            reader.problem(format!("SENTRY_SAMPLE_RATE is {sample_rate}; it must be a number from 0 to 1"));
        }
        let user = match reader.text("SENTRY_USER").as_deref() {
            None | Some("hash") => SentryUser::Hash,
            Some("id") => SentryUser::Id,
            Some("none") => SentryUser::None,
            Some(other) => {
                reader.problem(format!("SENTRY_USER is `{other}`; it can be hash, id or none"));
                SentryUser::None
            }
        };
        let environment = reader.text("SENTRY_ENVIRONMENT");
        Some(Self { dsn: SecretText(dsn?), environment, sample_rate, user })
    }
}
