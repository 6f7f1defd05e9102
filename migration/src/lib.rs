//! The migrations of the example's database.

use resourceful::migration::{MigrationTrait, MigratorTrait, async_trait};

mod m20261123_120000_create_tables;

/// All migrations, the oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261123_120000_create_tables::Migration),
            // For AUTH0_USE_RBAC=true
            Box::new(resourceful::rbac::Migration),
            // For mail
            Box::new(resourceful::events::Migration),
        ]
    }
}
