//! The last requests, for the page at `/` in development.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::dev::ServiceResponse;
use chrono::{DateTime, Utc};

use crate::actor::Actor;
use crate::context::usage::Usage;
use crate::http::request::id::RequestId;
use crate::http::request::state::RequestState;

/// How many are kept.
pub(crate) const KEPT: usize = 50;

/// What every application has: its pages ask for themselves again and again.
const NOT_KEPT: [&str; 8] =
    ["/development/", "/docs", "/mail", "/health/", "/metrics", "/openapi.json", "/problems", "/.well-known/"];

/// The last requests, without those for pages of development, health and metrics.
#[derive(Debug, Default)]
pub(crate) struct Recent(Mutex<VecDeque<Request>>);

/// A request, with what its line in the log has: no path, no query and no body, which can be personal.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) at: DateTime<Utc>,
    pub(crate) method: String,
    /// The template of the path; `None` if there is no such path.
    pub(crate) route: Option<Arc<str>>,
    pub(crate) status: u16,
    /// Until the response began.
    pub(crate) time: Duration,
    pub(crate) usage: Usage,
    /// The `sub` of the token.
    pub(crate) user: Option<String>,
    pub(crate) id: String,
}

impl Recent {
    /// Keeps a request that was answered.
    pub(crate) fn note(&self, response: &ServiceResponse<impl Sized>, time: Duration, usage: Usage) {
        let req = response.request();
        let route = RequestState::template(req);
        let is_left_out = |route: &str| route == "/" || NOT_KEPT.iter().any(|start| route.starts_with(start));
        if route.as_deref().is_some_and(is_left_out) {
            return;
        }
        let (id, caller) = RequestState::read(req, |state| (state.id.clone(), state.caller.clone()));
        let request = Request {
            at: Utc::now(),
            method: req.method().to_string(),
            route,
            status: response.status().as_u16(),
            time,
            usage,
            user: caller.as_ref().and_then(Actor::user).map(|user| user.id.clone()),
            id: id.as_ref().map_or_else(String::new, |id| RequestId::as_str(id).to_owned()),
        };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.truncate(KEPT - 1);
        all.push_front(request);
    }

    /// The requests, the newest first.
    pub(crate) fn all(&self) -> Vec<Request> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
