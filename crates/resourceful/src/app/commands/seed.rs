//! `seed`: adds the application's initial rows.

use crate::app::application::App;
use crate::app::assemble::Assembly;
use crate::app::cli::DATABASE_WAIT;
use crate::app::manifest::Manifest;
use crate::app::progress::progress;
use crate::app::{tables, telemetry};
use crate::context::Context;
use crate::error::{Result, StartupError};

pub(super) async fn run(mut app: App) -> Result<()> {
    telemetry::start(&app.settings.log, &app.settings.warnings);
    if app.seed.is_none() && !has_roles(&app) {
        return Err(StartupError::new("the application has no seed function; register one with `App::seed`").into());
    }
    app.settings.database.wait(Some(DATABASE_WAIT)).await?;
    let ctx = Assembly::of_app(&app)?.without_callers().connect().await?.ctx;
    tables::prepare(&app, &ctx, &app.api.specs()).await?;
    let descriptions = Manifest::of(&app).descriptions();
    fill(&mut app, &ctx, &descriptions).await
}

/// Adds the application's initial rows.
#[cfg_attr(
    not(feature = "rbac"),
    expect(unused_variables, reason = "only the feature `rbac` stores permissions as rows")
)]
pub(super) async fn fill(app: &mut App, ctx: &Context, descriptions: &[(String, String)]) -> Result<()> {
    #[cfg(feature = "rbac")]
    crate::rbac::seed(ctx, descriptions).await?;
    match app.seed.take() {
        Some(seed) => progress("the initial rows are added", seed(ctx.clone())).await,
        None => Ok(()),
    }
}

#[cfg(feature = "rbac")]
fn has_roles(app: &App) -> bool {
    app.settings.rbac.is_some()
}

#[cfg(not(feature = "rbac"))]
fn has_roles(_: &App) -> bool {
    false
}
