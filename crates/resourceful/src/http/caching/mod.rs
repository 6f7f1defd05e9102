//! Answers to reads: kept on the server where the resource says so, and labelled for those who keep them elsewhere.

mod control;
mod kept;
mod key;

use actix_web::HttpResponse;
use actix_web::http::header;

pub(crate) use key::Asked;

use crate::actor::RowAccess;
use crate::error::Result;
use crate::query::Viewer;
use crate::service::Engine;
use crate::spec::Operation;

/// Answers a read of rows: with the kept answer, or with the one that `make` makes. Errors are never kept.
///
/// The caller has been admitted already.
///
/// # Errors
/// Those of `make`.
pub(crate) async fn serve<F>(
    (viewer, rows): (&Viewer<'_>, RowAccess),
    engine: &Engine,
    operation: Operation,
    asked: Asked<'_>,
    make: impl FnOnce() -> F,
) -> Result<HttpResponse>
where
    F: Future<Output = Result<HttpResponse>>,
{
    let reached = asked.reached(viewer.table);
    let ttl = viewer.spec().cache.and_then(|cache| cache.ttl);
    let mut response = match (ttl, reached.as_deref()) {
        (Some(ttl), Some(reached)) => {
            let (key, tags) = key::of(viewer, engine, operation, &asked, reached);
            kept::answer(engine.ctx(), &key, &tags, ttl, make).await?
        }
        _ => make().await?,
    };
    let control = control::of_read(viewer.table, reached.as_deref(), operation, (viewer.actor, rows));
    response.headers_mut().insert(header::CACHE_CONTROL, control);
    Ok(response)
}
