//! One line in the log for each request, and one span.

use std::sync::Arc;
use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;

use super::recent::Recent;
use super::traced::{Traced, is_probe};
use crate::actor::Actor;
use crate::context::usage::{self, Usage};
use crate::http::request::id::RequestId;
use crate::http::request::state::RequestState;
use crate::trace::{self, Trace};

/// The target of these lines: `LOG_LEVEL=info,resourceful::request=off` turns them off.
macro_rules! target {
    () => {
        "resourceful::request"
    };
}

/// The middleware, around the envelope. Line and span have the route and never the path, whose parameters may be personal;
/// of the caller the line has the token's `sub`. The time ends when the response begins. Development keeps the
/// `recent` ones too.
pub(crate) async fn log_request(
    recent: Option<Arc<Recent>>,
    req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let traced = Traced::begin(&req);
    let is_logged = tracing::enabled!(target: target!(), tracing::Level::INFO);
    if !is_logged && traced.trace.is_none() && recent.is_none() {
        return next.call(req).await;
    }
    let begun = Instant::now();
    let (trace, span) = (traced.trace.clone(), traced.span.clone());
    let (mut done, usage) = usage::measured(trace::within(trace, span, next.call(req))).await;
    match &mut done {
        Ok(response) => {
            traced.end(Some(response.request()), response.status().as_u16(), usage);
            traced.add_header(response.headers_mut());
            if let Some(recent) = recent {
                recent.note(response, begun.elapsed(), usage);
            }
            if is_logged {
                write(response, begun, usage, traced.trace.as_ref());
            }
        }
        // Only services of plain actix fail so; their error has no request.
        Err(error) => traced.end(None, error.as_response_error().status_code().as_u16(), usage),
    }
    done
}

fn write(response: &ServiceResponse<impl MessageBody>, begun: Instant, usage: Usage, trace: Option<&Trace>) {
    let req = response.request();
    let (id, caller) = RequestState::read(req, |state| (state.id.clone(), state.caller.clone()));
    let user = caller.as_ref().and_then(Actor::user).map(|user| user.id.as_str());
    let status = response.status().as_u16();
    let route = RequestState::template(req);
    let milliseconds = |time: std::time::Duration| (time.as_secs_f64() * 100_000.0).round() / 100.0;
    macro_rules! line {
        ($level:ident) => {
            tracing::event!(
                target: target!(),
                tracing::Level::$level,
                method = req.method().as_str(),
                route = route.as_deref(),
                status,
                ms = milliseconds(begun.elapsed()),
                sql = usage.statements,
                sql_ms = milliseconds(usage.time),
                user,
                request_id = id.as_ref().map(RequestId::as_str),
                trace_id = trace.map(Trace::id),
                "request"
            )
        };
    }
    // What monitors the server asks every few seconds.
    let is_health = route.as_deref().is_some_and(is_probe);
    match status {
        500.. if !is_health => line!(WARN),
        _ if is_health => line!(DEBUG),
        _ => line!(INFO),
    }
}
