//! An application whose commands the tests run as a user would.

use resourceful::events::Outbox;
use resourceful::prelude::*;
use resourceful::sea_orm::{ConnectionTrait, Statement};
use resourceful::trace;

/// A row.
#[derive(Clone, Debug, Resource)]
pub struct Thing {
    /// Made by the server.
    pub id: Uuid,
    /// What people call it.
    #[resource(filter, sort)]
    pub name: String,
}

/// What everybody reads, from the cache.
#[derive(Clone, Debug, Resource)]
#[resource(public(list), cache(ttl = "1m"))]
pub struct Notice {
    /// Made by the server.
    pub id: Uuid,
    /// What it says.
    pub text: String,
}

/// A statement of the application's own, with values in its text and in its parameters.
#[get("/{id}/report", public)]
async fn report(id: Path<Uuid>, ctx: Context) -> Result<Json<i64>> {
    let sql = "SELECT 17 AS number WHERE 'hunter2-canary' <> ? -- hunter2-canary";
    let statement = Statement::from_sql_and_values(ctx.backend(), sql, [id.to_string().into()]);
    let row = ctx.db().query_one_raw(statement).await?;
    Ok(Json(row.map(|row| row.try_get("", "number")).transpose()?.unwrap_or_default()))
}

/// Fails on the server, with a cause of a cause.
#[get("/{id}/failing", public)]
async fn failing(id: Path<Uuid>) -> Result<Json<i64>> {
    let _ = id;
    Err(Error::internal(Unprintable(std::io::Error::other("the disk is full"))))
}

#[derive(Debug)]
struct Unprintable(std::io::Error);

impl std::fmt::Display for Unprintable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the report cannot be printed")
    }
}

impl std::error::Error for Unprintable {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// Panics.
#[get("/{id}/panicking", public)]
async fn panicking(id: Path<Uuid>) -> Result<Json<i64>> {
    assert!(id.is_nil() && id.is_max(), "no id is good enough");
    Ok(Json(0))
}

/// Stores a message, and tells the headers with which a request to another server would continue the trace.
#[post("/message", public)]
async fn message(body: Json<String>, ctx: Context) -> Result<Json<Vec<String>>> {
    Outbox::add(&ctx, "message", &body.0).await?;
    let headers = trace::current().map_or_else(Vec::new, |trace| trace.headers());
    Ok(Json(headers.into_iter().map(|(name, value)| format!("{name}: {value}")).collect()))
}

#[resourceful::main]
async fn main() -> resourceful::Result<()> {
    App::from_env()?
        .title("Things", "1.0.0")
        .mail()
        .resource::<Thing>()
        .resource_with::<Notice>(|routes| routes.service(report).service(failing).service(panicking).service(message))
        .deliver("message", |_, message| async move {
            let text: String = message.payload()?;
            let trace_id = trace::current().map(|trace| trace.id().to_owned());
            tracing::info!(trace_id, length = text.len(), "a message arrived");
            Ok(())
        })
        .run()
        .await
}
