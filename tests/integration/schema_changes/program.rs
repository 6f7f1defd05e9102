//! An application whose resources have changed since its first migration. `MIGRATIONS` says how many it has; the third
//! fails.

use resourceful::migration::{MigrationTrait, MigratorTrait, async_trait};
use resourceful::prelude::*;

#[path = "migrations/m20261201_000001_create_tables.rs"]
mod m20261201_000001_create_tables;
#[path = "migrations/m20261201_000002_change_books.rs"]
mod m20261201_000002_change_books;
#[path = "migrations/m20261201_000003_fail.rs"]
mod m20261201_000003_fail;

/// Who writes books.
#[derive(Clone, Debug, Resource)]
pub struct Author {
    /// Made by the database.
    pub id: i64,
    /// What people call them.
    #[resource(unique)]
    pub name: String,
}

/// A book. Before, its title was called `name`, it had a remark, and no author and no year.
#[derive(Clone, Debug, Resource)]
pub struct Book {
    /// Made by the database.
    pub id: i64,
    /// What stands on it.
    #[resource(was = "name", index)]
    pub title: String,
    /// When it was printed.
    #[resource(default = 2000)]
    pub year: i32,
    /// What it costs.
    pub price: Option<Decimal>,
    /// Who wrote it.
    #[resource(belongs_to(author: Author, on_delete = "set_null"))]
    pub author_id: Option<i64>,
}

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let count = std::env::var("MIGRATIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(2);
        let mut all: Vec<Box<dyn MigrationTrait>> = vec![
            Box::new(m20261201_000001_create_tables::Migration),
            Box::new(m20261201_000002_change_books::Migration),
            Box::new(m20261201_000003_fail::Migration),
        ];
        all.truncate(count);
        all
    }
}

#[resourceful::main]
async fn main() -> resourceful::Result<()> {
    App::from_env()?.resource::<Author>().resource::<Book>().migrations::<Migrator>().run().await
}
