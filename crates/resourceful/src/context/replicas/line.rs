//! A connection of its own to one server, for short questions. It does not wait behind the statements of requests: when those
//! are slow, it matters most how far a replica is behind.

use std::time::Duration;

use sqlx::Connection;
use sqlx::postgres::{PgConnectOptions, PgConnection, PgRow};
use tokio::sync::{Mutex, MutexGuard};

/// How long an answer may take, together with a new connection.
const LIMIT: Duration = Duration::from_secs(1);

/// How long it may take where a request waits for it.
const SHORT: Duration = Duration::from_millis(100);

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
        self.ask_on(self.connection.lock().await, sql, LIMIT).await
    }

    /// The same for a request that can do without the answer. There is none while another question is asked.
    pub(super) async fn ask_shortly(&self, sql: &'static str) -> Option<PgRow> {
        let place = self.connection.try_lock().ok()?;
        self.ask_on(place, sql, SHORT).await.ok()
    }

    async fn ask_on(
        &self,
        mut place: MutexGuard<'_, Option<PgConnection>>,
        sql: &'static str,
        limit: Duration,
    ) -> sqlx::Result<PgRow> {
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
        let (connection, row) = tokio::time::timeout(limit, asked).await.unwrap_or_else(|_| Err(silent()))?;
        *place = Some(connection);
        Ok(row)
    }
}

/// The error of a server that says nothing.
pub(super) fn silent() -> sqlx::Error {
    sqlx::Error::Io(std::io::Error::new(std::io::ErrorKind::TimedOut, "it does not respond"))
}
