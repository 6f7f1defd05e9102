//! One line in the log for each request.

use std::sync::Arc;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use super::recent::Recent;
use crate::actor::Actor;
use crate::context::usage::{self, Usage};
use crate::http::request::id::RequestId;
use crate::http::request::state::RequestState;
use crate::http::request::trace::trace_id;

/// The target of these lines: `LOG_LEVEL=info,resourceful::request=off` turns them off.
macro_rules! target {
    () => {
        "resourceful::request"
    };
}

/// The middleware, around the envelope. The line has the route and never the path, whose parameters may be personal; of the
/// caller it has the token's `sub`. The time ends when the response begins. Development keeps the `recent` ones too.
pub(crate) async fn log_request(
    recent: Option<Arc<Recent>>,
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let is_logged = tracing::enabled!(target: target!(), tracing::Level::INFO);
    if !is_logged && recent.is_none() {
        return next.call(req).await;
    }
    let begun = Instant::now();
    let (done, usage) = usage::measured(next.call(req)).await;
    if let Ok(response) = &done {
        if let Some(recent) = recent {
            recent.note(response, begun.elapsed(), usage);
        }
        if is_logged {
            write(response, begun, usage);
        }
    }
    done
}

fn write(response: &ServiceResponse<impl MessageBody>, begun: Instant, usage: Usage) {
    let req = response.request();
    let (id, caller) = RequestState::read(req, |state| (state.id.clone(), state.caller.clone()));
    let user = caller.as_ref().and_then(Actor::user).map(|user| user.id.as_str());
    let status = response.status().as_u16();
    let route = req.match_pattern();
    let milliseconds = |time: std::time::Duration| (time.as_secs_f64() * 100_000.0).round() / 100.0;
    macro_rules! line {
        ($level:ident) => {
            tracing::event!(
                target: target!(),
                tracing::Level::$level,
                method = req.method().as_str(),
                route,
                status,
                ms = milliseconds(begun.elapsed()),
                sql = usage.statements,
                sql_ms = milliseconds(usage.time),
                user,
                request_id = id.as_ref().map(RequestId::as_str),
                trace_id = trace_id(req.headers()),
                "request"
            )
        };
    }
    // What monitors the server asks every few seconds.
    let is_health = route.as_deref().is_some_and(|route| route.starts_with("/health/") || route == "/metrics");
    match status {
        500.. if !is_health => line!(WARN),
        _ if is_health => line!(DEBUG),
        _ => line!(INFO),
    }
}
