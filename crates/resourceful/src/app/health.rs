//! `/health/live`: the process responds. `/health/ready`: the database responds too, and the server is not about to end.

use std::time::{Duration, Instant};

use actix_web::{HttpResponse, web};
use tokio::sync::Mutex;

use super::shutdown::Shutdown;
use crate::context::Context;
use crate::error::{Error, Result, catalogue};
use crate::http::pages::read_only;

/// How long a result of the readiness check is kept, and the timeout of the check.
const KEPT: Duration = Duration::from_secs(1);

/// The last result and its time. One request at a time checks the database; the others wait for its result.
#[derive(Default)]
pub(crate) struct Readiness(Mutex<Option<(Instant, bool)>>);

pub(crate) fn configure(config: &mut web::ServiceConfig) {
    config.service(read_only(web::resource("/health/live"), web::to(live)));
    config.service(read_only(web::resource("/health/ready"), web::to(ready)));
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({"status": "ok"}))
}

async fn ready(
    ctx: web::Data<Context>,
    readiness: web::Data<Readiness>,
    shutdown: web::Data<Shutdown>,
) -> Result<HttpResponse> {
    if shutdown.has_begun() {
        return Err(Error::new(&catalogue::UNAVAILABLE, "The server is shutting down"));
    }
    if !ctx.is_open() {
        return Err(away());
    }
    let mut known = readiness.0.lock().await;
    let ready = match *known {
        Some((at, ready)) if at.elapsed() < KEPT => ready,
        _ => {
            let ready = ctx.is_open() && tokio::time::timeout(KEPT, ctx.ping()).await.is_ok_and(|ping| ping.is_ok());
            *known = Some((Instant::now(), ready));
            ready
        }
    };
    drop(known);
    if ready {
        return Ok(HttpResponse::Ok().json(serde_json::json!({"status": "ok"})));
    }
    Err(away())
}

fn away() -> Error {
    Error::new(&catalogue::UNAVAILABLE, "The database does not answer").with_retry_after(KEPT)
}
