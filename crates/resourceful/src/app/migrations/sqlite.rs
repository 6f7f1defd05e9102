//! Applies migrations to SQLite one by one, so that none of them deletes rows unintentionally.
//!
//! A table rebuild must switch foreign keys off, because otherwise dropping the old table deletes the rows that refer
//! to it. The switch has no effect inside a transaction. So foreign keys are off before a migration that runs in a
//! transaction begins, and it is rolled back if rows have dangling references at its end. After each migration,
//! foreign keys are on again.

use std::marker::PhantomData;

use sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, DbErr, DynIden, Statement};
use sea_orm_migration::{Migration, MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait};

use crate::schema::rebuild::{dangling, more_dangling};

/// Applies all pending migrations, or the next `steps` of them.
pub(super) async fn up<M: MigratorTrait>(db: &DatabaseConnection, steps: Option<u32>) -> Result<(), DbErr> {
    let mut pending = M::get_pending_migrations(db).await?;
    pending.truncate(steps.map_or(pending.len(), |steps| steps as usize));
    run::<M>(db, names(pending), true).await
}

/// Reverts the last `steps` migrations, or all.
pub(super) async fn down<M: MigratorTrait>(db: &DatabaseConnection, steps: Option<u32>) -> Result<(), DbErr> {
    let mut applied = M::get_applied_migrations(db).await?;
    applied.reverse();
    applied.truncate(steps.map_or(applied.len(), |steps| steps as usize));
    run::<M>(db, names(applied), false).await
}

/// Drops every table and view.
pub(super) async fn clear(db: &DatabaseConnection) -> Result<(), DbErr> {
    db.execute_unprepared("PRAGMA foreign_keys = OFF").await?;
    let dropped = drop_all(db).await;
    db.execute_unprepared("PRAGMA foreign_keys = ON").await?;
    dropped
}

async fn drop_all(db: &DatabaseConnection) -> Result<(), DbErr> {
    let all = "SELECT 'DROP ' || type || ' IF EXISTS \"' || replace(name, '\"', '\"\"') || '\"' FROM sqlite_master WHERE type IN \
               ('view', 'table') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type DESC";
    for row in db.query_all_raw(Statement::from_string(DbBackend::Sqlite, all)).await? {
        db.execute_unprepared(&row.try_get_by_index::<String>(0)?).await?;
    }
    Ok(())
}

fn names(migrations: Vec<Migration>) -> Vec<String> {
    migrations.iter().map(|migration| migration.name().to_owned()).collect()
}

async fn run<M: MigratorTrait>(db: &DatabaseConnection, names: Vec<String>, forward: bool) -> Result<(), DbErr> {
    if names.is_empty() {
        return Ok(());
    }
    let before = dangling(&db.into()).await?;
    let all = M::migrations();
    for name in names {
        let migration = all.iter().find(|migration| migration.name() == name);
        if migration.is_some_and(|migration| is_in_transaction(migration.as_ref())) {
            db.execute_unprepared("PRAGMA foreign_keys = OFF").await?;
        }
        let done = match forward {
            true => Guarded::<M>::up(db, Some(1)).await,
            false => Guarded::<M>::down(db, Some(1)).await,
        };
        let back = db.execute_unprepared("PRAGMA foreign_keys = ON").await;
        done?;
        back?;
    }
    let Some(problem) = more_dangling(&before, &dangling(&db.into()).await?) else { return Ok(()) };
    Err(DbErr::Migration(format!(
        "it is applied, but it has switched foreign keys off, and now {problem}. `PRAGMA foreign_key_check` shows them; \
        correct these rows before you continue"
    )))
}

/// Migrations of SQLite run in a transaction only if they require it.
fn is_in_transaction(migration: &dyn MigrationTrait) -> bool {
    migration.use_transaction() == Some(true)
}

/// The migrations of `M`. Those that run in a transaction are checked for dangling references.
struct Guarded<M>(PhantomData<fn() -> M>);

impl<M: MigratorTrait> MigratorTrait for Guarded<M> {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        M::migrations().into_iter().map(|migration| Box::new(Whole(migration)) as Box<dyn MigrationTrait>).collect()
    }

    fn migration_table_name() -> DynIden {
        M::migration_table_name()
    }
}

/// A migration that fails if it would leave dangling references, if it runs in a transaction.
struct Whole(Box<dyn MigrationTrait>);

impl Whole {
    async fn run(&self, manager: &SchemaManager<'_>, forward: bool) -> Result<(), DbErr> {
        let guarded = is_in_transaction(self.0.as_ref());
        let before = if guarded { dangling(manager.get_connection()).await? } else { Default::default() };
        match forward {
            true => self.0.up(manager).await?,
            false => self.0.down(manager).await?,
        }
        if guarded && let Some(problem) = more_dangling(&before, &dangling(manager.get_connection()).await?) {
            return Err(DbErr::Migration(format!(
                "`{}` was rolled back: after it {problem}. Foreign keys are not enforced while a migration runs \
                in a transaction on SQLite; the migration must delete or change these rows itself",
                self.0.name()
            )));
        }
        Ok(())
    }
}

impl MigrationName for Whole {
    fn name(&self) -> &str {
        self.0.name()
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Whole {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.run(manager, true).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        self.run(manager, false).await
    }

    fn use_transaction(&self) -> Option<bool> {
        self.0.use_transaction()
    }
}
