//! The one place where an application is put together: from settings to the parts of a running application.

use std::sync::Arc;

use super::application::App;
#[cfg(feature = "mail")]
use super::application::OwnMail;
#[cfg(feature = "redis")]
use super::health::SharedRedis;
use super::metrics::MetricsSettings;
use super::settings::Settings;
use super::tokens;
use crate::auth::{AuthSettings, DevIssuer, Verifier, VerifierBuilder};
#[cfg(feature = "redis")]
use crate::cache::RedisStore;
use crate::cache::{Cache, CacheSettings};
use crate::context::{Context, ContextBuilder, DatabaseSettings, Maintenance, Options, Secret};
use crate::env::Environment;
use crate::error::StartupError;
#[cfg(feature = "mail")]
use crate::events::Hub;
use crate::http::Api;
#[cfg(feature = "mail")]
use crate::mail::Mailer;
use crate::rates::Limiter;
#[cfg(feature = "redis")]
use crate::rates::RedisStore as RateStore;
#[cfg(feature = "redis")]
use crate::redis::Redis;
use crate::service::Provisioning;
#[cfg(feature = "storage")]
use crate::storage::Storage;

/// The parts of an assembled application.
pub(super) struct Parts {
    /// What all parts share: the database, the token verifier, and everything else that was registered.
    pub(super) ctx: Context,
    /// Issues tokens if no Auth0 tenant is configured.
    pub(super) issuer: Option<DevIssuer>,
}

/// An application that is being assembled.
pub(super) struct Assembly<'a> {
    settings: &'a Settings,
    api: Option<&'a Api>,
    provisioning: Option<Arc<Provisioning>>,
    /// The cache that replaces the one of the settings.
    cache: Option<Cache>,
    /// Whether the application has an outbox.
    #[cfg(feature = "mail")]
    has_outbox: bool,
    /// The name of the application in mails, and what it registered about them.
    #[cfg(feature = "mail")]
    mail: (&'a str, OwnMail),
    /// The storage that replaces the one of the settings.
    #[cfg(feature = "storage")]
    storage: Option<Storage>,
    tokens: Tokens,
}

/// Whose tokens are accepted.
enum Tokens {
    /// Tokens of the issuers in the settings, or of the development issuer.
    OfSettings,
    /// Tokens of an issuer that is given here, checked by the rules in the settings.
    #[cfg(feature = "testing")]
    Of(Box<dyn FnOnce(VerifierBuilder) -> VerifierBuilder>),
    /// No tokens: there are no callers.
    None,
}

impl<'a> Assembly<'a> {
    /// Assembles an application from these settings.
    pub(super) fn new(settings: &'a Settings) -> Self {
        Self {
            settings,
            api: None,
            provisioning: None,
            cache: None,
            #[cfg(feature = "mail")]
            has_outbox: false,
            #[cfg(feature = "mail")]
            mail: ("API", OwnMail::default()),
            #[cfg(feature = "storage")]
            storage: None,
            tokens: Tokens::OfSettings,
        }
    }

    /// Assembles this application.
    ///
    /// # Errors
    /// If its endpoints conflict with each other.
    pub(super) fn of_app(app: &'a App) -> Result<Self, StartupError> {
        let problems = app.api.validate();
        if !problems.is_empty() {
            let list: String = problems.iter().map(|problem| format!("\n  - {problem}")).collect();
            return Err(StartupError::new(format!("the parts of the application conflict with each other:{list}")));
        }
        Ok(Self {
            api: Some(&app.api),
            provisioning: app.provisioning.clone(),
            cache: app.cache.clone(),
            #[cfg(feature = "mail")]
            has_outbox: app.outbox.is_some(),
            #[cfg(feature = "mail")]
            mail: (&app.title, app.mail.clone()),
            #[cfg(feature = "storage")]
            storage: app.storage.clone(),
            ..Self::new(&app.settings)
        })
    }

    /// Accepts the tokens of this issuer.
    #[cfg(feature = "testing")]
    pub(super) fn with_issuer(mut self, add: impl FnOnce(VerifierBuilder) -> VerifierBuilder + 'static) -> Self {
        self.tokens = Tokens::Of(Box::new(add));
        self
    }

    /// Takes these settings instead of those of the application.
    pub(super) fn with_settings(mut self, settings: &'a Settings) -> Self {
        self.settings = settings;
        self
    }

    /// Accepts no tokens, for work without callers: the settings about tokens are ignored.
    pub(super) fn without_callers(mut self) -> Self {
        self.tokens = Tokens::None;
        self
    }

    /// Assembles the application with the database of the settings.
    pub(super) async fn connect(self) -> Result<Parts, StartupError> {
        let (database, api) = (self.database(), self.api);
        let (builder, issuer) = self.builder()?;
        Ok(finished(builder.connect(&database).await?, api, issuer))
    }

    /// As `connect`, but the database does not need to be available yet; requests are refused until the context is opened.
    pub(super) async fn connect_later(self) -> Result<Parts, StartupError> {
        let (database, api) = (self.database(), self.api);
        let (builder, issuer) = self.builder()?;
        Ok(finished(builder.connect_later(&database).await?, api, issuer))
    }

