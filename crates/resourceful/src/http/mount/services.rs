//! The actix services of an API.

use std::sync::Arc;

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::guard::fn_guard;
use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, HttpResponse, web};

use super::neighbours::{self, Followed, Known};
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
        let groups: Vec<Arc<Group>> = self.groups.into_iter().map(Arc::new).collect();
        let paths = groups.iter().map(|group| Known::new(&format!("{prefix}{}", group.path), false));
        let scopes = self.actix_scopes.iter().map(|scope| Known::new(&format!("{prefix}{}", scope.path), true));
        let known: Vec<Known> = paths.chain(scopes).collect();
        // Without a prefix an API takes only its own paths, and leaves all others to the application.
        let followed = match prefix.is_empty() {
            true => Followed::default(),
            false => neighbours::register(service, prefix, &known),
        };
        let envelope = move || from_fn(move |req, next| envelope(limit, req, next));
        for Section { word, groups, is_alone } in sections(groups, &self.actix_scopes, prefix) {
            let own: Vec<Known> =
                groups.iter().map(|group| Known::new(&format!("{prefix}{}", group.path), false)).collect();
            let followed = followed.clone();
            let guard = fn_guard(move |ctx| {
                is_alone && followed.is_empty() || neighbours::is_known(&own, ctx.head().uri.path())
            });
            let mut section = web::scope(&format!("{prefix}{word}"));
            // A path with a slash at its end is the same path. It is a service of its own: a service of several paths would be
            // compared by regular expressions, even where its paths have no parameters. No path of one kind matches one of
            // the other kind, so the more frequent ones come first.
            for end in ["", "/"] {
                for group in &groups {
                    let path = format!("{}{end}", &group.path[word.len()..]);
                    let group = group.clone();
                    let handler = move |req: HttpRequest, payload: web::Payload| {
                        let group = group.clone();
                        async move { dispatch(&group, req, payload).await }
                    };
                    section = section.service(web::resource(path).to(handler));
                }
            }
            section
                .guard(guard)
                .app_data(self.shared.clone())
                .app_data(self.routed.clone())
                .default_service(web::to(not_found))
                .wrap(envelope())
                .register(service);
        }
        for scope in self.actix_scopes {
            // A default service that the services set themselves is registered later and replaces this one.
            let path = format!("{prefix}{}", scope.path);
            let services = web::scope(&path)
                .app_data(self.shared.clone())
                .default_service(web::to(not_found))
                .configure(|config| (scope.configure)(config));
            let required = services.wrap(from_fn(caught)).wrap(Require::new(ctx, scope.requires));
            required.wrap(envelope()).register(service);
        }
        // Without a prefix this would answer for every path, those of the application's own routes included.
        if prefix.is_empty() {
            return;
        }
        let unknown = web::scope(prefix).guard(fn_guard(move |ctx| !followed.knows(ctx.head().uri.path())));
        unknown.default_service(web::to(not_found)).wrap(envelope()).register(service);
    }
}

/// The endpoints whose paths begin with the same word, `/projects`: one scope of actix, which compares a path with one route
/// after the other. With those of other sections it compares this word only.
struct Section {
    /// With its slash; empty for paths that begin with a parameter.
    word: String,
    groups: Vec<Arc<Group>>,
    /// All paths that begin with the word are the section's: nothing else of the application can have one.
    is_alone: bool,
}

/// The sections in the order of their first groups. Paths that begin with a parameter come last.
fn sections(groups: Vec<Arc<Group>>, scopes: &[ActixScope], prefix: &str) -> Vec<Section> {
    let some_begin_with_a_parameter = groups.iter().any(|group| first_word(&group.path).is_empty());
    let mut sections: Vec<Section> = Vec::new();
    for group in groups {
        let word = first_word(&group.path).to_owned();
        match sections.iter_mut().find(|section| section.word == word) {
            Some(section) => section.groups.push(group),
            None => {
                let is_shared = |scope: &ActixScope| ["", word.as_str()].contains(&first_word(&scope.path));
                let is_alone = !prefix.is_empty() && !some_begin_with_a_parameter && !scopes.iter().any(is_shared);
                sections.push(Section { word, groups: vec![group], is_alone });
            }
        }
    }
    sections
}

/// The first word of a path with its slash; empty if it is a parameter.
fn first_word(path: &str) -> &str {
    let end = path.char_indices().skip(1).find_map(|(at, c)| (c == '/').then_some(at)).unwrap_or(path.len());
    if path.get(1..end).is_none_or(path::is_parameter) { "" } else { &path[..end] }
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
