//! The one place where an application is put together: from settings to the parts of a running application.

use std::sync::Arc;

use super::application::App;
use super::settings::Settings;
use super::tokens;
use crate::auth::{AuthSettings, DevIssuer, Verifier, VerifierBuilder};
use crate::context::{Context, ContextBuilder, Maintenance, Options, Secret};
use crate::env::Environment;
use crate::error::StartupError;
use crate::http::Api;
#[cfg(feature = "redis")]
use crate::redis::Redis;
use crate::service::Provisioning;

/// The parts of an application that is put together.
pub(super) struct Parts {
    /// What all parts share: the database, the verifier of tokens, and everything else that was registered.
    pub(super) ctx: Context,
    /// What issues tokens where no tenant does.
    pub(super) issuer: Option<DevIssuer>,
}

/// An application that is being put together.
pub(super) struct Assembly<'a> {
    settings: &'a Settings,
    api: Option<&'a Api>,
    provisioning: Option<Arc<Provisioning>>,
    tokens: Tokens,
}

/// Whose tokens are accepted.
enum Tokens {
    /// Those of the issuers of the settings, or of the development issuer.
    OfSettings,
    /// Those of an issuer that is added here, by the rules of the settings.
    #[cfg(feature = "testing")]
    Of(Box<dyn FnOnce(VerifierBuilder) -> VerifierBuilder>),
    /// There are no callers.
    None,
}

impl<'a> Assembly<'a> {
    /// Puts together what these settings describe.
    pub(super) fn new(settings: &'a Settings) -> Self {
        Self { settings, api: None, provisioning: None, tokens: Tokens::OfSettings }
    }

    /// Puts this application together.
    ///
    /// # Errors
    /// When its endpoints do not fit together.
    pub(super) fn of_app(app: &'a App) -> Result<Self, StartupError> {
        let problems = app.api.validate();
        if !problems.is_empty() {
            let list: String = problems.iter().map(|problem| format!("\n  - {problem}")).collect();
            return Err(StartupError::new(format!("the parts of the application do not fit together:{list}")));
        }
        Ok(Self { api: Some(&app.api), provisioning: app.provisioning.clone(), ..Self::new(&app.settings) })
    }

    /// Accepts the tokens of an issuer that is added here.
    #[cfg(feature = "testing")]
    pub(super) fn with_issuer(mut self, add: impl FnOnce(VerifierBuilder) -> VerifierBuilder + 'static) -> Self {
        self.tokens = Tokens::Of(Box::new(add));
        self
    }

    /// Accepts no tokens, for work without callers: the settings about tokens do not matter.
    pub(super) fn without_callers(mut self) -> Self {
        self.tokens = Tokens::None;
        self
    }

    /// Puts it together over the database of the settings.
    pub(super) async fn connect(self) -> Result<Parts, StartupError> {
        let (database, api) = (&self.settings.database, self.api);
        let (builder, issuer) = self.builder()?;
        Ok(finished(builder.connect(database).await?, api, issuer))
    }

    /// The same over a database that need not be there yet; no caller is let in before the context is opened.
    pub(super) async fn connect_later(self) -> Result<Parts, StartupError> {
        let (database, api) = (&self.settings.database, self.api);
        let (builder, issuer) = self.builder()?;
        Ok(finished(builder.connect_later(database).await?, api, issuer))
    }

    /// Every part of an application is made here, and becomes an extension of the context where others need it.
    fn builder(self) -> Result<(ContextBuilder, Option<DevIssuer>), StartupError> {
        let settings = self.settings;
        let shared = Shared::new(settings)?;
        let (verifier, issuer) = self.tokens.verifier(settings, &shared)?;
        let mut builder = Context::builder(options(settings)).extension(settings.api_prefix.clone());
        if let Some(verifier) = verifier {
            builder = builder.extension(verifier);
        }
        #[cfg(feature = "rbac")]
        if let Some(rbac) = &settings.rbac {
            builder = builder.use_rbac(rbac.clone());
        }
        if let Some(provisioning) = self.provisioning {
            builder = builder.provisioning(provisioning);
        }
        Ok((builder, issuer))
    }
}

fn finished(ctx: Context, api: Option<&Api>, issuer: Option<DevIssuer>) -> Parts {
    if let Some(api) = api {
        api.reserve_path_words(&ctx);
    }
    Parts { ctx, issuer }
}

/// What the processes of an application share besides the database.
struct Shared {
    #[cfg(feature = "redis")]
    redis: Option<Redis>,
}

impl Shared {
    fn new(settings: &Settings) -> Result<Self, StartupError> {
        #[cfg(feature = "redis")]
        {
            let url = settings.redis.as_ref();
            Ok(Self { redis: url.map(|url| Redis::new(&url.0)).transpose().map_err(StartupError::new)? })
        }
        #[cfg(not(feature = "redis"))]
        {
            let _ = settings;
            Ok(Self {})
        }
    }

    /// A verifier with these rules that shares with other processes what it has seen.
    fn verifier(&self, rules: &AuthSettings) -> VerifierBuilder {
        let builder = Verifier::builder(rules.clone());
        #[cfg(feature = "redis")]
        if let Some(redis) = &self.redis {
            return builder.share_proofs(redis.clone());
        }
        builder
    }
}

impl Tokens {
    fn verifier(
        self,
        settings: &Settings,
        shared: &Shared,
    ) -> Result<(Option<Verifier>, Option<DevIssuer>), StartupError> {
        let builder = shared.verifier(&settings.auth);
        let (builder, issuer) = match self {
            Self::None => return Ok((None, None)),
            #[cfg(feature = "testing")]
            Self::Of(add) => (add(builder), None),
            Self::OfSettings if !settings.auth.issuers.is_empty() => (builder, None),
            Self::OfSettings => {
                let issuer = tokens::development_issuer(settings)?;
                (builder.static_issuer(issuer.issuer(), &settings.audience, issuer.jwks()), Some(issuer))
            }
        };
        Ok((Some(builder.build().map_err(StartupError::because)?), issuer))
    }
}

/// The database of the settings, for work on its tables by this process alone.
pub(super) async fn maintenance(settings: &Settings) -> Result<Maintenance, StartupError> {
    Maintenance::open(&settings.database, options(settings)).await
}

/// The same, to look at the tables only.
#[cfg(feature = "migrate")]
pub(super) async fn look_at_tables(settings: &Settings) -> Result<Maintenance, StartupError> {
    Maintenance::look(&settings.database, options(settings)).await
}

fn options(settings: &Settings) -> Options {
    Options {
        limits: settings.limits.clone(),
        development: settings.environment == Environment::Development,
        secret: settings.secret_key.as_ref().map_or_else(Secret::random, |text| Secret::new(&text.0)),
    }
}

impl Context {
    /// A context with settings from the environment, for an actix application of your own.
    ///
    /// # Errors
    /// One error that names every setting that is missing or wrong; another when the database cannot be opened.
    pub async fn from_env() -> Result<Self, StartupError> {
        Self::from_settings(&Settings::from_env()?).await
    }

    /// A context with these settings.
    ///
    /// # Errors
    /// When the database cannot be opened or the settings of tokens are wrong.
    pub async fn from_settings(settings: &Settings) -> Result<Self, StartupError> {
        Ok(Assembly::new(settings).connect().await?.ctx)
    }
}
