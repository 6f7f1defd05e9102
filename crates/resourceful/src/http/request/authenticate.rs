//! From the Authorization header to the actor.

use std::rc::Rc;
use std::sync::Arc;

use actix_web::http::header::{AUTHORIZATION, HOST};
use actix_web::{HttpMessage, HttpRequest};
use tokio::sync::Mutex;

use super::problem::Dpop;
use crate::actor::{Actor, CurrentUser};
use crate::auth::{self, Credentials, DpopRequest, Verifier};
use crate::context::Context;
use crate::error::{Error, Result};

/// Who sends the request. A token that is there must be a good one, whatever the endpoint asks for.
pub(crate) async fn authenticate(req: &HttpRequest, ctx: &Context) -> Result<Actor> {
    let dpop = ctx.verifier().and_then(|verifier| {
        let algorithms = verifier.dpop_algorithms()?.to_owned();
        Some(Dpop { algorithms, bearer: verifier.accepts_bearer(), used: false })
    });
    if let Some(dpop) = &dpop {
        req.extensions_mut().insert(dpop.clone());
    }
    let values = req.headers().get_all(AUTHORIZATION).map(|value| value.as_bytes());
    let Some(credentials) = auth::credentials(values, dpop.is_some())? else { return Ok(Actor::Anonymous) };
    let verifier = ctx.verifier().ok_or_else(|| Error::internal("the context was made without a token verifier"))?;
    let user = match (credentials, dpop) {
        (Credentials::Dpop(token), Some(dpop)) => {
            req.extensions_mut().insert(Dpop { used: true, ..dpop });
            prove(req, verifier, token).await?
        }
        (Credentials::Bearer(token) | Credentials::Dpop(token), _) => verifier.verify(token).await?,
    };
    match ctx.grants() {
        Some(grants) => grants.extend(ctx, user).await.map(Actor::User),
        None => Ok(Actor::User(user)),
    }
}

/// The caller whose proof was found good, and by which verifier: an application can have several.
#[derive(Clone, Default)]
struct Proven(Rc<Mutex<Option<(Arc<Verifier>, Arc<CurrentUser>)>>>);

/// Checks the proof once for each request. Several extractors of a plain actix handler may ask for the caller, even at
/// once, and a proof that is seen twice counts as stolen.
async fn prove(req: &HttpRequest, verifier: &Arc<Verifier>, token: &str) -> Result<Arc<CurrentUser>> {
    let known = req.extensions().get::<Proven>().cloned();
    let known = known.unwrap_or_else(|| {
        let new = Proven::default();
        req.extensions_mut().insert(new.clone());
        new
    });
    let mut known = known.0.lock().await;
    if let Some((_, user)) = known.as_ref().filter(|(by, _)| Arc::ptr_eq(by, verifier)) {
        return Ok(user.clone());
    }
    let user = verifier.verify_bound(token, &presented(req)).await?;
    *known = Some((verifier.clone(), user.clone()));
    Ok(user)
}

/// What a proof must have been made for. Not `connection_info`, which believes the `Forwarded` headers of anybody.
fn presented(req: &HttpRequest) -> DpopRequest<'_> {
    DpopRequest {
        proofs: req.headers().get_all("dpop").map(|value| value.as_bytes()).collect(),
        method: req.method().as_str(),
        https: req.app_config().secure(),
        hosts: req.headers().get_all(HOST).map(|value| value.as_bytes()).collect(),
        path: req.uri().path(),
    }
}

#[cfg(test)]
mod tests;
