//! `migrate`: applies and reverts the application's migrations, and writes new ones.

mod diff;
mod source;
mod write;

use crate::app::application::App;
use crate::app::assemble;
use crate::app::cli::{Arguments, DATABASE_WAIT, print, unknown};
use crate::app::migrations::Migrations;
use crate::app::progress::progress;
use crate::env::Environment;
use crate::error::StartupError;

const KNOWN: [&str; 7] = ["up", "down", "status", "fresh", "diff", "check", "new"];

pub(super) async fn run(app: &App, mut arguments: Arguments) -> Result<(), StartupError> {
    let command = arguments.word();
    match command.as_deref() {
        Some("new") => return write::new(app, arguments),
        Some("diff") => return diff::diff(app, arguments).await,
        Some("check") => return diff::check(app, arguments).await,
        _ => {}
    }
    let steps = match arguments.word() {
        None => None,
        Some(text) => {
            Some(text.parse().map_err(|_| StartupError::new(format!("`{text}` is not a number of migrations")))?)
        }
    };
    arguments.finish()?;
    let migrations = registered(app)?;
    if !command.as_deref().is_some_and(|command| KNOWN.contains(&command)) {
        return Err(unknown("migrate", command.as_deref(), &KNOWN));
    }
    if command.as_deref() == Some("fresh") && app.settings.environment == Environment::Production {
        return Err(StartupError::new(
            "`migrate fresh` drops every table with its rows, and does not work in production",
        ));
    }
    app.settings.database.wait(Some(DATABASE_WAIT)).await?;
    let tables = match command.as_deref() {
        Some("status") => assemble::read_tables(&app.settings).await?,
        _ => assemble::maintenance(&app.settings).await?,
    };
    let ctx = tables.ctx();
    match command.as_deref() {
        Some("up") => progress("the migrations are applied", migrations.up(ctx, steps)).await?,
        // Without a number, only the last migration is reverted: reverting all must be explicit.
        Some("down") => progress("the migrations are reverted", migrations.down(ctx, steps.unwrap_or(1))).await?,
        Some("fresh") => progress("the migrations are applied", migrations.fresh(ctx)).await?,
        _ => {}
    }
    for (name, applied) in migrations.status(ctx).await? {
        print(&format!("{} {name}", if applied { "applied" } else { "pending" }));
    }
    Ok(())
}

fn registered(app: &App) -> Result<&Migrations, StartupError> {
    app.migrations.as_ref().ok_or_else(|| {
        StartupError::new(
            "the application has no migrations; write one with `migrate new NAME --from-resources` and register it with \
             `App::migrations`",
        )
    })
}
