//! `files`: what is in the storage of files.

use std::time::Duration;

use crate::app::application::App;
use crate::app::assemble::Assembly;
use crate::app::cli::{Arguments, DATABASE_WAIT, print, unknown};
use crate::app::progress::progress;
use crate::app::telemetry;
use crate::error::{Result, StartupError};
use crate::service::{Sweep, Swept};

pub(super) async fn run(app: &App, mut arguments: Arguments) -> Result<()> {
    match arguments.word().as_deref() {
        Some("sweep") => sweep(app, arguments).await,
        other => Err(unknown("files", other, &["sweep"]).into()),
    }
}

/// Removes stored files that belong to no row.
async fn sweep(app: &App, mut arguments: Arguments) -> Result<()> {
    let (is_dry, is_forced) = (arguments.flag("dry-run"), arguments.flag("force"));
    let age = arguments.option("older-than")?;
    arguments.finish()?;
    let mut hours = 24;
    if let Some(age) = age {
        hours = age.parse::<u64>().ok().filter(|hours| (1..=24 * 365).contains(hours)).ok_or_else(|| {
            StartupError::new(format!("--older-than is `{age}`; allowed: a whole number of hours from 1 to 8760"))
        })?;
    }
    let mut sweep = Sweep::new().older_than(Duration::from_secs(hours * 3600));
    if is_dry {
        sweep = sweep.dry_run();
    }
    if is_forced {
        sweep = sweep.force();
    }
    telemetry::start(&app.settings.log, &app.settings.warnings);
    app.settings.database.wait(Some(DATABASE_WAIT)).await?;
    let ctx = Assembly::of_app(app)?.without_callers().connect().await?.ctx;
    let Swept { seen, removed, interrupted } =
        progress("stored files are compared with rows", sweep.run_on(&ctx, &app.api.specs())).await?;
    removed.iter().for_each(|key| print(key));
    let verb = if is_dry { "would be removed" } else { "were removed" };
    print(&format!("{} of {seen} files that are older than {hours} hours belong to no row and {verb}", removed.len()));
    if !is_dry {
        print(&format!("{interrupted} leftovers of interrupted uploads removed"));
    }
    Ok(())
}
