//! An application: its resources and everything else that is registered.

use std::pin::Pin;
use std::sync::Arc;

#[cfg(feature = "migrate")]
use super::migrations::Migrations;
use super::settings::Settings;
use crate::actor::CurrentUser;
use crate::cache::Cache;
use crate::context::{Context, registered_twice};
use crate::error::{Result, StartupError};
use crate::http::Api;
#[cfg(feature = "rbac")]
use crate::rbac::{self, RbacSettings};
use crate::resource::Resource;
use crate::service::Provisioning;
#[cfg(feature = "storage")]
use crate::storage::Storage;

pub(super) type Seed = Box<dyn FnOnce(Context) -> Pin<Box<dyn Future<Output = Result<()>>>>>;

/// An application: its resources and everything else that is registered.
///
/// [`run`](Self::run) makes it a program that serves the API and has the commands `serve`, `migrate`, `seed`,
/// `token`, `routes`, `permissions`, `indexes` and `openapi`.
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
    #[cfg(feature = "storage")]
    pub(super) storage: Option<Storage>,
    /// What was registered twice.
    twice: Vec<&'static str>,
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
            #[cfg(feature = "storage")]
            storage: None,
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
            self.twice.push("a list of migrations (`App::migrations`)");
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
            self.twice.push("a seed (`App::seed`)");
        }
        self
    }

    /// Creates a row of `R` for each caller, before the first write that refers to the caller (just-in-time provisioning).
    /// The row's id is the token's `sub`; the function returns the other fields:
    /// `.provision::<User>(|caller| user::Create::new(&caller.id).email(caller.email.clone()))`.
    pub fn provision<R: Resource>(mut self, row: impl Fn(&CurrentUser) -> R::Create + Send + Sync + 'static) -> Self {
        if self.provisioning.replace(Arc::new(Provisioning::new::<R>(row))).is_some() {
            self.twice.push("a row for each caller (`App::provision`)");
        }
        self
    }

    /// Keeps cached values in this cache instead of the one that the settings describe, for a
    /// [`CacheStore`](crate::cache::CacheStore) of your own.
    pub fn cache(mut self, cache: Cache) -> Self {
        if self.cache.replace(cache).is_some() {
            self.twice.push("a cache (`App::cache`)");
        }
        self
    }

    /// Keeps files in this storage instead of the one that the settings describe, for a
    /// [`StorageProvider`](crate::storage::StorageProvider) of your own.
    #[cfg(feature = "storage")]
    pub fn storage(mut self, storage: Storage) -> Self {
        if self.storage.replace(storage).is_some() {
            self.twice.push("a storage of files (`App::storage`)");
        }
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
            self.twice.push("roles and permissions (`App::rbac`)");
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

    /// The OpenAPI document.
    pub(super) fn document(&self) -> serde_json::Value {
        let (title, version, description) = (&self.title, &self.version, &self.description);
        let prefix = self.settings.api_prefix.as_str();
        let document = crate::http::document(&self.api, title, version, description, prefix);
        #[cfg(feature = "utoipa")]
        let document = crate::http::merge_documents(document, &self.documents, &self.api, prefix);
        document
    }
}
