//! A database that exists only while the migrations are tried: a file in the temporary folder, or a new database on the
//! PostgreSQL server of the settings, with a name of its own. The database of the settings is not touched.

use std::path::Path;

use sea_orm::ConnectionTrait;
use uuid::Uuid;

use super::{Migrations, pool};
use crate::app::application::App;
use crate::app::assemble;
use crate::app::cli::{DATABASE_WAIT, with_causes};
use crate::app::settings::Settings;
use crate::context::DatabaseSettings;
use crate::error::{Error, StartupError};
use crate::schema::{self, Schema};

/// The schema that the migrations make in a new database of this kind.
pub(in crate::app) async fn schema_of(
    app: &App,
    migrations: &Migrations,
    database: &DatabaseSettings,
) -> Result<Schema, StartupError> {
    let name = format!("resourceful_diff_{}", Uuid::now_v7().simple());
    let settings = |database: DatabaseSettings| Settings { database, ..app.settings.clone() };
    if database.is_sqlite() {
        let file = std::env::temp_dir().join(format!("{name}.db"));
        let url = format!("sqlite://{}?mode=rwc", file.display());
        let made = migrated(migrations, &settings(DatabaseSettings { url, ..database.clone() })).await;
        remove(&file);
        return made;
    }
    database.wait(Some(DATABASE_WAIT)).await?;
    let url = with_database(&database.url, &name)?;
    let server = assemble::read_tables(&settings(database.clone())).await?;
    let server = pool(server.ctx())?;
    server.execute_unprepared(&format!("CREATE DATABASE {name}")).await.map_err(|error| {
        StartupError::new(format!(
            "the migrations are tried in a database of their own, which the PostgreSQL server refuses to create: {error}. Give \
             the role of DATABASE_URL the right to (`ALTER ROLE .. CREATEDB`), or let DATABASE_URL name a server of your own"
        ))
    })?;
    let made = migrated(migrations, &settings(DatabaseSettings { url, ..database.clone() })).await;
    let dropped = server.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await;
    let made = made?;
    dropped.map_err(|error| StartupError::new(format!("the database {name} cannot be dropped: {error}")))?;
    Ok(made)
}

/// Applies the migrations to an empty database, and reads its schema without the table that lists them.
async fn migrated(migrations: &Migrations, settings: &Settings) -> Result<Schema, StartupError> {
    let tables = assemble::maintenance(settings).await?;
    migrations.up(tables.ctx(), None).await?;
    let found = schema::read(tables.ctx().db()).await;
    pool(tables.ctx())?.close().await.map_err(StartupError::because)?;
    let mut found = found.map_err(because)?;
    found.tables.retain(|table| table.name != migrations.table());
    Ok(found)
}

fn because(error: Error) -> StartupError {
    StartupError::new(with_causes(&error))
}

fn with_database(url: &str, name: &str) -> Result<String, StartupError> {
    let mut url =
        url::Url::parse(url).map_err(|error| StartupError::new(format!("the database's URL is invalid: {error}")))?;
    url.set_path(name);
    Ok(url.into())
}

fn remove(file: &Path) {
    for ending in ["", "-wal", "-shm", "-migration-lock"] {
        let mut path = file.as_os_str().to_owned();
        path.push(ending);
        let _ = std::fs::remove_file(path);
    }
}
