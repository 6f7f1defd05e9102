//! An application whose commands the tests run as a user would.

use resourceful::prelude::*;
use resourceful::sea_orm::{ConnectionTrait, Statement};

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

#[resourceful::main]
async fn main() -> resourceful::Result<()> {
    App::from_env()?
        .title("Things", "1.0.0")
        .mail()
        .resource::<Thing>()
        .resource_with::<Notice>(|routes| routes.service(report))
        .run()
        .await
}
