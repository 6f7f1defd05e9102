//! From the Authorization header to the actor.

use actix_web::HttpRequest;
use actix_web::http::header::AUTHORIZATION;

use crate::actor::Actor;
use crate::auth;
use crate::context::Context;
use crate::error::{Error, Result};

/// Who sends the request. A token that is there must be a good one, whatever the endpoint asks for.
pub(crate) async fn authenticate(req: &HttpRequest, ctx: &Context) -> Result<Actor> {
    let values = req.headers().get_all(AUTHORIZATION).map(|value| value.as_bytes());
    let Some(token) = auth::bearer(values)? else { return Ok(Actor::Anonymous) };
    let verifier = ctx.verifier().ok_or_else(|| Error::internal("the context was made without a token verifier"))?;
    verifier.verify(token).await.map(Actor::User)
}
