//! A connection of its own to one server, for short questions. It does not wait behind the statements of requests: when those
//! are slow, it matters most how far a replica is behind.

use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use tokio::sync::Mutex;

/// How long an answer may take, together with a new connection.
const LIMIT: Duration = Duration::from_secs(1);

pub(super) struct Line {
    options: PgConnectOptions,
    connection: Mutex<Option<PgConnection>>,
}

impl Line {
    pub(super) fn new(options: PgConnectOptions) -> Self {
        Self { options, connection: Mutex::default() }
    }

    /// Asks a question that has a row as its answer. Without a prepared statement, for servers behind a pooler.
    ///
    /// # Errors
    /// If there is no answer within a second.
    pub(super) async fn ask(&self, sql: &'static str) -> sqlx::Result<PgRow> {
        let mut place = self.connection.lock().await;
        // If this future is dropped, or the server says nothing, the connection is closed.
        let known = place.take();
        let asked = async {
            if let Some(mut connection) = known
                && let Ok(row) = sqlx::raw_sql(sql).fetch_one(&mut connection).await
            {
                return Ok((connection, row));
            }
            // The server may have been started again since.
            let mut connection = PgConnection::connect_with(&self.options).await?;
            let row = sqlx::raw_sql(sql).fetch_one(&mut connection).await?;
            Ok((connection, row))
        };
        let (connection, row) = tokio::time::timeout(LIMIT, asked).await.unwrap_or_else(|_| Err(silent()))?;
        *place = Some(connection);
        Ok(row)
    }
}

/// The error of a server that says nothing.
pub(super) fn silent() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "it does not respond"))
}
