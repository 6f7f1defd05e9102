//! From the Authorization header to the actor.

use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{AUTHORIZATION, HOST};

use super::dpop::Dpop;
use super::state::RequestState;
use crate::actor::{Actor, CurrentUser};
use crate::auth::{self, Credentials, DpopRequest, Verifier};
use crate::context::Context;
use crate::error::{Error, Result};

/// Who sends the request. A token that is sent must be valid, even where the endpoint requires none.
///
/// # Errors
/// 401 for an invalid token or proof, 503 when the signing keys cannot be fetched.
pub(crate) async fn authenticate(req: &HttpRequest, ctx: &Context) -> Result<Actor> {
    let dpop = ctx.extension::<Verifier>().and_then(|verifier| {
        let algorithms = verifier.dpop_algorithms()?.to_owned();
        Some(Dpop { algorithms, bearer: verifier.accepts_bearer(), used: false })
    });
    if let Some(dpop) = &dpop {
        RequestState::update(req, |state| state.dpop = Some(dpop.clone()));
    }
    let values = req.headers().get_all(AUTHORIZATION).map(|value| value.as_bytes());
    let Some(credentials) = auth::credentials(values, dpop.is_some())? else { return Ok(Actor::Anonymous) };
    let verifier = ctx.extension::<Verifier>();
    let verifier = verifier.ok_or_else(|| Error::internal("the context was made without a token verifier"))?;
    let user = match (credentials, dpop) {
        (Credentials::Dpop(token), Some(dpop)) => {
            RequestState::update(req, |state| state.dpop = Some(Dpop { used: true, ..dpop }));
            prove(req, &verifier, token).await?
        }
        (Credentials::Bearer(token) | Credentials::Dpop(token), _) => verifier.verify(token).await?,
    };
    match ctx.grants() {
        Some(grants) => grants.extend(ctx, user).await.map(Actor::User),
        None => Ok(Actor::User(user)),
    }
}

/// Verifies the proof once for each request. Several extractors of a plain actix handler may need the caller, even
/// concurrently, and a proof that is seen twice counts as stolen.
async fn prove(req: &HttpRequest, verifier: &Arc<Verifier>, token: &str) -> Result<Arc<CurrentUser>> {
    let known = RequestState::update(req, |state| state.proven.get_or_insert_default().clone());
    let mut known = known.0.lock().await;
    if let Some((_, user)) = known.as_ref().filter(|(by, _)| Arc::ptr_eq(by, verifier)) {
        return Ok(user.clone());
    }
    let user = verifier.verify_bound(token, &presented(req)).await?;
    *known = Some((verifier.clone(), user.clone()));
    Ok(user)
}

/// What a proof must have been made for. Not `connection_info`, which trusts `Forwarded` headers from any client.
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
