//! The tables of an application: updated in development, checked in every environment.

use super::application::App;
use super::assemble;
use crate::context::{Backend, Context, Maintenance};
use crate::env::Environment;
use crate::error::{Result, StartupError};
use crate::schema::{self, Schema, TableCheck};
use crate::spec::ResourceSpec;

/// Updates the tables in development, and checks them in every environment.
pub(super) async fn prepare(app: &App, ctx: &Context, specs: &[&'static ResourceSpec]) -> Result<()> {
    // Behind a pooler in transaction mode, only the command `migrate` applies migrations, straight to PostgreSQL.
    #[cfg(feature = "migrate")]
    let is_migrated_elsewhere = ctx.is_pooled() && app.migrations.is_some();
    #[cfg(not(feature = "migrate"))]
    let is_migrated_elsewhere = false;
    if app.settings.environment == Environment::Production || is_migrated_elsewhere {
        #[cfg(feature = "migrate")]
        if let Some(migrations) = &app.migrations {
            migrations.require_applied(ctx).await?;
        }
        return check(app, ctx, specs).await;
    }
    // A database in memory ends with its connection, and with a pooler the transaction itself waits for others.
    let own = match app.settings.database.is_in_memory() || ctx.is_pooled() {
        true => None,
        false => Some(assemble::maintenance(&app.settings).await?),
    };
    let alone = own.as_ref().map_or(ctx, Maintenance::ctx);
    #[cfg(feature = "migrate")]
    if let Some(migrations) = &app.migrations {
        migrations.up(alone, None).await?;
        return check(app, ctx, specs).await;
    }
    for table in schema::create_missing(alone.db(), specs).await? {
        tracing::info!(table, "created a table");
    }
    #[cfg(feature = "mail")]
    if app.outbox.is_some() {
        crate::events::create_missing(alone).await?;
    }
    check(app, ctx, specs).await
}

/// The tables that the application needs: those of its resources, and those of the framework that it uses.
pub(super) fn wanted(app: &App, backend: Backend, specs: &[&'static ResourceSpec]) -> Schema {
    let wanted = schema::wanted(backend, specs);
    #[cfg(feature = "mail")]
    if app.outbox.is_some() {
        let outbox = crate::events::wanted(backend);
        return Schema { tables: wanted.tables.into_iter().chain([outbox]).collect(), ..wanted };
    }
    let _ = app;
    wanted
}

async fn check(app: &App, ctx: &Context, specs: &[&'static ResourceSpec]) -> Result<()> {
    let TableCheck { problems, notes } = schema::check(ctx.db(), &wanted(app, ctx.backend(), specs)).await?;
    // Without its table, the outbox says itself what to do.
    #[cfg(feature = "mail")]
    let problems: Vec<String> = problems
        .into_iter()
        .filter(|problem| *problem != format!("there is no table `{}`", crate::events::TABLE))
        .collect();
    if problems.is_empty() {
        for note in notes {
            tracing::warn!("{note}; it works, but may not for every value or as fast as it should");
        }
        #[cfg(feature = "mail")]
        if app.outbox.is_some() {
            crate::events::Outbox::open(ctx).await?;
        }
        return Ok(());
    }
    let list: String = problems.iter().map(|problem| format!("\n  - {problem}")).collect();
    let advice = match lacks_roles(app, &problems) {
        true => {
            "Roles and permissions need tables (AUTH0_USE_RBAC): add `Box::new(resourceful::rbac::Migration)` to the \
             migrations and apply it"
        }
        false => {
            "Write a migration (`migrate diff NAME`), or in development delete the database: the next start creates it again"
        }
    };
    Err(StartupError::new(format!("the tables of the database do not match the resources:{list}\n{advice}")).into())
}

#[cfg(feature = "rbac")]
fn lacks_roles(app: &App, problems: &[String]) -> bool {
    app.settings.rbac.is_some() && problems.iter().any(|problem| problem.contains("`user_roles`"))
}

#[cfg(not(feature = "rbac"))]
fn lacks_roles(_: &App, _: &[String]) -> bool {
    false
}
