//! The API as an actix service: for the assembled server and for an application of one's own.

use std::sync::Arc;

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::guard::fn_guard;
use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, web};

use super::api::{ActixScope, Api, ApiRoute};
use super::beside::Known;
use super::dispatch::{Group, dispatch};
use super::require::Require;
use super::routes::Routes;
use super::{beside, documents, guard};
use crate::context::Context;
use crate::error::{Error, catalogue};
use crate::resource::Resource;
use crate::spec::Requirement;

/// What handlers find in the request: shared by all workers.
pub(crate) struct Shared {
    pub(crate) ctx: Context,
    /// Every endpoint; none where a requirement stands alone in an application of one's own.
    pub(crate) routes: Vec<ApiRoute>,
}

/// Mounts resources into an actix application of one's own, below the API prefix of the context.
///
/// ```no_run
/// # use resourceful::prelude::*;
/// # #[derive(Clone, Debug, Resource)]
/// # pub struct Project { pub id: Uuid, pub name: String }
/// # async fn run() -> resourceful::Result<()> {
/// let ctx = Context::from_env().await?;
/// let _app = || resourceful::actix_web::App::new().service(resourceful::mount(&ctx).resource::<Project>());
/// # Ok(())
/// # }
/// # fn main() {}
/// ```
///
/// What is mounted brings its own errors, limits and headers; what lies outside of it is untouched.
///
/// All addresses below the API prefix are its own, so routes of the application that begin with the prefix come before
/// it, or go into [`actix_scope`](Mount::actix_scope). With the prefix `/` it takes only the addresses that it knows. Two
/// may be mounted side by side, even from contexts of their own: the first that knows an address answers.
///
/// It can stand in scopes of actix, with parameters and middleware of theirs, at several places of one application.
/// Endpoints see the parameters of their own paths only, whatever those around are called; [`below`](Mount::below) tells
/// the OpenAPI document about them.
#[must_use]
pub fn mount(ctx: &Context) -> Mount {
    Mount {
        ctx: ctx.clone(),
        api: Api::default(),
        below: String::new(),
        #[cfg(feature = "docs")]
        documents: Vec::new(),
    }
}

/// Resources and scopes on their way into an actix application.
pub struct Mount {
    ctx: Context,
    api: Api,
    below: String,
    #[cfg(feature = "docs")]
    documents: Vec<utoipa::openapi::OpenApi>,
}

impl Mount {
    /// Adds a resource.
    #[must_use]
    pub fn resource<R: Resource>(self) -> Self {
        self.resource_with::<R>(|routes| routes)
    }

    /// Adds a resource and endpoints of one's own beside the generated ones.
    #[must_use]
    pub fn resource_with<R: Resource>(mut self, routes: impl FnOnce(Routes) -> Routes) -> Self {
        self.api.add::<R>(routes(Routes::default()));
        self
    }

    /// Adds endpoints that belong to no resource, behind one requirement: see [`App::scope`](crate::App::scope).
    #[must_use]
    pub fn scope(mut self, path: &str, requires: Requirement, routes: impl FnOnce(Routes) -> Routes) -> Self {
        self.api.add_scope(path, requires, routes);
        self
    }

    /// Adds services of actix, behind one requirement: see [`App::actix_scope`](crate::App::actix_scope).
    #[must_use]
    pub fn actix_scope(
        mut self,
        path: &str,
        requires: Requirement,
        configure: impl Fn(&mut web::ServiceConfig) + Send + Sync + 'static,
    ) -> Self {
        self.api.add_actix_scope(path, requires, configure);
        self
    }

    /// Adds `POST /access/explain`: see [`App::explain_access`](crate::App::explain_access).
    #[must_use]
    pub fn explain_access(mut self) -> Self {
        self.api.explain_access();
        self
    }

    /// Adds the paths and schemas of a document of one's own: see [`App::openapi`](crate::App::openapi).
    #[cfg(feature = "docs")]
    #[must_use]
    pub fn openapi(mut self, document: utoipa::openapi::OpenApi) -> Self {
        self.documents.push(document);
        self
    }

    /// Says below which path of the application this is mounted, `/tenants/{tenant}`, when it is put into scopes of
    /// actix. Only the document has to be told: everything else goes by the address of each request.
    #[must_use]
    pub fn below(mut self, path: impl Into<String>) -> Self {
        self.below = path.into();
        self
    }

