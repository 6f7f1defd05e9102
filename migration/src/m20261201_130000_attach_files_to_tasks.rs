//! Tasks have an attachment.

use resourceful::migration::{DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait, execute_all};

/// The migration.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261201_130000_attach_files_to_tasks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute_all(manager, &[r#"ALTER TABLE "tasks" ADD COLUMN "attachment" text"#]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute_all(manager, &[r#"ALTER TABLE "tasks" DROP COLUMN "attachment""#]).await
    }
}
