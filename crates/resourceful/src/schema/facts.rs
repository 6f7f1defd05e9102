//! What an operator should know about a database.

use std::collections::HashSet;
use std::time::SystemTime;

use sea_orm::{ConnectionTrait, DbBackend, QueryResult, Statement};

use crate::error::{Error, Result};
use crate::spec::ResourceSpec;

/// The oldest version of PostgreSQL that is supported, as its `server_version_num`.
const OLDEST_POSTGRES: i32 = 130_000;

/// The oldest version of SQLite that is supported: the first with RETURNING.
const OLDEST_SQLITE: [u32; 2] = [3, 35];

/// From this version on PostgreSQL knows with which version of the library a database was created.
const POSTGRES_WITH_COLLATION_VERSION: i32 = 150_000;

/// What an operator should know about a database.
pub(crate) struct Facts {
    /// Name and version, such as `PostgreSQL 15.4`.
    pub(crate) product: String,
    pub(crate) is_supported: bool,
    /// By how many seconds the clock of the database is ahead of that of this machine; `None` for SQLite, which has none.
    pub(crate) clock_ahead: Option<f64>,
    /// Whether the library that sorts texts has changed since the database was created.
    pub(crate) collation_changed: bool,
    /// `table.column` of text columns of the resources that are not sorted by code point.
    pub(crate) other_order: Vec<String>,
    /// Whether the role of the connection is a superuser.
    pub(crate) is_superuser: bool,
    /// The names of all indexes.
    pub(crate) indexes: HashSet<String>,
}

/// Reads the facts about this database and the tables of these resources.
///
/// # Errors
/// If the database cannot be read.
pub(crate) async fn facts(db: &impl ConnectionTrait, specs: &[&'static ResourceSpec]) -> Result<Facts> {
    match db.get_database_backend() {
        DbBackend::Sqlite => of_sqlite(db).await,
        _ => of_postgres(db, specs).await,
    }
}

async fn of_sqlite(db: &impl ConnectionTrait) -> Result<Facts> {
    let version: String = value(&one(db, "SELECT sqlite_version() AS version").await?, "version")?;
    let numbers: Vec<u32> = version.split('.').filter_map(|part| part.parse().ok()).collect();
    Ok(Facts {
        is_supported: numbers.as_slice() >= OLDEST_SQLITE.as_slice(),
        product: format!("SQLite {version}"),
        clock_ahead: None,
        collation_changed: false,
        // The tables that this crate makes are sorted by code point, and another collation would be in their definition.
        other_order: Vec::new(),
        is_superuser: false,
        indexes: names(db, "SELECT name FROM sqlite_master WHERE type = 'index'").await?.into_iter().collect(),
    })
}

async fn of_postgres(db: &impl ConnectionTrait, specs: &[&'static ResourceSpec]) -> Result<Facts> {
    let before = SystemTime::now();
    let row = one(
        db,
        "SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS number, \
         extract(epoch FROM clock_timestamp())::float8 AS now, \
         coalesce((SELECT rolsuper FROM pg_roles WHERE rolname = current_user), false) AS superuser, \
         (SELECT datcollate IN ('C', 'POSIX') FROM pg_database WHERE datname = current_database()) AS plain",
    )
    .await?;
    let middle = middle_of(before, SystemTime::now());
    let number: i32 = value(&row, "number")?;
    let version: String = value(&row, "version")?;
    let sorted_otherwise = if value(&row, "plain")? { Vec::new() } else { of_other_order(db, specs).await? };
    let collation_changed = number >= POSTGRES_WITH_COLLATION_VERSION
        && value(
            &one(
                db,
                "SELECT coalesce(datcollversion <> pg_database_collation_actual_version(oid), false) AS changed \
                 FROM pg_database WHERE datname = current_database()",
            )
            .await?,
            "changed",
        )?;
    Ok(Facts {
        // Distributions add their own name: `15.4 (Debian 15.4-1)`
        product: format!("PostgreSQL {}", version.split(' ').next().unwrap_or_default()),
        is_supported: number >= OLDEST_POSTGRES,
        clock_ahead: Some(value::<f64>(&row, "now")? - middle),
        collation_changed,
        other_order: sorted_otherwise,
        is_superuser: value(&row, "superuser")?,
        indexes: names(
            db,
            "SELECT indexname::text AS name FROM pg_indexes WHERE schemaname = ANY (current_schemas(false))",
        )
        .await?
        .into_iter()
        .collect(),
    })
}

/// The text columns of these resources with the collation of the database, which is not that of code points, or another.
async fn of_other_order(db: &impl ConnectionTrait, specs: &[&'static ResourceSpec]) -> Result<Vec<String>> {
    let found = names(
        db,
        "SELECT table_name || '.' || column_name AS name FROM information_schema.columns \
         WHERE table_schema = ANY (current_schemas(false)) AND data_type IN ('text', 'character varying') \
         AND coalesce(collation_name, '') NOT IN ('C', 'POSIX', 'ucs_basic')",
    )
    .await?;
    let own: HashSet<String> = specs
        .iter()
        .flat_map(|spec| {
            // Only what can be sorted or compared in an order
            let sorted = spec.fields.iter().filter(|field| field.sort || field.column == "id");
            sorted.map(|field| format!("{}.{}", spec.table, field.column))
        })
        .collect();
    let mut found: Vec<String> = found.into_iter().filter(|name| own.contains(name)).collect();
    found.sort();
    Ok(found)
}

/// Seconds since 1970, in the middle of these times.
fn middle_of(before: SystemTime, after: SystemTime) -> f64 {
    let seconds = |at: SystemTime| at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs_f64();
    f64::midpoint(seconds(before), seconds(after))
}

async fn one(db: &impl ConnectionTrait, sql: &str) -> Result<QueryResult> {
    let row =
        db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)).await.map_err(Error::internal)?;
    row.ok_or_else(|| Error::internal("the database returned no row"))
}

async fn names(db: &impl ConnectionTrait, sql: &str) -> Result<Vec<String>> {
    let all = Statement::from_string(db.get_database_backend(), sql);
    let rows = db.query_all_raw(all).await.map_err(Error::internal)?;
    rows.iter().map(|row| value(row, "name")).collect()
}

fn value<T: sea_orm::TryGetable>(row: &QueryResult, name: &str) -> Result<T> {
    row.try_get("", name).map_err(Error::internal)
}
