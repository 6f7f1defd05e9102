//! The tables, for applications that have migrations.

use sea_orm_migration::{MigrationName, MigrationTrait, SchemaManager, async_trait};

use crate::migration::{DbBackend, DbErr, execute_all};

/// Creates the tables of roles and permissions. Add it to your application's migrations:
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
///             Box::new(resourceful::rbac::Migration),
///         ]
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Migration;

impl MigrationName for Migration {
    fn name(&self) -> &str {
        "m20261125_000000_resourceful_rbac"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute_all(manager, up(manager.get_database_backend())).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let tables = ["user_roles", "role_permissions", "permissions", "roles"];
        let drops = tables.map(|table| format!("DROP TABLE \"{table}\""));
        execute_all(manager, &drops.each_ref().map(String::as_str)).await
    }
}

/// The statements as text, so that they do not change when a struct changes.
fn up(backend: DbBackend) -> &'static [&'static str] {
    match backend {
        DbBackend::Sqlite => SQLITE,
        _ => POSTGRES,
    }
}

const SQLITE: &[&str] = &[
    r#"CREATE TABLE "roles" (
    "id" blob NOT NULL PRIMARY KEY,
    "name" text NOT NULL,
    "description" text,
    "created_at" text NOT NULL,
    "updated_at" text NOT NULL,
    CONSTRAINT "uq_roles_name" UNIQUE ("name")
)"#,
    r#"CREATE TABLE "permissions" (
    "id" blob NOT NULL PRIMARY KEY,
    "name" text NOT NULL,
    "description" text,
    "created_at" text NOT NULL,
    "updated_at" text NOT NULL,
    CONSTRAINT "uq_permissions_name" UNIQUE ("name")
)"#,
    r#"CREATE TABLE "role_permissions" (
    "id" blob NOT NULL PRIMARY KEY,
    "role_id" blob NOT NULL,
    "permission_id" blob NOT NULL,
    "created_at" text NOT NULL,
    CONSTRAINT "uq_role_permissions_role_id_permission_id" UNIQUE ("role_id", "permission_id"),
    CONSTRAINT "fk_role_permissions_role_id" FOREIGN KEY ("role_id") REFERENCES "roles" ("id") ON DELETE CASCADE,
    CONSTRAINT "fk_role_permissions_permission_id" FOREIGN KEY ("permission_id") REFERENCES "permissions" ("id") ON DELETE CASCADE
)"#,
    r#"CREATE TABLE "user_roles" (
    "id" blob NOT NULL PRIMARY KEY,
    "user_id" text NOT NULL,
    "role_id" blob NOT NULL,
    "created_at" text NOT NULL,
    CONSTRAINT "uq_user_roles_user_id_role_id" UNIQUE ("user_id", "role_id"),
    CONSTRAINT "fk_user_roles_role_id" FOREIGN KEY ("role_id") REFERENCES "roles" ("id") ON DELETE CASCADE
)"#,
    r#"CREATE INDEX "ix_role_permissions_permission_id" ON "role_permissions" ("permission_id")"#,
    r#"CREATE INDEX "ix_user_roles_role_id" ON "user_roles" ("role_id")"#,
];
const POSTGRES: &[&str] = &[
    r#"CREATE TABLE "roles" (
    "id" uuid NOT NULL PRIMARY KEY,
    "name" text COLLATE "C" NOT NULL,
    "description" text COLLATE "C",
    "created_at" timestamptz NOT NULL,
    "updated_at" timestamptz NOT NULL,
    CONSTRAINT "uq_roles_name" UNIQUE ("name")
)"#,
    r#"CREATE TABLE "permissions" (
    "id" uuid NOT NULL PRIMARY KEY,
    "name" text COLLATE "C" NOT NULL,
    "description" text COLLATE "C",
    "created_at" timestamptz NOT NULL,
    "updated_at" timestamptz NOT NULL,
    CONSTRAINT "uq_permissions_name" UNIQUE ("name")
)"#,
    r#"CREATE TABLE "role_permissions" (
    "id" uuid NOT NULL PRIMARY KEY,
    "role_id" uuid NOT NULL,
    "permission_id" uuid NOT NULL,
    "created_at" timestamptz NOT NULL,
    CONSTRAINT "uq_role_permissions_role_id_permission_id" UNIQUE ("role_id", "permission_id"),
    CONSTRAINT "fk_role_permissions_role_id" FOREIGN KEY ("role_id") REFERENCES "roles" ("id") ON DELETE CASCADE,
    CONSTRAINT "fk_role_permissions_permission_id" FOREIGN KEY ("permission_id") REFERENCES "permissions" ("id") ON DELETE CASCADE
)"#,
    r#"CREATE TABLE "user_roles" (
    "id" uuid NOT NULL PRIMARY KEY,
    "user_id" text COLLATE "C" NOT NULL,
    "role_id" uuid NOT NULL,
    "created_at" timestamptz NOT NULL,
    CONSTRAINT "uq_user_roles_user_id_role_id" UNIQUE ("user_id", "role_id"),
    CONSTRAINT "fk_user_roles_role_id" FOREIGN KEY ("role_id") REFERENCES "roles" ("id") ON DELETE CASCADE
)"#,
    r#"CREATE INDEX "ix_role_permissions_permission_id" ON "role_permissions" ("permission_id")"#,
    r#"CREATE INDEX "ix_user_roles_role_id" ON "user_roles" ("role_id")"#,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Resource;
    use crate::rbac::{Permission, Role, RolePermission, UserRole};

    /// If this fails after a change of the structs, add another migration; do not change this one.
    #[test]
    fn the_migration_creates_the_tables_of_the_resources() {
        let specs = [Role::spec(), Permission::spec(), RolePermission::spec(), UserRole::spec()];
        for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
            let described = crate::schema::statements(backend, &specs);
            assert_eq!(up(backend), described, "{backend:?}");
        }
    }
}
