//! `migrate`: applies and reverts the application's migrations, and writes new ones.

mod source;

use std::path::{Path, PathBuf};

use chrono::Utc;

use crate::app::application::App;
use crate::app::assemble;
use crate::app::cli::{Arguments, DATABASE_WAIT, print, unknown};
use crate::app::progress::progress;
use crate::error::StartupError;

pub(super) async fn run(app: &App, mut arguments: Arguments) -> Result<(), StartupError> {
    let command = arguments.word();
    if command.as_deref() == Some("new") {
        return new(app, arguments);
    }
    let steps = match arguments.word() {
        None => None,
        Some(text) => {
            Some(text.parse().map_err(|_| StartupError::new(format!("`{text}` is not a number of migrations")))?)
        }
    };
    arguments.finish()?;
    let migrations = app.migrations.as_ref().ok_or_else(|| {
        StartupError::new("the application has no migrations; write one with `migrate new NAME --from-resources` and register it with `App::migrations`")
    })?;
    let known = ["up", "down", "status", "new"];
    if !command.as_deref().is_some_and(|command| known.contains(&command)) {
        return Err(unknown("migrate", command.as_deref(), &known));
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
        _ => {}
    }
    for (name, applied) in migrations.status(ctx).await? {
        print(&format!("{} {name}", if applied { "applied" } else { "pending" }));
    }
    Ok(())
}

/// Writes a migration: one that creates the tables of the resources, or an empty one.
fn new(app: &App, mut arguments: Arguments) -> Result<(), StartupError> {
    let name = arguments.word().ok_or_else(|| {
        StartupError::new(
            "the name of the migration is missing, for example: `migrate new create_tables --from-resources`",
        )
    })?;
    let name: String = name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    let from_resources = arguments.flag("from-resources");
    let folder = arguments.option("folder")?.map(PathBuf::from).unwrap_or_else(|| {
        let own_package = Path::new("migration/src");
        if own_package.is_dir() { own_package.to_owned() } else { Path::new("src/migration").to_owned() }
    });
    arguments.finish()?;
    let module = format!("m{}_{name}", Utc::now().format("%Y%m%d_%H%M%S"));
    let specs = if from_resources { app.api.specs() } else { Vec::new() };
    let file = folder.join(format!("{module}.rs"));
    let written =
        std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, source::source(&module, &specs)));
    written.map_err(|error| StartupError::new(format!("{} cannot be written: {error}", file.display())))?;
    print(&format!("wrote {}", file.display()));
    register(&folder, &module)
}

/// Writes the list of migrations if the folder has none yet; otherwise prints which lines to add to it.
fn register(folder: &Path, module: &str) -> Result<(), StartupError> {
    let list = if folder.ends_with("migration/src") { folder.join("lib.rs") } else { folder.join("mod.rs") };
    if list.exists() {
        print(&format!("add `mod {module};` and `Box::new({module}::Migration)` to {}", list.display()));
        return Ok(());
    }
    let text = format!(
        "//! The migrations of the database.\n\nuse resourceful::migration::{{MigrationTrait, MigratorTrait, async_trait}};\n\nmod {module};\n\n\
         /// All migrations, the oldest first.\npub struct Migrator;\n\n#[async_trait::async_trait]\nimpl MigratorTrait for Migrator {{\n    \
         fn migrations() -> Vec<Box<dyn MigrationTrait>> {{\n        vec![Box::new({module}::Migration)]\n    }}\n}}\n"
    );
    std::fs::write(&list, text)
        .map_err(|error| StartupError::new(format!("{} cannot be written: {error}", list.display())))?;
    print(&format!("wrote {}; register it with `App::migrations::<migration::Migrator>()`", list.display()));
    Ok(())
}
