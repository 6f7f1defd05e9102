//! The second step of this migration fails.

use resourceful::migration::{
    DbBackend, DbErr, MigrationName, MigrationTrait, SchemaManager, Step, async_trait, run_steps,
};

/// The migration.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261201_000003_fail"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run_steps(manager, &up(manager.get_database_backend())).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run_steps(manager, &down(manager.get_database_backend())).await
    }

    /// All steps or none, on both databases.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}

fn up(_: DbBackend) -> Vec<Step> {
    vec![Step::sql(r#"CREATE TABLE "half" ("id" integer)"#), Step::sql(r#"CREATE TABLE "half" ("id" integer)"#)]
}

fn down(_: DbBackend) -> Vec<Step> {
    vec![Step::sql(r#"DROP TABLE "half""#)]
}
