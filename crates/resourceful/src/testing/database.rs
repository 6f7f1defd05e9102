//! A new database for one test.

use sea_orm::{ConnectionTrait, Database};
use uuid::Uuid;

/// The kind of database of a test application.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TestDatabase {
    /// A SQLite file in the temporary folder.
    Sqlite,
    /// A new database on the PostgreSQL server that `TEST_POSTGRES_URL` names. If `TEST_POSTGRES_POOLER` has the host and the
    /// port of a pooler in transaction mode in front of that server, applications connect through it.
    Postgres,
}

/// A database that is removed after its test.
pub(super) enum Fresh {
    Sqlite(std::path::PathBuf),
    Postgres {
        server: String,
        name: String,
    },
    /// The database of another test application, which removes it.
    Shared(String),
}

impl Fresh {
    pub(super) async fn make(kind: TestDatabase) -> Self {
        let name = format!("resourceful_test_{}", Uuid::now_v7().simple());
        match kind {
            TestDatabase::Sqlite => Self::Sqlite(std::env::temp_dir().join(format!("{name}.db"))),
            TestDatabase::Postgres => {
                let server = std::env::var("TEST_POSTGRES_URL")
                    .expect("TEST_POSTGRES_URL must name a PostgreSQL server, such as postgres://postgres@127.0.0.1:5432/postgres");
                execute(&server, &format!("CREATE DATABASE {name}"))
                    .await
                    .expect("the PostgreSQL server of TEST_POSTGRES_URL creates a database");
                Self::Postgres { server, name }
            }
        }
    }

    pub(super) fn url(&self) -> String {
        match self {
            Self::Shared(url) => url.clone(),
            Self::Sqlite(path) => format!("sqlite://{}?mode=rwc", path.display()),
            Self::Postgres { server, name } => {
                let mut url = url::Url::parse(server).expect("TEST_POSTGRES_URL is a URL");
                url.set_path(name);
                if let Some((host, port)) = pooler() {
                    let port = port.parse().expect("the port of TEST_POSTGRES_POOLER is a number");
                    url.set_host(Some(&host)).expect("TEST_POSTGRES_POOLER has a host");
                    url.set_port(Some(port)).expect("a URL of PostgreSQL has a port");
                }
                url.into()
            }
        }
    }

    pub(super) async fn remove(&self) {
        match self {
            Self::Shared(_) => {}
            Self::Sqlite(path) => {
                for suffix in ["", "-wal", "-shm"] {
                    let mut file = path.clone().into_os_string();
                    file.push(suffix);
                    let _ = std::fs::remove_file(file);
                }
            }
            Self::Postgres { server, name } => {
                let _ = execute(server, &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await;
            }
        }
    }
}

/// The host and the port of the pooler, if there is one.
pub(super) fn pooler() -> Option<(String, String)> {
    let place = std::env::var("TEST_POSTGRES_POOLER").ok().filter(|place| !place.is_empty())?;
    let (host, port) =
        place.rsplit_once(':').expect("TEST_POSTGRES_POOLER is a host and a port, such as 127.0.0.1:6432");
    Some((host.to_owned(), port.to_owned()))
}

async fn execute(server: &str, sql: &str) -> Result<(), sea_orm::DbErr> {
    let mut options = sea_orm::ConnectOptions::new(server);
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await?;
    db.execute_unprepared(sql).await?;
    db.close().await
}
