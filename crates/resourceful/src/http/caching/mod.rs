//! Answers to reads: kept on the server where the resource says so, and labelled for those who keep them elsewhere.

mod control;
mod kept;
mod key;

use actix_web::HttpResponse;
use actix_web::http::header;

pub(crate) use key::Asked;

use super::conditional;
use crate::actor::RowAccess;
use crate::error::Result;
use crate::etag::{EntityTag, IfMatch};
use crate::query::Viewer;
use crate::service::Engine;
use crate::spec::Operation;

/// Answers a read of rows: with the kept answer, or with the one that `make` makes under these conditions. Errors are never
/// kept.
///
/// The caller has been admitted already.
///
/// # Errors
/// Those of `make`; 412 where the conditions do not hold.
pub(crate) async fn serve(
    (viewer, rows): (&Viewer<'_>, RowAccess),
    engine: &Engine,
    operation: Operation,
    asked: Asked<'_>,
    conditions: IfMatch,
    make: impl AsyncFnOnce(IfMatch) -> Result<HttpResponse>,
) -> Result<HttpResponse> {
    let reached = asked.reached(viewer.table);
    let ttl = viewer.spec().cache.and_then(|cache| cache.ttl);
    let mut response = match (ttl, reached.as_deref()) {
        (Some(ttl), Some(reached)) => {
            let (key, tags) = key::of(viewer, engine, operation, &asked, reached);
            // Whatever this caller has already, the whole answer is kept.
            let whole = async || make(IfMatch::default()).await;
            instead(&conditions, Box::pin(kept::answer(engine.ctx(), &key, &tags, ttl, whole)).await?)?
        }
        _ => make(conditions).await?,
    };
    let control = control::of_read(viewer.table, reached.as_deref(), operation, (viewer.actor, rows));
    response.headers_mut().insert(header::CACHE_CONTROL, control);
    Ok(response)
}

/// The answer, or what it is replaced by under these conditions.
fn instead(conditions: &IfMatch, whole: HttpResponse) -> Result<HttpResponse> {
    if conditions.is_empty() {
        return Ok(whole);
    }
    let tag = whole.headers().get(header::ETAG).and_then(|tag| EntityTag::read(tag.as_bytes()));
    let instead = tag.map(|tag| conditional::instead(conditions, &tag)).transpose()?;
    Ok(instead.flatten().unwrap_or(whole))
}
