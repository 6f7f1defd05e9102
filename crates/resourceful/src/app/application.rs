//! An application: its resources and everything else that is registered.

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;

use super::metrics::OwnMetrics;
#[cfg(feature = "migrate")]
use super::migrations::Migrations;
use super::settings::Settings;
use crate::actor::CurrentUser;
use crate::cache::Cache;
use crate::context::{Context, registered_twice};
#[cfg(feature = "mail")]
use crate::env::Environment;
use crate::error::{Result, StartupError};
#[cfg(feature = "mail")]
use crate::events::{Handlers, Message, Undelivered, is_mail};
use crate::http::Api;
#[cfg(feature = "mail")]
use crate::mail::{MailTemplate, OwnProvider, Provider};
#[cfg(feature = "rbac")]
use crate::rbac::{self, RbacSettings};
use crate::resource::Resource;
use crate::service::Provisioning;
#[cfg(feature = "storage")]
use crate::storage::Storage;

pub(super) type Seed = Box<dyn FnOnce(Context) -> Pin<Box<dyn Future<Output = Result<()>>>>>;

/// What an application registers about mail.
#[cfg(feature = "mail")]
#[derive(Clone, Default)]
pub(super) struct OwnMail {
    pub(super) provider: Option<OwnProvider>,
    pub(super) templates: Vec<MailTemplate>,
}

/// An application: its resources and everything else that is registered.
///
/// [`run`](Self::run) makes it a program that serves the API and has the commands `serve`, `migrate`, `seed`,
/// `token`, `routes`, `permissions`, `indexes`, `config`, `doctor` and `openapi`.
#[must_use = "an application does nothing until it is `run`"]
pub struct App {
    pub(super) settings: Settings,
    pub(super) api: Api,
    pub(super) title: String,
    pub(super) version: String,
    pub(super) description: String,
    #[cfg(feature = "migrate")]
    pub(super) migrations: Option<Migrations>,
    #[cfg(feature = "utoipa")]
    pub(super) documents: Vec<utoipa::openapi::OpenApi>,
    pub(super) seed: Option<Seed>,
    pub(super) provisioning: Option<Arc<Provisioning>>,
    pub(super) cache: Option<Cache>,
    /// What delivers the messages of the outbox; `None` if the application has none.
    #[cfg(feature = "mail")]
    pub(super) outbox: Option<Handlers>,
    /// Whether the application sends mail through the outbox.
    #[cfg(feature = "mail")]
    pub(super) sends_mail: bool,
    #[cfg(feature = "mail")]
    pub(super) mail: OwnMail,
    #[cfg(feature = "storage")]
    pub(super) storage: Option<Storage>,
    /// Writes metrics of the application's own.
    pub(super) own_metrics: Option<OwnMetrics>,
    /// What was registered twice.
    twice: Vec<Cow<'static, str>>,
    #[cfg(feature = "rbac")]
    has_rbac: bool,
}

crate::http::api_methods!(App);

impl App {
    /// An application with these settings.
    pub fn new(settings: Settings) -> Self {
        Self {
            settings,
            api: Api::default(),
            title: "API".to_owned(),
            version: "1.0.0".to_owned(),
            description: String::new(),
            #[cfg(feature = "migrate")]
            migrations: None,
            #[cfg(feature = "utoipa")]
            documents: Vec::new(),
            seed: None,
            provisioning: None,
            cache: None,
            #[cfg(feature = "mail")]
            outbox: None,
            #[cfg(feature = "mail")]
            sends_mail: false,
            #[cfg(feature = "mail")]
            mail: OwnMail::default(),
            #[cfg(feature = "storage")]
            storage: None,
            own_metrics: None,
            twice: Vec::new(),
            #[cfg(feature = "rbac")]
            has_rbac: false,
        }
    }

    /// The title and version of the OpenAPI document.
    pub fn title(mut self, title: impl Into<String>, version: impl Into<String>) -> Self {
        self.title = title.into();
        self.version = version.into();
        self
    }

