//! `migrate`: applying the application's migrations, and writing new ones.

#[cfg(feature = "sqlite")]
mod sqlite;

use std::path::{Path, PathBuf};

use chrono::Utc;
use futures_util::future::BoxFuture;
use sea_orm::{DatabaseConnection, DbBackend, DbErr};
use sea_orm_migration::{MigrationStatus, MigratorTrait};

use super::App;
use super::commands::{Arguments, PATIENCE, print, unknown};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::schema;
use crate::spec::ResourceSpec;

/// The application's migrations, without their type.
pub(super) struct Migrations {
    up: fn(DatabaseConnection, Option<u32>) -> BoxFuture<'static, Result<(), DbErr>>,
    down: fn(DatabaseConnection, Option<u32>) -> BoxFuture<'static, Result<(), DbErr>>,
    status: fn(DatabaseConnection) -> BoxFuture<'static, Result<Vec<(String, bool)>, DbErr>>,
}

impl Migrations {
    pub(super) fn of<M: MigratorTrait + 'static>() -> Self {
        Self {
            up: |db, steps| {
                Box::pin(async move {
                    #[cfg(feature = "sqlite")]
                    if db.get_database_backend() == DbBackend::Sqlite {
                        return sqlite::up::<M>(&db, steps).await;
                    }
                    M::up(&db, steps).await
                })
            },
            down: |db, steps| {
                Box::pin(async move {
                    #[cfg(feature = "sqlite")]
                    if db.get_database_backend() == DbBackend::Sqlite {
                        return sqlite::down::<M>(&db, steps).await;
                    }
                    M::down(&db, steps).await
                })
            },
            status: |db| {
                Box::pin(async move {
                    let all = M::get_migration_with_status_read_only(&db).await?;
                    let applied = |status| matches!(status, MigrationStatus::Applied);
                    Ok(all.iter().map(|migration| (migration.name().to_owned(), applied(migration.status()))).collect())
                })
            },
        }
    }

    /// Applies those that are pending, or the next `steps` of them.
    pub(super) async fn up(&self, ctx: &Context, steps: Option<u32>) -> Result<()> {
        (self.up)(ctx.db().clone(), steps).await.map_err(failed)
    }

    async fn down(&self, ctx: &Context, steps: u32) -> Result<()> {
        (self.down)(ctx.db().clone(), Some(steps)).await.map_err(failed)
    }

    async fn status(&self, ctx: &Context) -> Result<Vec<(String, bool)>> {
        (self.status)(ctx.db().clone()).await.map_err(failed)
    }

    /// In production nothing changes tables behind the operator's back.
    pub(super) async fn require_applied(&self, ctx: &Context) -> Result<()> {
        let pending: Vec<String> =
            self.status(ctx).await?.into_iter().filter(|(_, applied)| !applied).map(|(name, _)| name).collect();
        if pending.is_empty() {
            return Ok(());
        }
        Err(Error::startup(format!("migrations are pending: {}. Run `migrate up` first", pending.join(", "))))
    }
}

fn failed(error: DbErr) -> Error {
    match error {
        // Said by a migration itself
        DbErr::Migration(sentence) | DbErr::Custom(sentence) => {
            Error::startup(format!("a migration failed: {sentence}"))
        }
        error => Error::startup(format!("a migration failed: {error}")),
    }
}

pub(super) async fn run(app: &App, mut arguments: Arguments) -> Result<()> {
    let command = arguments.word();
    if command.as_deref() == Some("new") {
        return new(app, arguments);
    }
    let steps = match arguments.word() {
        None => None,
        Some(text) => Some(text.parse().map_err(|_| Error::startup(format!("`{text}` is no number of migrations")))?),
    };
    arguments.finish()?;
    let migrations = app.migrations.as_ref().ok_or_else(|| {
        Error::startup("the application has no migrations; write one with `migrate new NAME --from-resources` and register it with `App::migrations`")
    })?;
    let known = ["up", "down", "status", "new"];
    if !command.as_deref().is_some_and(|command| known.contains(&command)) {
        return Err(unknown("migrate", command.as_deref(), &known));
    }
    app.settings.database.wait(Some(PATIENCE)).await?;
    let tables = if command.as_deref() == Some("status") { app.tables().await? } else { app.maintenance().await? };
    let ctx = tables.ctx();
    match command.as_deref() {
        Some("up") => migrations.up(ctx, steps).await?,
        // Taking all back is never what a short command means.
        Some("down") => migrations.down(ctx, steps.unwrap_or(1)).await?,
        _ => {}
    }
    for (name, applied) in migrations.status(ctx).await? {
        print(&format!("{} {name}", if applied { "applied" } else { "pending" }));
    }
    Ok(())
}