    /// The OpenAPI document of what is mounted, in JSON, with this title and version. Its paths are whole: what
    /// [`below`](Self::below) says, the API prefix, and the path of the endpoint.
    ///
    /// # Panics
    /// When the parts do not fit together; the message says what to change.
    pub fn document(&self, title: &str, version: &str) -> serde_json::Value {
        self.prove();
        let prefix = format!("{}{}", self.below.trim_end_matches('/'), self.ctx.options().api_prefix);
        let document = documents::document(&self.api, title, version, "", &prefix);
        #[cfg(feature = "docs")]
        let document = documents::merge_documents(document, &self.documents, &self.api, &prefix);
        document
    }

    fn prove(&self) {
        let mut mistakes = self.api.mistakes();
        if !self.below.is_empty() && !self.below.starts_with('/') {
            mistakes.push(format!("`below` names `{0}`, which does not begin with a slash; write `/{0}`", self.below));
        }
        assert!(mistakes.is_empty(), "what is mounted does not fit together: {}", mistakes.join("; "));
    }

    /// The same as a function for `App::configure`.
    pub fn into_config(self) -> impl FnOnce(&mut web::ServiceConfig) {
        move |config| {
            config.service(self);
        }
    }
}

impl HttpServiceFactory for Mount {
    /// # Panics
    /// When the parts do not fit together; the message says what to change.
    fn register(self, service: &mut AppService) {
        self.prove();
        self.api.reserve_path_words(&self.ctx);
        services(&self.ctx, &self.api).register(service);
    }
}

/// The actix services of an API.
pub(crate) fn services(ctx: &Context, api: &Api) -> Services {
    let shared = web::Data::new(Shared { ctx: ctx.clone(), routes: api.routes() });
    Services { shared, groups: group(api.routes()), behind: api.actix_scopes().to_vec() }
}

/// The actix services of an API on their way into an application.
pub(crate) struct Services {
    shared: web::Data<Shared>,
    groups: Vec<Group>,
    behind: Vec<ActixScope>,
}

impl HttpServiceFactory for Services {
    fn register(self, service: &mut AppService) {
        let ctx = &self.shared.ctx;
        let prefix = ctx.options().api_prefix.as_str();
        let limit = ctx.options().limits.body_bytes;
        let mut known = Vec::new();
        for group in self.groups {
            let path = format!("{prefix}{}", group.path);
            known.push(Known::new(&path, false));
            let group = Arc::new(group);
            let handler = move |req: HttpRequest, payload: web::Payload| {
                let group = group.clone();
                async move { dispatch(&group, req, payload).await }
            };
            let resource = web::resource([path.clone(), format!("{path}/")]).to(handler);
            resource
                .app_data(self.shared.clone())
                .wrap(from_fn(move |req, next| guard::guard(limit, req, next)))
                .register(service);
        }
        for scope in self.behind {
            // What the services say themselves of addresses that they do not know comes after this, and counts.
            let path = format!("{prefix}{}", scope.path);
            known.push(Known::new(&path, true));
            let services = web::scope(&path)
                .app_data(self.shared.clone())
                .default_service(web::to(not_found))
                .configure(|config| (scope.configure)(config));
            let guarded = services.wrap(from_fn(guard::caught)).wrap(Require::new(ctx, scope.requires));
            guarded.wrap(from_fn(move |req, next| guard::guard(limit, req, next))).register(service);
        }
        // Without a prefix every address would be one that nobody knows, those of the application's own routes included.
        if prefix.is_empty() {
            return;
        }
        let followed = beside::register(service, prefix, &known);
        let unknown = web::scope(prefix).guard(fn_guard(move |ctx| !followed.knows(ctx.head().uri.path())));
        unknown
            .default_service(web::to(not_found))
            .wrap(from_fn(move |req, next| guard::guard(limit, req, next)))
            .register(service);
    }
}

async fn not_found() -> Result<actix_web::HttpResponse, Error> {
    Err(Error::new(&catalogue::NOT_FOUND, "There is nothing at this address"))
}

/// One group for each path, fixed words before `{id}`: actix takes the first that matches.
fn group(routes: Vec<ApiRoute>) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    for route in routes {
        match groups.iter_mut().find(|group| group.path == route.path) {
            Some(group) => group.routes.push(route),
            None => groups.push(Group { path: route.path.clone(), routes: vec![route] }),
        }
    }
    groups.sort_by_key(|group| {
        let words = group.path.split('/').map(|word| word.starts_with('{'));
        words.collect::<Vec<_>>()
    });
    groups
}