    /// The description in the OpenAPI document, in Markdown.
    pub fn description(mut self, description: impl Into<String>) -> Self {
        self.description = description.into();
        self
    }

    /// Adds a resource by its table, which may differ from the one of its type: for tests of the test suite.
    #[cfg(feature = "testing")]
    #[doc(hidden)]
    pub fn table(mut self, table: &'static crate::resource::ResourceTable) -> Self {
        self.api.add_table(table, Default::default());
        self
    }

    /// Registers the application's migrations. Then only they create and change tables.
    #[cfg(feature = "migrate")]
    pub fn migrations<M: crate::migration::MigratorTrait + 'static>(mut self) -> Self {
        if self.migrations.replace(Migrations::new::<M>()).is_some() {
            self.twice.push("a list of migrations (`App::migrations`)".into());
        }
        self
    }

    /// The function that the command `seed` calls, and each start in development. It runs many times, so it must add only
    /// rows that are missing.
    pub fn seed<F>(mut self, seed: impl FnOnce(Context) -> F + 'static) -> Self
    where
        F: Future<Output = Result<()>> + 'static,
    {
        if self.seed.replace(Box::new(|ctx| Box::pin(seed(ctx)))).is_some() {
            self.twice.push("a seed (`App::seed`)".into());
        }
        self
    }

    /// Creates a row of `R` for each caller, before the first write that refers to the caller (just-in-time provisioning).
    /// The row's id is the token's `sub`; the function returns the other fields:
    /// `.provision::<User>(|caller| user::Create::new(&caller.id).email(caller.email.clone()))`.
    pub fn provision<R: Resource>(mut self, row: impl Fn(&CurrentUser) -> R::Create + Send + Sync + 'static) -> Self {
        if self.provisioning.replace(Arc::new(Provisioning::new::<R>(row))).is_some() {
            self.twice.push("a row for each caller (`App::provision`)".into());
        }
        self
    }

    /// Keeps cached values in this cache instead of the one that the settings describe, for a
    /// [`CacheStore`](crate::cache::CacheStore) of your own.
    pub fn cache(mut self, cache: Cache) -> Self {
        if self.cache.replace(cache).is_some() {
            self.twice.push("a cache (`App::cache`)".into());
        }
        self
    }

    /// Sends mail through the outbox: [`ctx.mailer().send`](crate::events::DurableMailer::send) and its like store mail
    /// with the change that causes it, and a worker of this process delivers it. Adds the table of the outbox, the worker,
    /// and the command `mail`. See [the guide](crate::guide::outbox).
    #[cfg(feature = "mail")]
    pub fn mail(mut self) -> Self {
        self.outbox.get_or_insert_default();
        self.sends_mail = true;
        self
    }

    /// Delivers messages of this kind, which [`Outbox::add`](crate::events::Outbox::add) stores, with this function. What
    /// it returns decides whether a message is tried again. It can be called twice for one message, and must end within
    /// `OUTBOX_TIMEOUT`. Turns the outbox on, as [`mail`](Self::mail) does. The kind `mail` is that of mails: it is an error of
    /// the start, as a kind that is registered twice.
    #[cfg(feature = "mail")]
    pub fn deliver<F>(mut self, kind: &str, deliver: impl Fn(Context, Message) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<(), Undelivered>> + Send + 'static,
    {
        // The outbox has a function for mail itself.
        if !self.outbox.get_or_insert_default().add(kind, deliver) || is_mail(kind) {
            self.twice.push(format!("a function for messages of the kind `{kind}` (`App::deliver`)").into());
        }
        self
    }

    /// Adds metrics of the application's own to `/metrics`: what this function returns, in the text format of Prometheus. Any
    /// library can write it, such as `prometheus` with its `TextEncoder`. See [the guide](crate::guide::metrics).
    pub fn metrics(mut self, write: impl Fn() -> String + Send + Sync + 'static) -> Self {
        if self.own_metrics.replace(Arc::new(write)).is_some() {
            self.twice.push("metrics of the application (`App::metrics`)".into());
        }
        self
    }

    /// Keeps files in this storage instead of the one that the settings describe, for a
    /// [`StorageProvider`](crate::storage::StorageProvider) of your own.
    #[cfg(feature = "storage")]
    pub fn storage(mut self, storage: Storage) -> Self {
        if self.storage.replace(storage).is_some() {
            self.twice.push("a storage of files (`App::storage`)".into());
        }
        self
    }

    /// Sends mails through this provider instead of the one that the settings describe, for a
    /// [`Provider`](crate::mail::Provider) of your own.
    #[cfg(feature = "mail")]
    pub fn mailer(mut self, provider: impl Provider) -> Self {
        if self.mail.provider.replace(OwnProvider::new(provider)).is_some() {
            self.twice.push("a provider of mails (`App::mailer`)".into());
        }
        self
    }

    /// Adds a template of mails, or replaces a default one. Files in the folder `EMAIL_TEMPLATES` replace both. A template
    /// that is wrong is a start-up error.
    #[cfg(feature = "mail")]
    pub fn mail_template(mut self, template: MailTemplate) -> Self {
        self.mail.templates.push(template);
        self
    }

    /// Keeps files in this storage, if the application has none of its own.
    #[cfg(all(feature = "storage", feature = "testing"))]
    pub(crate) fn storage_or(mut self, storage: Storage) -> Self {
        let limit = self.settings.limits.upload_bytes as u64;
        self.storage.get_or_insert_with(|| storage.with_upload_limit(limit));
        self
    }

    /// Adds roles and permissions that the application stores in its database: their tables and endpoints. Their
    /// permissions are added to those of the token. `AUTH0_USE_RBAC` does the same; these settings replace those of the
    /// environment.
    #[cfg(feature = "rbac")]
    pub fn rbac(mut self, settings: RbacSettings) -> Self {
        if std::mem::replace(&mut self.has_rbac, true) {
            self.twice.push("roles and permissions (`App::rbac`)".into());
        }
        self.settings.rbac = Some(settings);
        self
    }

    /// Adds what the settings enable, and checks the registrations.
    ///
    /// # Errors
    /// If something was registered twice, or if settings that the program passes are invalid.
    pub(super) fn complete(self) -> Result<Self, StartupError> {
        let problems = self.twice.iter().map(|what| registered_twice(what).to_string());
        #[cfg(feature = "rbac")]
        let problems = problems.chain(self.settings.rbac.iter().flat_map(RbacSettings::problems));
        let problems: Vec<String> = problems.collect();
        if !problems.is_empty() {
            return Err(StartupError::new(problems.join("; ")));
        }
        #[cfg(feature = "rbac")]
        if self.settings.rbac.is_some() {
            let mut app = self;
            rbac::add_to(&mut app.api);
            return Ok(app);
        }
        Ok(self)
    }

    /// Checks what a server needs for mail. With a provider of its own that is the sender only, which the reader of the
    /// settings cannot know.
    ///
    /// # Errors
    /// If mails would come from nobody.
    pub(super) fn check_mail(&self) -> Result<(), StartupError> {
        #[cfg(feature = "mail")]
        {
            let is_production = self.settings.environment == Environment::Production;
            if is_production && self.mail.provider.is_some() && self.settings.email.from.is_none() {
                return Err(StartupError::new(
                    "EMAIL_FROM is missing; set it to the address from which mails come, `Name <address>`: the application \
                     has a provider of mails (`App::mailer`)",
                ));
            }
        }
        Ok(())
    }

    /// The OpenAPI document.
    pub(super) fn document(&self) -> serde_json::Value {
        let (title, version, description) = (&self.title, &self.version, &self.description);
        let prefix = self.settings.api_prefix.as_str();
        let rate_limited = self.settings.rates.is_on();
        let document = crate::http::document(&self.api, title, version, description, prefix, rate_limited);
        #[cfg(feature = "utoipa")]
        let document = crate::http::merge_documents(document, &self.documents, &self.api, prefix);
        document
    }
}
