//! Failures for Sentry: answers with a status from 500 up, and panics of handlers.

mod event;
mod layer;
mod sender;
pub(in crate::app) mod settings;

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::HeaderMap;
use sentry_core::types::Dsn;
use sentry_core::{Client, ClientOptions};
use tracing_subscriber::{Layer, Registry};

use crate::app::application::App;
use crate::app::settings::Settings;
use crate::app::telemetry::post;
use crate::context::Secret;
use crate::error::StartupError;
use layer::Reports;
use sender::Sender;
use settings::{SentrySettings, SentryUser};

/// Failures that are reported.
pub(in crate::app) struct Failures {
    client: Arc<Client>,
    sender: Arc<Sender>,
    user: User,
}

/// What events say about users.
#[derive(Clone)]
enum User {
    /// With the secret that makes digests.
    Hash(Secret),
    Id,
    None,
}

impl Failures {
    /// Starts the thread that sends them.
    ///
    /// # Errors
    /// If no client can be made.
    pub(super) fn start(settings: &SentrySettings, app: &App) -> Result<Self, StartupError> {
        let dsn: Dsn = settings.dsn.0.parse().map_err(StartupError::because)?;
        let sender = Arc::new(Sender::start(&dsn)?);
        let environment = settings.environment.clone();
        let environment = environment.unwrap_or_else(|| app.settings.environment.to_string());
        let mut options = ClientOptions::new()
            .release(format!("{}@{}", name(&app.title), app.version))
            .environment(environment)
            .sample_rate(settings.sample_rate)
            .transport(sender.clone());
        options.dsn = Some(dsn);
        let user = match settings.user {
            SentryUser::Hash => User::Hash(secret(&app.settings)),
            SentryUser::Id => User::Id,
            SentryUser::None => User::None,
        };
        Ok(Self { client: Arc::new(Client::with_options(options)), sender, user })
    }

    /// What makes events of the failures.
    pub(super) fn layer(&self) -> Box<dyn Layer<Registry> + Send + Sync> {
        Reports::new(self.client.clone(), self.user.clone()).filtered()
    }

    /// Sends what waits, for so long at most.
    pub(super) fn end(self, limit: Duration) {
        if !self.sender.end(limit) {
            tracing::warn!("the last failures could not be sent to Sentry in time");
        }
    }
}

/// What makes digests. Without `SECRET_KEY` they are others after each start.
fn secret(settings: &Settings) -> Secret {
    settings.secret_key.as_ref().map_or_else(Secret::random, |text| Secret::new(&text.0))
}

impl User {
    /// What an event says about the user with this id.
    fn id(&self, id: &str) -> Option<String> {
        match self {
            Self::Hash(secret) => {
                let digest = secret.key_for(&format!("the user {id} in reports"));
                Some(digest[..8].iter().map(|byte| format!("{byte:02x}")).collect())
            }
            Self::Id => Some(id.to_owned()),
            Self::None => None,
        }
    }
}

/// A title as the name of a release, which has neither white space nor slashes.
fn name(title: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' };
    title.chars().map(plain).collect()
}

/// Whether Sentry answers, for the command `doctor`. Nothing is reported, so the key is not tried.
///
/// # Errors
/// Why it does not.
pub(in crate::app) async fn check(settings: &SentrySettings) -> Result<String, String> {
    let dsn: Dsn = settings.dsn.0.parse().map_err(|_| "SENTRY_DSN is no client key".to_owned())?;
    let client = post::client().map_err(|error| error.to_string())?;
    // Sentry refuses an empty envelope, and so does everything else: any answer will do.
    let url = dsn.envelope_api_url();
    let answer = post::post(&client, url.as_str(), HeaderMap::new(), Vec::new()).await;
    match answer {
        Ok(answer) if answer.status.is_server_error() => Err(format!("it answered {}", answer.status)),
        Ok(_) => Ok(dsn.host().to_owned()),
        Err(error) => Err(error),
    }
}
