//! The assembled server: settings, commands, health, documents.

mod commands;
mod cors;
mod health;
#[cfg(feature = "migrate")]
mod migrate;
mod permissions;
mod server;
mod settings;
mod telemetry;
mod tokens;

pub use settings::{CorsSettings, Environment, LogFormat, SecretText, Settings};

use std::pin::Pin;

use crate::actor::CurrentUser;
use crate::auth::{DevIssuer, Verifier};
use crate::context::{Context, Maintenance, Options, Secret};
use crate::error::{Error, Result};
use crate::http::{Api, Routes};
use crate::rbac::{self, RbacSettings};
use crate::resource::Resource;
use crate::service::Provisioning;
use crate::spec::{Requirement, ResourceSpec};

type Seed = Box<dyn FnOnce(Context) -> Pin<Box<dyn Future<Output = Result<()>>>>>;
type ProvisioningOf = Box<dyn Fn() -> Provisioning>;

/// An application: resources, and what it needs besides.
///
/// [`run`](Self::run) makes a program of it that serves the API and knows the commands `serve`, `migrate`, `seed`,
/// `token`, `routes`, `permissions`, `indexes` and `openapi`.
#[must_use = "an application does nothing until it is `run`"]
pub struct App {
    settings: Settings,
    api: Api,
    title: String,
    version: String,
    description: String,
    #[cfg(feature = "migrate")]
    migrations: Option<migrate::Migrations>,
    #[cfg(feature = "docs")]
    documents: Vec<utoipa::openapi::OpenApi>,
    seed: Option<Seed>,
    provisioning: Option<ProvisioningOf>,
}

