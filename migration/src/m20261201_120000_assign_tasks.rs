//! Tasks have an assignee.

use resourceful::migration::{
    DbBackend, DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait, execute_all,
};

/// The migration.
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261201_120000_assign_tasks"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = match manager.get_database_backend() {
            DbBackend::Sqlite => {
                r#"ALTER TABLE "tasks" ADD COLUMN "assignee_id" text
                CONSTRAINT "fk_tasks_assignee_id" REFERENCES "users" ("id") ON DELETE SET NULL"#
            }
            _ => {
                r#"ALTER TABLE "tasks" ADD COLUMN "assignee_id" text COLLATE "C",
                ADD CONSTRAINT "fk_tasks_assignee_id" FOREIGN KEY ("assignee_id") REFERENCES "users" ("id") ON DELETE SET NULL"#
            }
        };
        let index = r#"CREATE INDEX "ix_tasks_assignee_id" ON "tasks" ("assignee_id")"#;
        execute_all(manager, &[column, index]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = r#"DROP INDEX "ix_tasks_assignee_id""#;
        execute_all(manager, &[index, r#"ALTER TABLE "tasks" DROP COLUMN "assignee_id""#]).await
    }
}
