//! The one way into every endpoint, generated or written by hand: method, token, permission, and only then the rest.

use std::any::Any;
use std::panic::AssertUnwindSafe;

use actix_web::http::{Method, header};
use actix_web::{HttpMessage, HttpRequest, HttpResponse, web};
use futures_util::FutureExt;

use super::access::requirement::lacking;
use super::api::{Action, ApiRoute};
use super::authenticate::authenticate;
use super::mount::Shared;
use super::operations;
use super::own_path::OwnParameters;
use super::problem::Explained;
use super::query_params::QueryUse;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Result, catalogue};
use crate::query;
use crate::spec::Requirement;

/// The endpoints of one path.
pub(crate) struct Group {
    pub(crate) path: String,
    pub(crate) routes: Vec<ApiRoute>,
}

impl Group {
    fn route(&self, method: &Method) -> Option<&ApiRoute> {
        let method = if method == Method::HEAD { "GET" } else { method.as_str() };
        self.routes.iter().find(|route| route.method == method)
    }

    /// The methods of the path, for `Allow`.
    fn allow(&self) -> Vec<&'static str> {
        let mut methods: Vec<&'static str> = self.routes.iter().map(|route| route.method).collect();
        if methods.contains(&"GET") {
            methods.push("HEAD");
        }
        methods.push("OPTIONS");
        methods.dedup();
        methods
    }
}

pub(crate) async fn dispatch(group: &Group, req: HttpRequest, payload: web::Payload) -> Result<HttpResponse> {
    match AssertUnwindSafe(serve(group, req, payload)).catch_unwind().await {
        Ok(answer) => answer,
        Err(panic) => Err(panicked(&*panic)),
    }
}

/// What a handler's panic is to the caller.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Error {
    let message = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let message = message.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Error::internal(format!("a handler panicked: {message}"))
}

async fn serve(group: &Group, req: HttpRequest, payload: web::Payload) -> Result<HttpResponse> {
    let Some(route) = group.route(req.method()) else {
        let allow = group.allow();
        if req.method() == Method::OPTIONS {
            return Ok(HttpResponse::NoContent().insert_header((header::ALLOW, allow.join(", "))).finish());
        }
        let detail = format!("This address knows {}", allow.join(", "));
        return Err(Error::new(&catalogue::METHOD_NOT_ALLOWED, detail).with_allow(allow));
    };
    let shared = shared(&req)?;
    let admitted = admit(&req, &shared.ctx, &route.requires).await?;
    match route.action {
        Action::Operation(table, operation) => {
            // What an operation works on is its own matter; only scopes around it narrow it.
            let admitted = Admitted { own_rows_only: is_narrowed(&req), ..admitted };
            operations::run(&shared.ctx, table, operation, admitted, &req, payload).await
        }
        Action::Handler(endpoint) => {
            if endpoint.query == QueryUse::Nothing {
                query::parse_none(req.query_string())?;
            }
            req.extensions_mut().insert(endpoint.query);
            req.extensions_mut().insert(admitted);
            req.extensions_mut().insert(OwnParameters::of(&group.path));
            Ok((endpoint.handler)(req, payload.into_inner()).await)
        }
    }
}

/// Finds out who asks, and lets him in if he holds all that is required.
pub(crate) async fn admit(req: &HttpRequest, ctx: &Context, requires: &[Requirement]) -> Result<Admitted> {
    if !ctx.is_open() {
        return Err(Error::new(&catalogue::UNAVAILABLE, "The application starts; try again in a moment")
            .with_retry_after(std::time::Duration::from_secs(1)));
    }
    if ctx.options().development {
        req.extensions_mut().insert(Explained);
    }
    let actor = authenticate(req, ctx).await?;
    let require = |asked| actor.require(asked).map_err(|error| explain(error, req, ctx, &actor, asked));
    requires.iter().try_for_each(require)?;
    let own_rows_only = is_narrowed(req) || requires.iter().any(|requirement| opens_own_rows_only(&actor, requirement));
    Ok(Admitted { actor, own_rows_only })
}

/// Says in development what has asked for what, and what the caller holds instead.
fn explain(error: Error, req: &HttpRequest, ctx: &Context, actor: &Actor, asked: &Requirement) -> Error {
    if !ctx.options().development || actor.user().is_none() {
        return error;
    }
    let address = req.match_pattern().unwrap_or_else(|| req.path().to_owned());
    let error = error.with_explanation(format!("{} {address} asks for {asked}", req.method()));
    lacking(ctx, actor, asked).into_iter().fold(error, Error::with_explanation)
}

/// Whether a scope around this one has let the caller in to his own rows alone.
fn is_narrowed(req: &HttpRequest) -> bool {
    req.extensions().get::<Admitted>().is_some_and(|outer| outer.own_rows_only)
}

/// The caller who was let into an endpoint or a scope.
#[derive(Clone)]
pub(crate) struct Admitted {
    pub(crate) actor: Actor,
    /// He was let in by a `..:self` permission, which opens nothing but his own rows.
    pub(crate) own_rows_only: bool,
}

/// Of several permissions any of which would do, those count that the caller holds; of several that all are needed,
/// one that opens nothing but own rows narrows the others, as does one of several scopes.
pub(super) fn opens_own_rows_only(actor: &Actor, requires: &Requirement) -> bool {
    let own = |permission: &&str| permission.ends_with(":self");
    match requires {
        Requirement::Permission(permission) => own(permission),
        Requirement::Any(permissions) => {
            let mut held = permissions.iter().copied().filter(|&permission| actor.holds(Some(permission))).peekable();
            held.peek().is_some() && held.all(|permission| own(&permission))
        }
        Requirement::All(permissions) => permissions.iter().any(own),
        Requirement::Public | Requirement::Role(_) | Requirement::Scope(_) => false,
    }
}

/// What `mount` has put beside the routes.
pub(crate) fn shared(req: &HttpRequest) -> Result<web::Data<Shared>> {
    req.app_data::<web::Data<Shared>>().cloned().ok_or_else(|| {
        Error::internal("this handler is outside of what `resourceful::mount` and `resourceful::require` make")
    })
}
