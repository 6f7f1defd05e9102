//! Everything that this crate keeps in a request's extensions: one value of one type.

use std::sync::Arc;

use actix_web::dev::ServiceRequest;
#[cfg(feature = "postgres")]
use actix_web::http::header::HeaderValue;
use actix_web::{HttpMessage, HttpRequest};

use super::admission::Admission;
use super::dpop::{Dpop, Proven};
use super::id::RequestId;
use super::query_use::QueryUse;
use super::running::Running;
use crate::actor::{Actor, RowAccess};
use crate::metrics::Route;
use crate::rates::Used;

/// What is known about a request so far. Each part is `None` until the layer that determines it has run; requests outside
/// of mounted APIs have none.
#[derive(Default)]
pub(crate) struct RequestState {
    /// The id, once the envelope or a requirement has seen the request.
    pub(crate) id: Option<RequestId>,
    /// An envelope is around the request already.
    pub(crate) is_enveloped: bool,
    /// The application is in development: problems may say why.
    pub(crate) is_explained: bool,
    /// What bound tokens must fulfil, where the application accepts them.
    pub(crate) dpop: Option<Dpop>,
    /// The caller of a verified proof; shared by all extractors of the caller.
    pub(crate) proven: Option<Proven>,
    /// The caller, for the log, whether or not they were let in.
    pub(crate) caller: Option<Actor>,
    /// The caller who was let in by the innermost requirement so far.
    pub(crate) admission: Option<Admission>,
    /// What the endpoint does with the query string.
    pub(crate) query: Option<QueryUse>,
    /// The response is sent as it is, never compressed.
    pub(crate) is_identity: bool,
    /// How many parameters the endpoint's own path has.
    pub(crate) own_parameters: Option<usize>,
    /// The template of the endpoint's path, `/api/v1/projects/{id}`, without the actix scopes around a mounted API.
    pub(crate) template: Option<Arc<str>>,
    /// Where the request is counted, if the application counts and it has reached an endpoint of the API.
    pub(crate) route: Option<Arc<Route>>,
    /// The slug of the problem that the response has; `other` for one of the application's own.
    pub(crate) problem: Option<&'static str>,
    /// Why the token was refused.
    pub(crate) rejection: Option<&'static str>,
    /// The place of the request among those that run.
    pub(crate) running: Option<Running>,
    /// What the client can send back to see what this request has written, where replicas answer reads.
    #[cfg(feature = "postgres")]
    pub(crate) wrote: Option<HeaderValue>,
    /// What the request was counted for.
    pub(crate) used: Vec<Used>,
}

impl RequestState {
    /// Changes the state of a request.
    pub(crate) fn update<R>(req: &impl HttpMessage, change: impl FnOnce(&mut Self) -> R) -> R {
        let mut extensions = req.extensions_mut();
        if let Some(state) = extensions.get_mut::<Self>() {
            return change(state);
        }
        let mut state = Self::default();
        let result = change(&mut state);
        extensions.insert(state);
        result
    }

    /// Reads the state of a request; that of a request that nothing is known of is empty.
    pub(crate) fn read<R>(req: &impl HttpMessage, read: impl FnOnce(&Self) -> R) -> R {
        match req.extensions().get::<Self>() {
            Some(state) => read(state),
            None => read(&Self::default()),
        }
    }

    /// The caller who was let in.
    pub(crate) fn admission(req: &impl HttpMessage) -> Option<Admission> {
        Self::read(req, |state| state.admission.clone())
    }

    /// Which rows the requirements around this point give the caller.
    pub(crate) fn row_access(req: &impl HttpMessage) -> RowAccess {
        Self::read(req, |state| state.admission.as_ref().map(|admission| admission.rows).unwrap_or_default())
    }

    /// The template of the path of a request to this application; `None` if there is no such path. actix compares the path with
    /// all routes to find it, so that the endpoints of an API tell theirs.
    pub(crate) fn template(req: &HttpRequest) -> Option<Arc<str>> {
        Self::read(req, |state| state.template.clone()).or_else(|| req.match_pattern().map(Arc::from))
    }

    /// The id of the request, the same on every call.
    pub(crate) fn identify(req: &ServiceRequest) -> RequestId {
        Self::update(req, |state| state.id.get_or_insert_with(|| RequestId::of(req)).clone())
    }
}
