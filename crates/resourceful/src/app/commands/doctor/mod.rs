//! `doctor`: tries everything that the settings name, and says what to do about what does not work.

mod database;
mod production;
mod report;
mod services;

use crate::app::application::App;
use crate::app::assemble::{Assembly, Parts};
use crate::app::cli::{Arguments, print};
use crate::app::settings::Settings;
use crate::app::telemetry;
use crate::context::{Context, DatabaseSettings};
use crate::error::{Result, StartupError};

use report::{Level, Report};

/// Prints what was found. With `--production` also what a production server needs, whatever `ENVIRONMENT` says.
///
/// # Errors
/// If something does not work, so that a script can stop there.
pub(super) async fn run(app: &App, mut arguments: Arguments) -> Result<()> {
    let for_production = arguments.flag("production");
    arguments.finish()?;
    // The causes of some failures are log lines.
    telemetry::start(&app.settings.log, &[]);
    let mut report = Report::default();
    match app.settings.warnings.as_slice() {
        [] => report.ok("settings", format!("ENVIRONMENT is {}", app.settings.environment)),
        warnings => warnings.iter().for_each(|warning| report.add(Level::Warning, "settings", warning.as_str())),
    }
    let is_there = database::reach(app, &mut report).await;
    match assembled(app).await {
        Ok(ctx) => {
            if is_there {
                database::check(app, &ctx, &mut report).await;
            }
            others(app, &ctx, &mut report).await;
        }
        // What keeps the application from starting is a finding, too.
        Err(error) => report.add(Level::Problem, "start", error.to_string()),
    }
    if for_production {
        production::check(app, &mut report);
    }
    print(&report.print());
    conclusion(&report)
}

/// The parts of the application. They need no database yet, and a SQLite file that does not exist is not made for them.
async fn assembled(app: &App) -> std::result::Result<Context, StartupError> {
    let elsewhere = Settings { database: DatabaseSettings::new("sqlite::memory:"), ..app.settings.clone() };
    let mut assembly = Assembly::of_app(app)?;
    if app.settings.database.missing_file().is_some() {
        assembly = assembly.with_settings(&elsewhere);
    }
    let Parts { ctx, .. } = assembly.connect_later().await?;
    Ok(ctx)
}

/// The parts beside the database.
async fn others(app: &App, ctx: &Context, report: &mut Report) {
    services::keys(app, ctx, report).await;
    #[cfg(feature = "redis")]
    services::redis(app, report).await;
    #[cfg(feature = "mail")]
    services::mail(app, ctx, report).await;
    #[cfg(feature = "storage")]
    services::storage(ctx, report).await;
    #[cfg(feature = "otel")]
    services::traces(app, report).await;
    #[cfg(feature = "sentry")]
    services::failures(app, report).await;
    #[cfg(feature = "jwks-http")]
    services::permissions(app, report).await;
}

fn conclusion(report: &Report) -> Result<()> {
    let count = |level, one: &str| match report.count(level) {
        1 => format!("1 {one}"),
        number => format!("{number} {one}s"),
    };
    let (problems, warnings) = (count(Level::Problem, "problem"), count(Level::Warning, "warning"));
    if report.count(Level::Problem) > 0 {
        return Err(StartupError::new(format!("{problems}, {warnings}")).into());
    }
    print(&format!("no problem, {warnings}"));
    Ok(())
}
