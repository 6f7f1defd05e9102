#!/usr/bin/env bash
# sqlx goes on in a SQLite transaction that a trigger has already rolled back, and each later write is committed on its own.
#
# RAISE(ROLLBACK, ..) in a trigger ends the transaction of the database. Seen with sqlx 0.9.0 (SQLite of libsqlite3-sys 0.37): the `Transaction`
# does not notice.
#   * The statement that ran into the trigger returns the trigger's error, as it should, and the row before it is gone.
#   * The next INSERT through the same `Transaction` succeeds. It is not in a transaction any more, so it is stored at once.
#   * `commit` returns an error ("cannot commit - no transaction is active"), and so does `rollback`. The row stays in both cases.
# Who goes on after an error inside of a transaction on SQLite must find out first whether there still is one
# (`sqlite3_get_autocommit`), or end the transaction after each error.
#
# Needs: cargo, a C compiler. Builds a small program in a temporary folder.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/src"
cat >"$folder/Cargo.toml" <<'TOML'
[package]
name = "shown"
version = "0.0.0"
edition = "2021"
[dependencies]
sqlx = { version = "=0.9.0", default-features = false, features = ["runtime-tokio", "sqlite"] }
tokio = { version = "1", features = ["macros", "rt"] }
TOML
cat >"$folder/src/main.rs" <<'RUST'
use sqlx::{Connection, Executor, Row, SqliteConnection};

const TABLE: &str = "CREATE TABLE account (balance INTEGER);
    CREATE TRIGGER no_debts BEFORE INSERT ON account WHEN NEW.balance < 0
    BEGIN SELECT RAISE(ROLLBACK, 'no debts'); END;";

async fn insert(tx: &mut SqliteConnection, balance: i64) -> String {
    match sqlx::query("INSERT INTO account VALUES (?)").bind(balance).execute(tx).await {
        Ok(done) => format!("{} row", done.rows_affected()),
        Err(error) => format!("error: {}", error.as_database_error().map_or("?".into(), |e| e.message().to_owned())),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    for commit in [true, false] {
        let mut connection = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        connection.execute(TABLE).await.unwrap();
        let mut tx = connection.begin().await.unwrap();
        for balance in [1, -1, 2] {
            println!("insert {balance}: {}", insert(&mut tx, balance).await);
        }
        let end = if commit { tx.commit().await } else { tx.rollback().await };
        println!("{}: {}", if commit { "commit" } else { "rollback" }, match end { Ok(()) => "ok".into(), Err(e) => e.to_string() });
        let rows = sqlx::query("SELECT balance FROM account").fetch_all(&mut connection).await.unwrap();
        println!("rows: {:?}", rows.iter().map(|row| row.get::<i64, _>(0)).collect::<Vec<_>>());
        let again = connection.begin().await;
        println!("next begin: {}", match again { Ok(_) => "ok".into(), Err(e) => e.to_string() });
    }
}
RUST
cat >"$folder/expected" <<'TEXT'
insert 1: 1 row
insert -1: error: no debts
insert 2: 1 row
commit: error returned from database: (code: 1) cannot commit - no transaction is active
rows: [2]
next begin: ok
insert 1: 1 row
insert -1: error: no debts
insert 2: 1 row
rollback: error returned from database: (code: 1) cannot rollback - no transaction is active
rows: [2]
next begin: ok
TEXT
cargo run --quiet --manifest-path "$folder/Cargo.toml" >"$folder/seen"
grep -A1 'name = "sqlx"' "$folder/Cargo.lock"
cat "$folder/seen"
diff "$folder/expected" "$folder/seen" || { echo "the behaviour has changed" >&2; exit 1; }
