//! A separate database for each test.

use sea_orm::{ConnectOptions, Database, DatabaseConnection, DbBackend};

/// Runs a test on SQLite.
#[cfg(feature = "sqlite")]
pub(crate) async fn on_sqlite(test: impl AsyncFnOnce(&DatabaseConnection)) {
    let db = connect("sqlite::memory:".to_owned()).await;
    assert_eq!(db.get_database_backend(), DbBackend::Sqlite);
    test(&db).await;
}

/// Runs a test on the server of `TEST_POSTGRES_URL`.
#[cfg(feature = "postgres")]
pub(crate) async fn on_postgres(test: impl AsyncFnOnce(&DatabaseConnection)) {
    use sea_orm::ConnectionTrait;
    let server =
        std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names a server; `cargo xtask test` starts one");
    let name = format!("resourceful_query_{}", uuid::Uuid::now_v7().simple());
    let admin = Database::connect(&server).await.expect("the server of TEST_POSTGRES_URL");
    admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
    let (base, _) = server.rsplit_once('/').expect("a URL with a database");
    let db = connect(format!("{base}/{name}")).await;
    assert_eq!(db.get_database_backend(), DbBackend::Postgres);
    test(&db).await;
    admin.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.expect("the database goes away");
}

async fn connect(url: String) -> DatabaseConnection {
    // One connection: each of them would have an in-memory database of its own.
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.expect("a database")
}
