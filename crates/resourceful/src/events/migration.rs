//! The table, for applications that have migrations.

use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use super::table;
use crate::migration::{DbErr, execute_all};

/// Creates the table of the outbox. Add it to your application's migrations:
///
/// ```
/// use resourceful::migration::{MigrationTrait, MigratorTrait, async_trait};
///
/// pub struct Migrator;
///
/// #[async_trait::async_trait]
/// impl MigratorTrait for Migrator {
///     fn migrations() -> Vec<Box<dyn MigrationTrait>> {
///         vec![
///             // ..
///             Box::new(resourceful::events::Migration),
///         ]
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261201_000000_resourceful_outbox"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute_all(manager, table::create(manager.get_database_backend())).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute_all(manager, &["DROP TABLE \"resourceful_outbox\""]).await
    }
}
