//! The only way into every endpoint, generated or hand-written: checks of method, token and permission, before the
//! rest of the request is read.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use actix_web::http::{Method, header};
use actix_web::{HttpRequest, HttpResponse, web};
use futures_util::FutureExt;

use super::endpoint::Endpoint;
use super::table::{Action, ApiRoute};
use crate::context::work::Work;
use crate::error::{Error, Result, catalogue};
#[cfg(feature = "storage")]
use crate::http::file_fields;
use crate::http::problem::document::panicked;
use crate::http::request::admission::{Admission, row_access_of};
use crate::http::request::admit::admit;
#[cfg(feature = "postgres")]
use crate::http::request::own_writes;
use crate::http::request::query_use::QueryUse;
#[cfg(feature = "postgres")]
use crate::http::request::shared::context;
use crate::http::request::shared::shared;
use crate::http::request::state::RequestState;
use crate::http::signature::EndpointDoc;
use crate::http::{conditional, operations, path};
use crate::{metrics, query};

/// The endpoints of one path.
pub(crate) struct Group {
    /// Below the API prefix.
    pub(crate) path: String,
    /// With the API prefix.
    pub(crate) template: Arc<str>,
    pub(crate) routes: Vec<ApiRoute>,
    /// Where its requests are counted.
    pub(crate) counted: Option<Arc<metrics::Route>>,
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

async fn serve(group: &Group, req: HttpRequest, payload: web::Payload) -> Result<HttpResponse> {
    RequestState::update(&req, |state| {
        state.template = Some(group.template.clone());
        state.route.clone_from(&group.counted);
    });
    let Some(route) = group.route(req.method()) else {
        let allow = group.allow();
        if req.method() == Method::OPTIONS {
            return Ok(HttpResponse::NoContent().insert_header((header::ALLOW, allow.join(", "))).finish());
        }
        let detail = format!("Method not allowed for this path; allowed: {}", allow.join(", "));
        return Err(Error::new(&catalogue::METHOD_NOT_ALLOWED, detail).with_allow(allow));
    };
    let work = match route.action {
        Action::Operation(table, operation) => {
            Work::Operation { resource: table.spec.name, operation: operation.name(), is_write: operation.is_write() }
        }
        _ => Work::Route { method: route.method, route: group.template.clone() },
    };
    #[cfg(feature = "postgres")]
    if context(&req).is_ok_and(|ctx| ctx.replicas().is_some()) {
        return Box::pin(work.run(with_replicas(group, route, req, payload))).await;
    }
    work.run(perform(group, route, req, payload)).await
}

/// The same where replicas of the database answer reads.
#[cfg(feature = "postgres")]
async fn with_replicas(
    group: &Group,
    route: &ApiRoute,
    req: HttpRequest,
    payload: web::Payload,
) -> Result<HttpResponse> {
    own_writes::run(context(&req)?, &req, perform(group, route, req.clone(), payload)).await
}

async fn perform(group: &Group, route: &ApiRoute, req: HttpRequest, payload: web::Payload) -> Result<HttpResponse> {
    let shared = shared(&req)?;
    let ctx = &shared.ctx;
    let class = match route.action {
        Action::Operation(..) => shared.gate.class(&req, route.class),
        _ => route.class,
    };
    let admission = admit(&req, shared, &route.requires, class).await?;
    #[cfg(feature = "postgres")]
    own_writes::admitted(ctx, &shared.gate, &req, &admission.actor, matches!(route.action, Action::Handler(_)));
    match route.action {
        Action::Operation(table, operation) => {
            let rows = row_access_of(operation, RequestState::row_access(&req));
            let admission = Admission { rows, ..admission };
            operations::run(ctx, table, operation, admission, &req, payload).await
        }
        #[cfg(feature = "storage")]
        Action::File(table, file) => {
            let rows = row_access_of(file.operation, RequestState::row_access(&req));
            let admission = Admission { rows, ..admission };
            Box::pin(file_fields::run(ctx, table, file, admission, &req, payload)).await
        }
        Action::Handler(endpoint) => {
            if endpoint.query == QueryUse::Nothing {
                query::parse_none(req.query_string())?;
            }
            check_conditions(&req, &endpoint)?;
            RequestState::update(&req, |state| {
                state.query = Some(endpoint.query);
                state.admission = Some(admission);
                state.own_parameters = Some(group.path.split('/').filter(|word| path::is_parameter(word)).count());
            });
            let answer = (endpoint.handler)(req.clone(), payload.into_inner()).await;
            conditional::of_handler(&req, answer)
        }
    }
}

/// Refuses If-Match and If-None-Match on an endpoint that may write and does not take them: the client would believe that
/// they are checked.
fn check_conditions(req: &HttpRequest, endpoint: &Endpoint) -> Result<()> {
    let given = [header::IF_MATCH, header::IF_NONE_MATCH].iter().any(|name| req.headers().contains_key(name));
    if !given || matches!(*req.method(), Method::GET | Method::HEAD) {
        return Ok(());
    }
    let mut doc = EndpointDoc::default();
    (endpoint.describe)(&mut doc);
    if doc.conditional { Ok(()) } else { conditional::refuse(&conditional::conditions(req)?) }
}
