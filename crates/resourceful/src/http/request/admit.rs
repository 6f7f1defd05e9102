//! Finds out who calls, and lets them in if they meet every requirement and no limit refuses them.

use std::time::Duration;

use actix_web::HttpRequest;

use super::admission::{Admission, row_access};
use super::authenticate::authenticate;
use super::lacking::lacking;
use super::shared::Shared;
use super::state::RequestState;
use crate::actor::{Actor, RowAccess};
use crate::context::Context;
use crate::error::{Error, Result, catalogue};
use crate::rates::RateClass;
use crate::spec::Requirement;

/// Lets the caller in, to an endpoint of this class.
///
/// # Errors
/// 401 and 403 for a caller who is not; 429 for one who has sent too many requests; 503 while the application starts, has too
/// many requests, or cannot fetch the signing keys.
pub(crate) async fn admit(
    req: &HttpRequest,
    shared: &Shared,
    requires: &[Requirement],
    class: RateClass,
) -> Result<Admission> {
    let Shared { ctx, gate } = shared;
    if !ctx.is_open() {
        return Err(Error::new(&catalogue::UNAVAILABLE, "The application is starting; try again in a moment")
            .with_retry_after(Duration::from_secs(1)));
    }
    if ctx.options().development {
        RequestState::update(req, |state| state.is_explained = true);
    }
    gate.enter(req)?;
    gate.count_address(req).await?;
    let actor = authenticate(req, ctx).await?;
    gate.count_caller(req, &actor, class).await?;
    if actor.user().is_some() {
        RequestState::update(req, |state| state.caller = Some(actor.clone()));
    }
    for requirement in requires {
        actor.require(requirement).map_err(|error| explain(error, req, ctx, &actor, requirement))?;
    }
    let around = RequestState::row_access(req);
    let is_own = |rows| rows == RowAccess::Own;
    let narrowed = is_own(around) || requires.iter().any(|requirement| is_own(row_access(&actor, requirement)));
    Ok(Admission { actor, rows: if narrowed { RowAccess::Own } else { RowAccess::All } })
}

/// Adds in development which requirement was not met, and what the caller holds instead.
fn explain(error: Error, req: &HttpRequest, ctx: &Context, actor: &Actor, requires: &Requirement) -> Error {
    if !ctx.options().development || actor.user().is_none() {
        return error;
    }
    let path = req.match_pattern().unwrap_or_else(|| req.path().to_owned());
    let error = error.with_explanation(format!("{} {path} requires {requires}", req.method()));
    lacking(ctx, actor, requires).into_iter().fold(error, Error::with_explanation)
}