impl App {
    /// An application with settings from the environment. Those that the command of the command line does not need may be
    /// missing: `routes` of a production build asks for no database.
    ///
    /// # Errors
    /// One error that names every setting that is missing or wrong.
    pub fn from_env() -> Result<Self> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        Ok(Self::new(Settings::from_env_for(commands::needs(&arguments))?))
    }

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
            #[cfg(feature = "docs")]
            documents: Vec::new(),
            seed: None,
            provisioning: None,
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

    /// Adds the paths and schemas of a document of one's own, of plain actix handlers with `#[utoipa::path]`. Where
    /// both have the same path, the generated one stays; a schema that is called like another one gets a number. An operation whose path, `/api/v1/legacy/ping`, lies below an
    /// [`actix_scope`](Self::actix_scope) gets what the scope asks (`security`, `x-permissions`, a sentence) and the
    /// answers 401 and 403, unless it states its own.
    #[cfg(feature = "docs")]
    pub fn openapi(mut self, document: utoipa::openapi::OpenApi) -> Self {
        self.documents.push(document);
        self
    }

    /// Adds a resource.
    pub fn resource<R: Resource>(self) -> Self {
        self.resource_with::<R>(|routes| routes)
    }

    /// Adds a resource by its table, which may be another than its type has: for tests of tests.
    #[cfg(feature = "testing")]
    #[doc(hidden)]
    pub fn table(mut self, table: &'static crate::resource::ResourceTable) -> Self {
        self.api.add_table(table, Routes::default());
        self
    }

    /// Adds a resource and endpoints of one's own beside the generated ones; several can be guarded together by
    /// [`Routes::scope`].
    pub fn resource_with<R: Resource>(mut self, routes: impl FnOnce(Routes) -> Routes) -> Self {
        self.api.add::<R>(routes(Routes::default()));
        self
    }

    /// Adds endpoints that belong to no resource, below a path of their own and behind one requirement.
    ///
    /// What the scope asks and what the endpoint asks must both hold, the scope's first: an endpoint that is `public`
    /// asks for nothing but the scope's. [`Requirement::Public`] makes a scope that only groups. Where one of the two is
    /// a `..:self` permission, services are narrowed to the caller's own rows. Endpoints stand in the OpenAPI document
    /// under the scope's name, or under [`tag`](Routes::tag), and both requirements in the manifest.
    ///
    /// ```
    /// use resourceful::prelude::*;
    ///
    /// /// Sums the year up.
    /// #[get("/summary", public)]
    /// async fn summary() -> Result<Json<u32>> {
    ///     Ok(Json(42))
    /// }
    ///
    /// /// Writes the year out for the tax office.
    /// #[get("/export", requires("reports:export"))]
    /// async fn export() -> Result<String> {
    ///     Ok("a;b".to_owned())
    /// }
    ///
    /// # fn add(app: App) -> App {
    /// // GET /api/v1/reports/summary asks for reports:read, GET /api/v1/reports/export for reports:export as well
    /// app.scope("/reports", Requirement::Permission("reports:read"), |routes| {
    ///     routes.service(summary).service(export)
    /// })
    /// # }
    /// # fn main() {}
    /// ```
    ///
    /// A path that is ill-formed, that of a resource, or that of or below another scope keeps the application from
    /// starting.
    pub fn scope(mut self, path: &str, requires: Requirement, routes: impl FnOnce(Routes) -> Routes) -> Self {
        self.api.add_scope(path, requires, routes);
        self
    }

    /// Adds services of actix below a path of their own and behind one requirement: plain handlers, scopes, whatever
    /// `configure` puts there, once for each worker.
    ///
    /// Token and requirement are checked before anything of them sees the request, as [`require`](crate::require) says;
    /// handlers can take [`CurrentUser`], [`Context`] and services, which act for the caller. Failures without a body,
    /// and panics, are answered as problem documents, and every answer has the headers of the API.
    ///
    /// ```
    /// use resourceful::actix_web::web;
    /// use resourceful::prelude::*;
    ///
    /// async fn ping(user: CurrentUser) -> String {
    ///     format!("pong, {}", user.id)
    /// }
    ///
    /// # fn add(app: App) -> App {
    /// // GET /api/v1/legacy/ping
    /// app.actix_scope("/legacy", Requirement::Permission("legacy:use"), |config| {
    ///     config.service(web::resource("/ping").get(ping));
    /// })
    /// # }
    /// # fn main() {}
    /// ```
    ///
    /// The manifest knows the scope as a whole. Its operations stand in the OpenAPI document if
    /// [`openapi`](Self::openapi) brings them.
    pub fn actix_scope(
        mut self,
        path: &str,
        requires: Requirement,
        configure: impl Fn(&mut actix_web::web::ServiceConfig) + Send + Sync + 'static,
    ) -> Self {
        self.api.add_actix_scope(path, requires, configure);
        self
    }

    /// Registers the application's migrations. From then on tables are made by them alone.
    #[cfg(feature = "migrate")]
    pub fn migrations<M: crate::migration::MigratorTrait + 'static>(mut self) -> Self {
        self.migrations = Some(migrate::Migrations::of::<M>());
        self
    }

    /// What the command `seed` does. It may run again and again, so let it add only what is missing.
    pub fn seed<F>(mut self, seed: impl FnOnce(Context) -> F + 'static) -> Self
    where
        F: Future<Output = Result<()>> + 'static,
    {
        self.seed = Some(Box::new(|ctx| Box::pin(seed(ctx))));
        self
    }

    /// Gives every caller a row of `R` before the first write that refers to it, once for each subject. The row's id is
    /// the token's `sub`; the function says the rest:
    /// `.provision::<User>(|caller| user::Create::new(&caller.id).email(caller.email.clone()))`.
    pub fn provision<R: Resource>(
        mut self,
        row: impl Fn(&CurrentUser) -> R::Create + Clone + Send + Sync + 'static,
    ) -> Self {
        self.provisioning = Some(Box::new(move || Provisioning::of::<R>(row.clone())));
        self
    }

    /// Roles and permissions that the application keeps itself: their endpoints and tables, and what they grant besides
    /// the tokens. `AUTH0_USE_RBAC` does the same; what is said here counts more than the environment.
    pub fn rbac(mut self, settings: RbacSettings) -> Self {
        self.settings.rbac = Some(settings);
        self
    }

    /// Adds `POST {prefix}/access/explain`, which answers an administrator's question: could this user do that to this
    /// row, and why? It asks for the permission `access:explain`.
    ///
    /// The body names a `user` as their token describes them, and a `resource`, an `operation` and the `id` of a row, or an
    /// `endpoint` that was written by hand. The answer has `allowed`, the `status` that a request would get, and the steps
    /// that decide it: requirements, with the grant that opens each; the owner; the rules of the policy, each with
    /// whether it matches. What roles in the database grant is added. It tells that a row exists, and nothing of what it
    /// holds. See [the guide](crate::guide::permissions#denials-that-explain-themselves).
    pub fn explain_access(mut self) -> Self {
        self.api.explain_access();
        self
    }

    /// Adds what the settings ask for.
    fn complete(mut self) -> Result<Self> {
        if let Some(settings) = &self.settings.rbac {
            let problems = settings.problems();
            if !problems.is_empty() {
                return Err(Error::startup(problems.join("; ")));
            }
            rbac::add_to(&mut self.api);
        }
        Ok(self)
    }

    /// Runs the command that the program was started with; `serve` without one.
    ///
    /// # Errors
    /// Says what keeps the application from running, and what to do about it.
    pub async fn run(self) -> Result<()> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        commands::run(self.complete()?, &arguments).await
    }

    /// The OpenAPI document.
    fn document(&self) -> serde_json::Value {
        let (title, version, description) = (&self.title, &self.version, &self.description);
        let prefix = &self.settings.api_prefix;
        let document = crate::http::document(&self.api, title, version, description, prefix);
        #[cfg(feature = "docs")]
        let document = crate::http::merge_documents(document, &self.documents, &self.api, prefix);
        document
    }

    /// Opens the database and makes the context of this application.
    async fn context(&self) -> Result<(Context, Option<DevIssuer>)> {
        let (verifier, issuer) = tokens::verifier(&self.settings)?;
        Ok((self.context_with(verifier, false).await?, issuer))
    }

    /// The same over a database that need not be there yet; no caller is let in before it is opened.
    async fn context_later(&self) -> Result<(Context, Option<DevIssuer>)> {
        let (verifier, issuer) = tokens::verifier(&self.settings)?;
        Ok((self.context_with(verifier, true).await?, issuer))
    }

    /// The database, for work on its tables by this process alone.
    async fn maintenance(&self) -> Result<Maintenance> {
        Maintenance::open(&self.settings.database, options(&self.settings)).await
    }

    /// The same, to look at them only.
    #[cfg(feature = "migrate")]
    async fn tables(&self) -> Result<Maintenance> {
        Maintenance::look(&self.settings.database, options(&self.settings)).await
    }

    async fn context_with(&self, verifier: Verifier, later: bool) -> Result<Context> {
        let mistakes = self.api.validate();
        if !mistakes.is_empty() {
            let list: String = mistakes.iter().map(|mistake| format!("\n  - {mistake}")).collect();
            return Err(Error::startup(format!("the parts of the application do not fit together:{list}")));
        }
        let (database, options) = (&self.settings.database, options(&self.settings));
        let ctx = match later {
            true => Context::connect_later(database, options, Some(verifier)).await?,
            false => Context::connect(database, options, Some(verifier)).await?,
        };
        if let Some(rbac) = &self.settings.rbac {
            ctx.use_rbac(rbac.clone());
        }
        self.api.reserve_path_words(&ctx);
        if let Some(provisioning) = &self.provisioning {
            ctx.set_provisioning(provisioning());
        }
        Ok(ctx)
    }

    /// Brings the tables up to date in development, and checks them everywhere.
    async fn prepare_tables(&self, ctx: &Context, specs: &[&'static ResourceSpec]) -> Result<()> {
        if self.settings.environment == Environment::Production {
            #[cfg(feature = "migrate")]
            if let Some(migrations) = &self.migrations {
                migrations.require_applied(ctx).await?;
            }
            return self.check_tables(ctx, specs).await;
        }
        // A database in memory is gone with its connection.
        let own = if self.settings.database.is_in_memory() { None } else { Some(self.maintenance().await?) };
        let alone = own.as_ref().map_or(ctx, Maintenance::ctx);
        #[cfg(feature = "migrate")]
        if let Some(migrations) = &self.migrations {
            migrations.up(alone, None).await?;
            return self.check_tables(ctx, specs).await;
        }
        for table in crate::schema::create_missing(alone.db(), specs).await? {
            tracing::info!(table, "created a table");
        }
        self.check_tables(ctx, specs).await
    }

    async fn check_tables(&self, ctx: &Context, specs: &[&'static ResourceSpec]) -> Result<()> {
        let complaints = crate::schema::check_tables(ctx.db(), specs).await?;
        if complaints.is_empty() {
            return Ok(());
        }
        let list: String = complaints.iter().map(|complaint| format!("\n  - {complaint}")).collect();
        if self.settings.rbac.is_some() && complaints.iter().any(|complaint| complaint.contains("`user_roles`")) {
            return Err(Error::startup(format!(
                "the database does not fit the resources:{list}\nRoles and permissions need tables (AUTH0_USE_RBAC): add \
                 `Box::new(resourceful::rbac::Migration)` to the migrations and apply it"
            )));
        }
        let advice =
            "Write a migration (`migrate new NAME`), or in development delete the database to have it made anew";
        Err(Error::startup(format!("the database does not fit the resources:{list}\n{advice}")))
    }
}

/// A server of this application that has its tables, and accepts the tokens of an issuer of its own, for tests.
#[cfg(feature = "testing")]
pub(crate) async fn serving(
    app: App,
    issuer: impl FnOnce(crate::auth::VerifierBuilder) -> crate::auth::VerifierBuilder,
) -> Result<(actix_web::dev::Server, std::net::SocketAddr, Context)> {
    let mut app = app.complete()?;
    let verifier = issuer(tokens::builder(&app.settings.token_rules, &app.settings)?).build();
    let verifier = verifier.map_err(|error| Error::startup(error.to_string()))?;
    let listener = server::listen(&app.settings.host, app.settings.port)?;
    let address = listener.local_addr().map_err(|error| Error::startup(error.to_string()))?;
    let ctx = app.context_with(verifier, false).await?;
    app.prepare_tables(&ctx, &app.api.specs()).await?;
    let server = server::start(&mut app, ctx.clone(), None, listener)?;
    Ok((server, address, ctx))
}

impl Context {
    /// A context with settings from the environment, for an actix application of one's own.
    ///
    /// # Errors
    /// One error that names every setting that is missing or wrong; another when the database cannot be opened.
    pub async fn from_env() -> Result<Self> {
        Self::from_settings(&Settings::from_env()?).await
    }

    /// A context with these settings.
    ///
    /// # Errors
    /// When the database cannot be opened or the token settings are wrong.
    pub async fn from_settings(settings: &Settings) -> Result<Self> {
        let (verifier, _) = tokens::verifier(settings)?;
        let ctx = Self::connect(&settings.database, options(settings), Some(verifier)).await?;
        if let Some(rbac) = &settings.rbac {
            ctx.use_rbac(rbac.clone());
        }
        Ok(ctx)
    }
}

fn options(settings: &Settings) -> Options {
    Options {
        api_prefix: settings.api_prefix.clone(),
        limits: settings.limits.clone(),
        development: settings.environment == Environment::Development,
        secret: settings.secret_key.as_ref().map_or_else(Secret::random, |text| Secret::new(&text.0)),
    }
}
