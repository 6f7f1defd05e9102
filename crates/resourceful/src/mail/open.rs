//! From settings to a mailer.

use std::sync::Arc;

use super::file::Folder;
use super::log::{Log, Missing};
use super::mailer::Mailer;
use super::provider::{AnyProvider, Provider};
#[cfg(feature = "ses")]
use super::ses::Ses;
use super::settings::{EmailProvider, EmailSettings};
#[cfg(feature = "smtp")]
use super::smtp::Smtp;
use super::templates::{MailTemplate, Templates};
use crate::error::StartupError;

/// A provider that an application registered.
#[derive(Clone)]
pub(crate) struct OwnProvider(Arc<dyn AnyProvider>);

impl OwnProvider {
    pub(crate) fn new(provider: impl Provider) -> Self {
        Self(Arc::new(provider))
    }
}

impl Mailer {
    /// The mailer of an application. A provider of its own replaces that of the settings.
    ///
    /// # Errors
    /// If a file that the settings name cannot be used, or if a template is wrong.
    pub(crate) fn of_app(
        settings: &EmailSettings,
        provider: Option<OwnProvider>,
        app_name: &str,
        templates: &[MailTemplate],
    ) -> Result<Self, StartupError> {
        let templates = Templates::open(settings, app_name, templates)?;
        let provider = match provider {
            Some(OwnProvider(provider)) => provider,
            None => open(settings)?,
        };
        Ok(Self::of(provider, settings, templates))
    }

    /// A mailer with these settings, for a program without an `App`.
    ///
    /// # Errors
    /// If a file that the settings name cannot be used, or if a template is wrong.
    pub fn from_settings(settings: &EmailSettings) -> Result<Self, StartupError> {
        Self::of_app(settings, None, "API", &[])
    }
}

fn open(settings: &EmailSettings) -> Result<Arc<dyn AnyProvider>, StartupError> {
    Ok(match &settings.provider {
        EmailProvider::Missing => Arc::new(Missing),
        EmailProvider::Log { shows_text: true } => Arc::new(Log::with_text()),
        EmailProvider::Log { shows_text: false } => Arc::new(Log::without_text()),
        EmailProvider::File(folder) => Arc::new(Folder::new(folder)),
        #[cfg(feature = "smtp")]
        EmailProvider::Smtp(settings) => Arc::new(Smtp::new(settings)?),
        #[cfg(feature = "ses")]
        EmailProvider::Ses(settings) => Arc::new(Ses::new(settings)?),
    })
}
