//! The actix services of an API.

use std::sync::Arc;

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::guard::fn_guard;
use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, HttpResponse, web};

use super::neighbours::{self, Known};
use crate::context::{Context, join_workers};
use crate::error::{Error, Result, catalogue};
use crate::http::access::Routed;
use crate::http::middleware::envelope::{caught, envelope};
use crate::http::middleware::require::Require;
use crate::http::path;
use crate::http::prefix::ApiPrefix;
use crate::http::request::shared::Shared;
use crate::http::routing::dispatch::{Group, dispatch};
use crate::http::routing::table::{ActixScope, Api, ApiRoute};

/// The actix services of an API.
pub(crate) fn services(ctx: &Context, api: &Api) -> Services {
    Services {
        shared: web::Data::new(Shared::new(ctx)),
        routed: web::Data::new(Routed(api.routes())),
        groups: group(ctx, api.routes()),
        actix_scopes: api.actix_scopes().to_vec(),
    }
}

/// The actix services of an API on their way into an application.
pub(crate) struct Services {
    shared: web::Data<Shared>,
    routed: web::Data<Routed>,
    groups: Vec<Group>,
    actix_scopes: Vec<ActixScope>,
}

impl HttpServiceFactory for Services {
    fn register(self, service: &mut AppService) {
        // actix registers the services once in each of its workers, on the worker's thread.
        join_workers();
        let ctx = &self.shared.ctx;
        let prefix = ApiPrefix::of_context(ctx);
        let prefix = prefix.as_str();
        let limit = ctx.options().limits.body_bytes;
        let mut known = Vec::new();
        let groups: Vec<Arc<Group>> = self.groups.into_iter().map(Arc::new).collect();
        known.extend(groups.iter().map(|group| Known::new(&format!("{prefix}{}", group.path), false)));
        // A path with a slash at its end is the same path. It is a service of its own: a service of several paths would be
        // compared by regular expressions, even where its paths have no parameters. No path of one kind matches one of the
        // other kind, so the more frequent ones come first.
        for end in ["", "/"] {
            for group in &groups {
                let path = format!("{prefix}{}{end}", group.path);
                let group = group.clone();
                let handler = move |req: HttpRequest, payload: web::Payload| {
                    let group = group.clone();
                    async move { dispatch(&group, req, payload).await }
                };
                web::resource(path)
                    .to(handler)
                    .app_data(self.shared.clone())
                    .app_data(self.routed.clone())
                    .wrap(from_fn(move |req, next| envelope(limit, req, next)))
                    .register(service);
            }
        }
        for scope in self.actix_scopes {
            // A default service that the services set themselves is registered later and replaces this one.
            let path = format!("{prefix}{}", scope.path);
            known.push(Known::new(&path, true));
            let services = web::scope(&path)
                .app_data(self.shared.clone())
                .default_service(web::to(not_found))
                .configure(|config| (scope.configure)(config));
            let required = services.wrap(from_fn(caught)).wrap(Require::new(ctx, scope.requires));
            required.wrap(from_fn(move |req, next| envelope(limit, req, next))).register(service);
        }
        // Without a prefix this would answer for every path, those of the application's own routes included.
        if prefix.is_empty() {
            return;
        }
        let followed = neighbours::register(service, prefix, &known);
        let unknown = web::scope(prefix).guard(fn_guard(move |ctx| !followed.knows(ctx.head().uri.path())));
        unknown
            .default_service(web::to(not_found))
            .wrap(from_fn(move |req, next| envelope(limit, req, next)))
            .register(service);
    }
}

async fn not_found() -> Result<HttpResponse> {
    Err(Error::new(&catalogue::NOT_FOUND, "Not found"))
}

/// One group for each path, fixed words before `{id}`: actix takes the first that matches.
fn group(ctx: &Context, routes: Vec<ApiRoute>) -> Vec<Group> {
    let prefix = ApiPrefix::of_context(ctx);
    let mut groups: Vec<Group> = Vec::new();
    for route in routes {
        match groups.iter_mut().find(|group| group.path == route.path) {
            Some(group) => group.routes.push(route),
            None => {
                let template = format!("{prefix}{}", route.path);
                let counted = ctx.metrics().map(|metrics| metrics.route(&template));
                groups.push(Group {
                    path: route.path.clone(),
                    template: template.into(),
                    routes: vec![route],
                    counted,
                });
            }
        }
    }
    groups.sort_by_key(|group| {
        let words = group.path.split('/').map(path::is_parameter);
        words.collect::<Vec<_>>()
    });
    groups
}
