//! `/health/live`: the process responds. `/health/ready`: the database responds too, its tables are those of this version, and
//! the server is not about to end.

use std::time::{Duration, Instant};

use actix_web::{HttpResponse, web};
use serde_json::json;
use tokio::sync::Mutex;
use tokio::time::timeout;

#[cfg(feature = "migrate")]
use super::migrations::Migrations;
use super::shutdown::Shutdown;
use crate::auth::Verifier;
use crate::context::Context;
use crate::error::{Error, Result, catalogue};
use crate::http::pages::read_only;
#[cfg(feature = "redis")]
use crate::redis::{Redis, Value, cmd};

/// How long a result of the readiness check is kept, and the timeout of each of its parts.
const KEPT: Duration = Duration::from_secs(1);

/// How long the migrations are not asked for again once all are applied.
#[cfg(feature = "migrate")]
const APPLIED: Duration = Duration::from_secs(10);

/// What is known about the application.
#[derive(Debug, Clone, Default)]
pub(super) struct State {
    /// Why it is not ready.
    pub(super) problem: Option<&'static str>,
    /// The optional parts, and whether each worked the last time.
    pub(super) parts: Vec<(&'static str, bool)>,
}

/// The last result and its time. One request at a time checks; the others wait for its result.
#[derive(Default)]
pub(super) struct Readiness {
    known: Mutex<Option<(Instant, State)>>,
    #[cfg(feature = "migrate")]
    migrations: Option<Migrations>,
    /// Since when all migrations are known to be applied.
    #[cfg(feature = "migrate")]
    applied: Mutex<Option<Instant>>,
}

/// The Redis server that processes share; an application may have another one as an extension.
#[cfg(feature = "redis")]
pub(super) struct SharedRedis(pub(super) Redis);

pub(super) fn configure(config: &mut web::ServiceConfig) {
    config.service(read_only(web::resource("/health/live"), web::to(live)));
    config.service(read_only(web::resource("/health/ready"), web::to(ready)));
}

async fn live() -> HttpResponse {
    HttpResponse::Ok().json(json!({"status": "ok"}))
}

/// The answer has names of parts only: no addresses, versions or messages, because everyone may ask.
async fn ready(
    ctx: web::Data<Context>,
    readiness: web::Data<Readiness>,
    shutdown: web::Data<Shutdown>,
) -> Result<HttpResponse> {
    if shutdown.has_begun() {
        return Err(Error::new(&catalogue::UNAVAILABLE, "The server is shutting down"));
    }
    let state = readiness.state(&ctx).await;
    if let Some(problem) = state.problem {
        return Err(Error::new(&catalogue::UNAVAILABLE, problem).with_retry_after(KEPT));
    }
    let degraded: Vec<&str> = state.parts.iter().filter(|(_, is_up)| !is_up).map(|(part, _)| *part).collect();
    let answer = match degraded.as_slice() {
        [] => json!({"status": "ok"}),
        parts => json!({"status": "degraded", "degraded": parts}),
    };
    Ok(HttpResponse::Ok().json(answer))
}

impl Readiness {
    /// The readiness of an application with these migrations.
    #[cfg(feature = "migrate")]
    pub(super) fn new(migrations: Option<Migrations>) -> Self {
        Self { migrations, ..Self::default() }
    }

    /// What is known, at most a second old.
    pub(super) async fn state(&self, ctx: &Context) -> State {
        if !ctx.is_open() {
            return State { problem: Some(AWAY), parts: Vec::new() };
        }
        let mut known = self.known.lock().await;
        match &*known {
            Some((at, state)) if at.elapsed() < KEPT => state.clone(),
            _ => {
                let state = State { problem: self.problem(ctx).await, parts: parts(ctx).await };
                *known = Some((Instant::now(), state.clone()));
                state
            }
        }
    }

    async fn problem(&self, ctx: &Context) -> Option<&'static str> {
        if !timeout(KEPT, ctx.ping()).await.is_ok_and(|ping| ping.is_ok()) {
            return Some(AWAY);
        }
        #[cfg(feature = "migrate")]
        if let Some(migrations) = &self.migrations {
            let mut applied = self.applied.lock().await;
            if applied.is_some_and(|at| at.elapsed() < APPLIED) {
                return None;
            }
            return match timeout(KEPT, migrations.require_applied(ctx)).await {
                Ok(Ok(())) => {
                    *applied = Some(Instant::now());
                    None
                }
                Ok(Err(_)) => Some("Migrations of the database are pending"),
                Err(_) => Some(AWAY),
            };
        }
        None
    }
}

const AWAY: &str = "The database does not answer";

/// The parts whose failure does not make the application useless. Only Redis is asked. The others tell how their last use
/// ended: a check that everyone can cause must not send anything to a mail server or to the storage.
async fn parts(ctx: &Context) -> Vec<(&'static str, bool)> {
    let mut parts = Vec::new();
    #[cfg(feature = "redis")]
    if let Some(redis) = ctx.extension::<SharedRedis>() {
        parts.push(("redis", redis.0.ask::<Value>(&cmd("PING")).await.is_ok()));
    }
    if let Some(verifier) = ctx.extension::<Verifier>() {
        let mut keys = verifier.key_sets().peekable();
        if keys.peek().is_some() {
            parts.push(("keys", keys.all(|(_, keys)| !keys.is_failing)));
        }
    }
    #[cfg(feature = "mail")]
    parts.push(("mail", !ctx.direct_mailer().is_failing()));
    #[cfg(feature = "storage")]
    if let Some(storage) = ctx.extension::<crate::storage::Storage>() {
        parts.push(("storage", !storage.is_failing()));
    }
    parts
}
