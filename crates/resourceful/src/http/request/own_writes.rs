//! Callers see what they have written, also where replicas of the database answer reads: who the caller is, and the field that
//! clients can send back.

use actix_web::dev::ServiceResponse;
use actix_web::http::Method;
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::{HttpMessage, HttpRequest};

use super::gate::{Gate, is_shared};
use super::state::RequestState;
use crate::actor::Actor;
use crate::context::{self, Caller, Context, Session};

/// What a write answers with, and what a client sends with a read that must see it.
pub(crate) const READ_AFTER_WRITE: HeaderName = HeaderName::from_static("read-after-write");

/// Does the work of a request.
pub(crate) async fn run<T>(ctx: &Context, req: &HttpRequest, work: impl Future<Output = T>) -> T {
    let Some(replicas) = ctx.replicas() else { return work.await };
    let session = Session::new(replicas, reads(req));
    let (done, position) = Box::pin(session.run(ctx, work)).await;
    if let Some(value) = position.and_then(|position| HeaderValue::try_from(replicas.seal(position)).ok()) {
        RequestState::update(req, |state| state.wrote = Some(value));
    }
    done
}

/// Whether the method only reads.
fn reads(req: &HttpRequest) -> bool {
    matches!(*req.method(), Method::GET | Method::HEAD)
}

/// The caller was let in. `is_own` is for an endpoint of the application: where it is not one that reads, it may write in ways that
/// are not noticed.
pub(crate) fn admitted(ctx: &Context, gate: &Gate, req: &HttpRequest, actor: &Actor, is_own: bool) {
    if ctx.replicas().is_none() {
        return;
    }
    if is_own && !reads(req) {
        context::note_write();
    }
    let caller = match actor.user() {
        Some(user) => Some(Caller::user(&user.id)),
        None => gate.address(req).map(Caller::address),
    };
    let mut seen = req.headers().get_all(READ_AFTER_WRITE);
    // Of several the server cannot know which one is meant: none of them can be read, and the primary answers.
    let seen = match (seen.next(), seen.next()) {
        (None, _) => None,
        (Some(value), None) => Some(value.to_str().unwrap_or_default().trim()),
        (Some(_), Some(_)) => Some(""),
    };
    context::admitted(caller, seen);
}

/// Adds to the response what the client can send back, if the request has written. A response that caches share does not get it.
pub(crate) fn add_field<B>(response: &mut ServiceResponse<B>) {
    let value = response.request().extensions_mut().get_mut::<RequestState>().and_then(|state| state.wrote.take());
    if let Some(value) = value
        && !is_shared(response.headers())
    {
        response.headers_mut().insert(READ_AFTER_WRITE, value);
    }
}