    /// The settings of the database. An application with endpoints has workers, and each has its own connections.
    fn database(&self) -> DatabaseSettings {
        let server = &self.settings.server;
        let workers = if self.api.is_some() { server.worker_threads() } else { server.workers.unwrap_or(1) };
        DatabaseSettings { workers, ..self.settings.database.clone() }
    }

    /// Creates every part of an application. A part that others need becomes an extension of the context.
    fn builder(self) -> Result<(ContextBuilder, Option<DevIssuer>), StartupError> {
        let settings = self.settings;
        let shared = Shared::new(settings)?;
        let (verifier, issuer) = self.tokens.verifier(settings, &shared)?;
        let options = options(settings);
        #[cfg(feature = "storage")]
        let storage = match self.storage {
            Some(storage) => storage,
            None => settings.storage.open()?.with_upload_limit(settings.limits.upload_bytes as u64),
        };
        #[cfg(feature = "storage")]
        let storage = storage.with_room(settings.limits.uploads_bytes, settings.limits.acquire_timeout);
        #[cfg(feature = "storage")]
        storage.sign_with(options.secret.key_for("links"));
        let is_measured = self.api.is_some() && settings.metrics != MetricsSettings::Off;
        let mut builder = Context::builder(options)
            .extension(settings.api_prefix.clone())
            .extension(settings.trusted_proxies.clone())
            .extension(self.cache.unwrap_or_else(|| shared.cache(&settings.cache)));
        if is_measured {
            builder = builder.measured();
        }
        #[cfg(feature = "redis")]
        if let Some(redis) = &shared.redis {
            builder = builder.extension(SharedRedis(redis.clone()));
        }
        #[cfg(all(feature = "postgres", feature = "redis"))]
        if let Some(redis) = &shared.redis {
            builder = builder.share_writes(redis, &settings.cache.namespace);
        }
        if let Some(limiter) = shared.limiter(settings) {
            builder = builder.extension(limiter);
        }
        #[cfg(feature = "mail")]
        {
            let (name, OwnMail { provider, templates }) = self.mail;
            builder = builder.extension(Mailer::of_app(&settings.email, provider, name, &templates)?);
        }
        if let Some(verifier) = verifier {
            builder = builder.extension(verifier);
        }
        #[cfg(feature = "mail")]
        {
            builder = builder.extension(settings.outbox.clone());
            if self.has_outbox {
                builder = builder.extension(Hub::on());
            }
        }
        #[cfg(feature = "storage")]
        {
            builder = builder.extension(storage);
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

/// What the processes of an application share in addition to the database.
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

    /// The cache of the application: in Redis and in memory, or in memory only.
    fn cache(&self, settings: &CacheSettings) -> Cache {
        #[cfg(feature = "redis")]
        if let Some(redis) = &self.redis {
            return Cache::in_store(RedisStore::new(redis, &settings.namespace), settings);
        }
        Cache::in_memory(settings.memory_limit)
    }

    /// What counts requests, if there are limits: in Redis, or in this process only.
    fn limiter(&self, settings: &Settings) -> Option<Limiter> {
        let limiter = settings.rates.is_on().then(|| Limiter::new(&settings.rates))?;
        #[cfg(feature = "redis")]
        if let Some(redis) = &self.redis {
            // The name of the application in Redis is the same for everything that is kept there.
            return Some(limiter.shared(RateStore::new(redis, &settings.cache.namespace)));
        }
        Some(limiter)
    }

    /// A verifier with these rules that shares used DPoP proofs with other processes.
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

/// Opens the database of the settings for a command that reads and writes rows.
#[cfg(feature = "mail")]
pub(super) async fn database(settings: &Settings) -> Result<Context, StartupError> {
    Context::builder(options(settings)).connect(&settings.database).await
}

/// Opens the database of the settings for changes of its tables, which only this process may make.
pub(super) async fn maintenance(settings: &Settings) -> Result<Maintenance, StartupError> {
    Maintenance::open(&settings.database, options(settings)).await
}

/// Opens the database of the settings to read its tables only.
#[cfg(feature = "migrate")]
pub(super) async fn read_tables(settings: &Settings) -> Result<Maintenance, StartupError> {
    Maintenance::read_only(&settings.database, options(settings)).await
}

fn options(settings: &Settings) -> Options {
    Options {
        limits: settings.limits.clone(),
        development: settings.environment == Environment::Development,
        secret: settings.secret_key.as_ref().map_or_else(Secret::random, |text| Secret::new(&text.0)),
    }
}

impl Context {
    /// Creates a context with settings from the environment, for your own actix application.
    ///
    /// # Errors
    /// One error that names every setting that is missing or invalid; another if the database cannot be opened.
    pub async fn from_env() -> Result<Self, StartupError> {
        Self::from_settings(&Settings::from_env()?).await
    }

    /// Creates a context with these settings.
    ///
    /// # Errors
    /// If the database cannot be opened, or if the settings about tokens are invalid.
    pub async fn from_settings(settings: &Settings) -> Result<Self, StartupError> {
        Ok(Assembly::new(settings).connect().await?.ctx)
    }
}
