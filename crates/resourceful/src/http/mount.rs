//! The API as an actix service: for the assembled server and for an application of one's own.

use std::sync::Arc;

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, web};

use super::api::{Api, ApiRoute};
use super::dispatch::{Group, dispatch};
use super::require::Require;
use super::routes::Routes;
use super::{documents, guard};
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
/// The mounted scope brings its own errors, limits and headers; what lies outside of it is untouched.
#[must_use]
pub fn mount(ctx: &Context) -> Mount {
    Mount {
        ctx: ctx.clone(),
        api: Api::default(),
        #[cfg(feature = "docs")]
        documents: Vec::new(),
    }
}

/// Resources and scopes on their way into an actix application.
pub struct Mount {
    ctx: Context,
    api: Api,
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

    /// The OpenAPI document of what is mounted, in JSON, with this title and version.
    ///
    /// # Panics
    /// When the parts do not fit together; the message says what to change.
    pub fn document(&self, title: &str, version: &str) -> serde_json::Value {
        self.prove();
        let document = documents::document(&self.api, title, version, "", &self.ctx.options().api_prefix);
        #[cfg(feature = "docs")]
        let document = documents::merge_documents(document, &self.documents, &self.api, &self.ctx.options().api_prefix);
        document
    }

    fn prove(&self) {
        let mistakes = self.api.mistakes();
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
        scope(&self.ctx, &self.api).register(service);
    }
}

/// The actix scope that serves an API.
pub(crate) fn scope(ctx: &Context, api: &Api) -> impl HttpServiceFactory + use<> {
    let shared = web::Data::new(Shared { ctx: ctx.clone(), routes: api.routes() });
    let groups = group(api.routes());
    let behind = api.actix_scopes().iter().map(|scope| {
        let configure = scope.configure.clone();
        // What the services say themselves of addresses that they do not know comes after this, and counts.
        let services =
            web::scope(&scope.path).default_service(web::to(not_found)).configure(|config| configure(config));
        services.wrap(from_fn(guard::caught)).wrap(Require::new(ctx, scope.requires))
    });
    let behind: Vec<_> = behind.collect();
    let prefix = ctx.options().api_prefix.clone();
    let limit = ctx.options().limits.body_bytes;
    let guarded = from_fn(move |req, next| guard::guard(limit, req, next));
    web::scope(&prefix).wrap(guarded).app_data(shared).configure(move |config| {
        for group in groups {
            let patterns = [group.path.clone(), format!("{}/", group.path)];
            let group = Arc::new(group);
            config.service(web::resource(patterns).to(move |req: HttpRequest, payload: web::Payload| {
                let group = group.clone();
                async move { dispatch(&group, req, payload).await }
            }));
        }
        for services in behind {
            config.service(services);
        }
        config.default_service(web::to(not_found));
    })
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
