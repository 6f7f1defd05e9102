//! `/health/live`: the process answers. `/health/ready`: it can do its work.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use actix_web::{HttpResponse, web};

use crate::context::Context;
use crate::error::{Error, Result, catalogue};

/// How long an answer about readiness counts: probes cost the database at most one ping a second.
const KEPT: Duration = Duration::from_secs(1);

/// What readiness was last, and when.
#[derive(Default)]
pub(crate) struct Readiness(Mutex<Option<(Instant, bool)>>);

pub(crate) async fn live() -> HttpResponse {
    HttpResponse::Ok().json(serde_json::json!({"status": "ok"}))
}

pub(crate) async fn ready(ctx: web::Data<Context>, readiness: web::Data<Readiness>) -> Result<HttpResponse> {
    let known = *readiness.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let ready = match known {
        Some((at, ready)) if at.elapsed() < KEPT => ready,
        _ => {
            let ready = tokio::time::timeout(KEPT, ctx.ping()).await.is_ok_and(|ping| ping.is_ok());
            *readiness.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some((Instant::now(), ready));
            ready
        }
    };
    if ready {
        return Ok(HttpResponse::Ok().json(serde_json::json!({"status": "ok"})));
    }
    Err(Error::new(&catalogue::UNAVAILABLE, "The database does not answer").with_retry_after(KEPT))
}
