//! The API as an actix service: for the assembled server and for an application of one's own.

use std::sync::Arc;

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::{HttpRequest, web};

use super::api::{Api, ApiRoute, Routes};
use super::dispatch::{Group, dispatch};
use super::guard;
use crate::context::Context;
use crate::error::{Error, catalogue};
use crate::resource::Resource;

/// What handlers find in the request: shared by all workers.
pub(crate) struct Shared {
    pub(crate) ctx: Context,
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
    Mount { ctx: ctx.clone(), api: Api::default() }
}

/// Resources on their way into an actix application.
pub struct Mount {
    ctx: Context,
    api: Api,
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

    /// The same as a function for `App::configure`.
    pub fn into_config(self) -> impl FnOnce(&mut web::ServiceConfig) {
        move |config| {
            config.service(self);
        }
    }
}

impl HttpServiceFactory for Mount {
    /// # Panics
    /// When the resources do not fit together; the message says what to change.
    fn register(self, service: &mut AppService) {
        let mistakes = self.api.mistakes();
        assert!(mistakes.is_empty(), "the mounted resources do not fit together: {}", mistakes.join("; "));
        scope(&self.ctx, &self.api).register(service);
    }
}

/// The actix scope that serves an API.
pub(crate) fn scope(ctx: &Context, api: &Api) -> impl HttpServiceFactory + use<> {
    let shared = web::Data::new(Shared { ctx: ctx.clone() });
    let groups = group(api.routes());
    let prefix = ctx.options().api_prefix.clone();
    web::scope(&prefix).wrap(actix_web::middleware::from_fn(guard::guard)).app_data(shared).configure(move |config| {
        for group in groups {
            let patterns = [group.path.clone(), format!("{}/", group.path)];
            let group = Arc::new(group);
            config.service(web::resource(patterns).to(move |req: HttpRequest, payload: web::Payload| {
                let group = group.clone();
                async move { dispatch(&group, req, payload).await }
            }));
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
