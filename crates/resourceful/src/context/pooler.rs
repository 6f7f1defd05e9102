//! A pooler in transaction mode between the application and PostgreSQL.
//!
//! Such a pooler gives each transaction some session of the server, and a client without a transaction has none. So nothing
//! may be left in a session, and nothing may be expected there:
//!
//! - **Every statement is in a transaction**, if need be in its own. sqlx sends a statement in two steps. Between them the
//!   pooler would give the session to another client, and the second step would run the statement of that client.
//! - **Statements have no names.** A name would stay in the session, and mean another statement to the next client.
//! - **Limits of time are set for the transaction**, in the message that begins it.
//! - **What needs a session of its own is refused** with a sentence that says so.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::{AssertSqlSafe, Row};

use super::database::{DatabaseSettings, LONGEST};

/// The message that begins a transaction, where transactions share sessions.
pub(super) fn begin(settings: &DatabaseSettings) -> Option<Arc<str>> {
    if !settings.is_pooled() {
        return None;
    }
    let mut message = "BEGIN".to_owned();
    let limits = [
        ("lock_timeout", Some(settings.lock_timeout)),
        ("idle_in_transaction_session_timeout", Some(settings.transaction_timeout)),
        ("statement_timeout", settings.statement_timeout.map(|timeout| timeout.min(LONGEST) * 9 / 10)),
    ];
    for (name, limit) in limits {
        if let Some(limit) = limit {
            // Writing to a string does not fail.
            let _ = write!(message, "; SET LOCAL {name} = {}", milliseconds(limit));
        }
    }
    Some(message.into())
}

/// Lets a new connection learn the types that the application has made, such as enumerations.
///
/// sqlx 0.9 asks for a type that it does not know when a statement has been prepared, and with that loses a statement without
/// a name: "unnamed prepared statement does not exist". What it has learned it keeps.
///
/// # Errors
/// If the database cannot be asked.
pub(super) async fn learn_types(connection: &mut PgConnection) -> sqlx::Result<()> {
    const TYPES: &str = "SELECT string_agg('NULL::' || format_type(pg_type.oid, NULL), ', ') FROM pg_type \
                         LEFT JOIN pg_class ON pg_class.oid = typrelid \
                         WHERE typnamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg\\_%' \
                         OR nspname = 'information_schema' OR NOT has_schema_privilege(oid, 'USAGE')) \
                         AND (typtype IN ('b', 'd', 'e', 'm', 'r') OR typtype = 'c' AND relkind = 'c') AND typisdefined \
                         AND has_type_privilege(pg_type.oid, 'USAGE')";
    // The row types of tables are not asked for, and their arrays look like other types.
    let types = format!(
        "{TYPES} AND NOT EXISTS (SELECT 1 FROM pg_type AS element JOIN pg_class AS t ON t.oid = element.typrelid \
                         WHERE element.oid = pg_type.typelem AND t.relkind <> 'c')"
    );
    let row = sqlx::raw_sql(AssertSqlSafe(types)).fetch_one(&mut *connection).await?;
    let Some(types) = row.try_get_unchecked::<Option<String>, _>(0)? else { return Ok(()) };
    sqlx::raw_sql("BEGIN").execute(&mut *connection).await?;
    // It fails after the types are known.
    let learned = sqlx::query(AssertSqlSafe(format!("SELECT {types}"))).persistent(false);
    let _ = learned.execute(&mut *connection).await;
    sqlx::raw_sql("ROLLBACK").execute(connection).await.map(drop)
}

/// A timeout in the form of PostgreSQL's settings, where 0 means no limit.
pub(super) fn milliseconds(limit: Duration) -> String {
    let most = Duration::from_millis(i32::MAX as u64);
    if limit > most { "0".to_owned() } else { limit.as_millis().max(1).to_string() }
}

/// The words of a statement that needs a session of its own; `None` if a transaction is enough for it. Only the beginning of
/// the text counts, and the names of functions.
pub(super) fn needs_session(sql: &str) -> Option<&'static str> {
    const WORDS: &[&str] = &["LISTEN", "UNLISTEN", "RESET", "DISCARD", "PREPARE", "DEALLOCATE", "LOAD"];
    // They hold a lock until the session ends. Those whose names go on with `_xact` end with the transaction.
    const LOCKS: &[&str] = &["pg_advisory_lock", "pg_try_advisory_lock", "pg_advisory_unlock"];
    let mut words = sql.split_ascii_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let is = |word: &str, other: &str| word.eq_ignore_ascii_case(other);
    if is(first, "SET") && !["LOCAL", "TRANSACTION", "CONSTRAINTS"].iter().any(|word| is(second, word)) {
        return Some("SET");
    }
    if is(first, "CREATE") && ["TEMP", "TEMPORARY"].iter().any(|word| is(second, word)) {
        return Some("CREATE TEMPORARY");
    }
    let word = WORDS.iter().find(|word| is(first.trim_end_matches(';'), word));
    word.or_else(|| LOCKS.iter().find(|function| sql.contains(*function))).copied()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Pooler;

    #[test]
    fn what_needs_a_session_is_recognized() {
        for (sql, needs) in [
            ("SELECT 1", None),
            ("  listen orders", Some("LISTEN")),
            ("NOTIFY orders", None),
            ("SET search_path = other", Some("SET")),
            ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", Some("SET")),
            ("SET LOCAL lock_timeout = 1", None),
            ("set transaction isolation level serializable", None),
            ("SET CONSTRAINTS ALL DEFERRED", None),
            ("RESET ALL", Some("RESET")),
            ("DISCARD ALL;", Some("DISCARD")),
            ("PREPARE one AS SELECT 1", Some("PREPARE")),
            ("CREATE TEMP TABLE t (id int)", Some("CREATE TEMPORARY")),
            ("CREATE TABLE t (id int)", None),
            ("SELECT pg_advisory_lock(1)", Some("pg_advisory_lock")),
            ("SELECT pg_try_advisory_lock(1)", Some("pg_try_advisory_lock")),
            ("SELECT pg_advisory_xact_lock(1)", None),
            ("SELECT pg_try_advisory_xact_lock_shared(1)", None),
            ("", None),
        ] {
            assert_eq!(needs_session(sql), needs, "{sql}");
        }
    }

    #[test]
    fn limits_of_time_are_set_for_the_transaction_only() {
        let mut settings = DatabaseSettings::new("postgres://localhost/app");
        assert_eq!(begin(&settings), None);
        settings.pooler = Pooler::Transaction;
        (settings.lock_timeout, settings.transaction_timeout) = (Duration::from_secs(2), Duration::from_millis(1500));
        settings.statement_timeout = None;
        let text = "BEGIN; SET LOCAL lock_timeout = 2000; SET LOCAL idle_in_transaction_session_timeout = 1500";
        assert_eq!(begin(&settings).as_deref(), Some(text));
        settings.statement_timeout = Some(Duration::from_secs(5));
        let text = format!("{text}; SET LOCAL statement_timeout = 4500");
        assert_eq!(begin(&settings).as_deref(), Some(text.as_str()));
    }
}