/// Writes a migration: the tables of the resources, or an empty one to fill in.
fn new(app: &App, mut arguments: Arguments) -> Result<()> {
    let name = arguments
        .word()
        .ok_or_else(|| Error::startup("a name is missing: `migrate new create_tables --from-resources`"))?;
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
    let written = std::fs::create_dir_all(&folder).and_then(|()| std::fs::write(&file, source(&module, &specs)));
    written.map_err(|error| Error::startup(format!("{} cannot be written: {error}", file.display())))?;
    print(&format!("wrote {}", file.display()));
    register(&folder, &module)
}

/// Adds the migration to the list of a folder that has none yet; says what to add otherwise.
fn register(folder: &Path, module: &str) -> Result<()> {
    let list = if folder.ends_with("migration/src") { folder.join("lib.rs") } else { folder.join("mod.rs") };
    if list.exists() {
        print(&format!("add `mod {module};` and `Box::new({module}::Migration)` to {}", list.display()));
        return Ok(());
    }
    let text = format!(
        "//! The database's history.\n\nuse resourceful::migration::{{MigrationTrait, MigratorTrait, async_trait}};\n\nmod {module};\n\n\
         /// All migrations, the oldest first.\npub struct Migrator;\n\n#[async_trait::async_trait]\nimpl MigratorTrait for Migrator {{\n    \
         fn migrations() -> Vec<Box<dyn MigrationTrait>> {{\n        vec![Box::new({module}::Migration)]\n    }}\n}}\n"
    );
    std::fs::write(&list, text)
        .map_err(|error| Error::startup(format!("{} cannot be written: {error}", list.display())))?;
    print(&format!("wrote {}; register it with `App::migrations::<migration::Migrator>()`", list.display()));
    Ok(())
}

/// The migration's source. The statements stand in it as text, so that they never change when a struct does.
fn source(module: &str, specs: &[&'static ResourceSpec]) -> String {
    let list = |statements: Vec<String>| -> String {
        let lines: Vec<String> =
            statements.iter().map(|statement| format!("            r#\"{statement}\"#,")).collect();
        if lines.is_empty() { String::new() } else { format!("\n{}\n        ", lines.join("\n")) }
    };
    let up = |backend| list(schema::statements(backend, specs));
    let down = |backend| {
        let drop = |table: &schema::Table| format!("DROP TABLE \"{}\"", table.name);
        let tables = schema::tables(backend, specs);
        // Tables that refer to each other in a circle can be dropped once the circle is cut.
        let cut = tables.iter().flat_map(|table| table.drop_late_keys.clone());
        list(cut.chain(tables.iter().rev().map(drop)).collect())
    };
    format!(
        "//! Written by `migrate new`; from then on it is yours.\n\n\
         use resourceful::migration::{{DbBackend, DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait, execute_all}};\n\n\
         /// The migration.\npub struct Migration;\n\n\
         impl MigrationName for Migration {{\n    fn name(&self) -> &str {{\n        \"{module}\"\n    }}\n}}\n\n\
         #[async_trait::async_trait]\nimpl MigrationTrait for Migration {{\n    \
         async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {{\n        execute_all(manager, &up(manager.get_database_backend())).await\n    }}\n\n    \
         async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {{\n        execute_all(manager, &down(manager.get_database_backend())).await\n    }}\n}}\n\n\
         fn up(backend: DbBackend) -> Vec<&'static str> {{\n    match backend {{\n        DbBackend::Sqlite => vec![{}],\n        _ => vec![{}],\n    }}\n}}\n\n\
         fn down(backend: DbBackend) -> Vec<&'static str> {{\n    match backend {{\n        DbBackend::Sqlite => vec![{}],\n        _ => vec![{}],\n    }}\n}}\n",
        up(DbBackend::Sqlite),
        up(DbBackend::Postgres),
        down(DbBackend::Sqlite),
        down(DbBackend::Postgres),
    )
}
