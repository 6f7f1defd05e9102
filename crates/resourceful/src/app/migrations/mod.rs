//! The application's migrations.

mod locks;
pub(in crate::app) mod scratch;
#[cfg(feature = "sqlite")]
mod sqlite;

use futures_util::future::BoxFuture;
#[cfg(feature = "sqlite")]
use sea_orm::DbBackend;
use sea_orm::{DatabaseConnection, DbErr};
use sea_orm_migration::{MigrationStatus, MigratorTrait};

use crate::context::Context;
use crate::error::StartupError;

/// The application's migrations, without their type.
#[derive(Clone, Copy)]
pub(in crate::app) struct Migrations {
    up: fn(DatabaseConnection, Option<u32>) -> BoxFuture<'static, Result<(), DbErr>>,
    down: fn(DatabaseConnection, Option<u32>) -> BoxFuture<'static, Result<(), DbErr>>,
    fresh: fn(DatabaseConnection) -> BoxFuture<'static, Result<(), DbErr>>,
    table: fn() -> String,
    status: fn(Context) -> BoxFuture<'static, Result<Vec<(String, bool)>, DbErr>>,
}

impl Migrations {
    pub(in crate::app) fn new<M: MigratorTrait + 'static>() -> Self {
        Self {
            up: |db, steps| {
                Box::pin(async move {
                    #[cfg(feature = "sqlite")]
                    if db.get_database_backend() == DbBackend::Sqlite {
                        return sqlite::up::<M>(&db, steps).await;
                    }
                    locks::up::<M>(&db, steps).await
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
            fresh: |db| {
                Box::pin(async move {
                    #[cfg(feature = "sqlite")]
                    if db.get_database_backend() == DbBackend::Sqlite {
                        sqlite::clear(&db).await?;
                        return sqlite::up::<M>(&db, None).await;
                    }
                    M::fresh(&db).await
                })
            },
            table: || M::migration_table_name().to_string(),
            status: |ctx| {
                Box::pin(async move {
                    let all = M::get_migration_with_status_read_only(ctx.db()).await?;
                    let applied = |status| matches!(status, MigrationStatus::Applied);
                    Ok(all.iter().map(|migration| (migration.name().to_owned(), applied(migration.status()))).collect())
                })
            },
        }
    }

    /// Applies all pending migrations, or the next `steps` of them.
    pub(in crate::app) async fn up(&self, ctx: &Context, steps: Option<u32>) -> Result<(), StartupError> {
        (self.up)(pool(ctx)?, steps).await.map_err(failed)
    }

    pub(in crate::app) async fn down(&self, ctx: &Context, steps: u32) -> Result<(), StartupError> {
        (self.down)(pool(ctx)?, Some(steps)).await.map_err(failed)
    }

    /// Drops every table, and applies all migrations.
    pub(in crate::app) async fn fresh(&self, ctx: &Context) -> Result<(), StartupError> {
        (self.fresh)(pool(ctx)?).await.map_err(failed)
    }

    /// The name of the table that says which migrations are applied.
    pub(in crate::app) fn table(&self) -> String {
        (self.table)()
    }

    pub(in crate::app) async fn status(&self, ctx: &Context) -> Result<Vec<(String, bool)>, StartupError> {
        (self.status)(ctx.clone()).await.map_err(failed)
    }

    /// In production only the command `migrate` changes tables.
    pub(in crate::app) async fn require_applied(&self, ctx: &Context) -> Result<(), StartupError> {
        let pending: Vec<String> =
            self.status(ctx).await?.into_iter().filter(|(_, applied)| !applied).map(|(name, _)| name).collect();
        if pending.is_empty() {
            return Ok(());
        }
        Err(StartupError::new(format!("migrations are pending: {}. Run `migrate up` first", pending.join(", "))))
    }
}

/// The connection of a migration, which SeaORM gives it.
fn pool(ctx: &Context) -> Result<DatabaseConnection, StartupError> {
    ctx.pool().cloned().map_err(StartupError::because)
}

fn failed(error: DbErr) -> StartupError {
    match error {
        // The migration's own message
        DbErr::Migration(sentence) | DbErr::Custom(sentence) => {
            StartupError::new(format!("a migration failed: {sentence}"))
        }
        error => StartupError::new(format!("a migration failed: {error}")),
    }
}
