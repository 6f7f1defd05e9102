//! The source code of a migration that `migrate new` writes.

use crate::context::Backend;
use crate::schema;
use crate::spec::ResourceSpec;

/// The source code of a migration. It contains the statements as text, so that they do not change when a struct changes.
pub(super) fn source(module: &str, specs: &[&'static ResourceSpec]) -> String {
    let list = |statements: Vec<String>| -> String {
        let lines: Vec<String> =
            statements.iter().map(|statement| format!("            r#\"{statement}\"#,")).collect();
        if lines.is_empty() { String::new() } else { format!("\n{}\n        ", lines.join("\n")) }
    };
    let up = |backend| list(schema::statements(backend, specs));
    let down = |backend| {
        let drop = |table: &schema::Table| format!("DROP TABLE \"{}\"", table.name);
        let tables = schema::tables(backend, specs);
        // Tables that refer to each other in a cycle can be dropped after the foreign keys of the cycle are dropped.
        let cut = tables.iter().flat_map(|table| table.drop_late_keys.clone());
        list(cut.chain(tables.iter().rev().map(drop)).collect())
    };
    format!(
        "//! Generated once by `migrate new`. You can change this file.\n\n\
         use resourceful::migration::{{DbBackend, DbErr, MigrationName, MigrationTrait, SchemaManager, async_trait, execute_all}};\n\n\
         /// The migration.\npub struct Migration;\n\n\
         impl MigrationName for Migration {{\n    fn name(&self) -> &str {{\n        \"{module}\"\n    }}\n}}\n\n\
         #[async_trait::async_trait]\nimpl MigrationTrait for Migration {{\n    \
         async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {{\n        execute_all(manager, &up(manager.get_database_backend())).await\n    }}\n\n    \
         async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {{\n        execute_all(manager, &down(manager.get_database_backend())).await\n    }}\n}}\n\n\
         fn up(backend: DbBackend) -> Vec<&'static str> {{\n    match backend {{\n        DbBackend::Sqlite => vec![{}],\n        _ => vec![{}],\n    }}\n}}\n\n\
         fn down(backend: DbBackend) -> Vec<&'static str> {{\n    match backend {{\n        DbBackend::Sqlite => vec![{}],\n        _ => vec![{}],\n    }}\n}}\n",
        up(Backend::Sqlite),
        up(Backend::Postgres),
        down(Backend::Sqlite),
        down(Backend::Postgres),
    )
}
