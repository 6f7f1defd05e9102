#!/usr/bin/env bash
# PostgreSQL's jsonb writes a double out in full, and serde_json without `float_roundtrip` cannot read all of these texts.
#
# Seen with PostgreSQL 15.18 and serde_json 1.0.154:
#   * jsonb keeps numbers as `numeric` and prints the largest double, 1.7976931348623157e308, as 309 digits;
#   * serde_json reads the short spelling, but says "number out of range" to the 309 digits, so that a document which was
#     written through it cannot be read back: every query whose result holds it fails;
#   * the double below it comes back as another number, without an error, and so does 117.63331139400017;
#   * with the feature `float_roundtrip` all of them are read as they are.
#
# Needs: cargo, and PostgreSQL's programs (`apt-get install postgresql`). Starts a throwaway server on a socket.
set -euo pipefail
folder=$(mktemp -d)
programs=$(dirname "$(find /usr/lib/postgresql -name initdb 2>/dev/null | sort -V | tail -1)")
[ -x "$programs/initdb" ] || programs=$(dirname "$(command -v initdb || echo /none/initdb)")
[ -x "$programs/initdb" ] || { echo "PostgreSQL is not on this machine: apt-get install postgresql" >&2; exit 2; }
as_owner() { if [ "$(id -u)" = 0 ]; then su postgres -s /bin/bash -c "$1"; else bash -c "$1"; fi; }
chmod 755 "$folder"
mkdir "$folder/server"
[ "$(id -u)" != 0 ] || chown postgres "$folder/server"
stop() { as_owner "'$programs/pg_ctl' stop -s -m immediate -D '$folder/server/data'" 2>/dev/null || true; rm -rf "$folder"; }
trap stop EXIT
as_owner "'$programs/initdb' -U postgres -A trust -E UTF8 --locale=C -D '$folder/server/data' >'$folder/server/log'"
as_owner "'$programs/pg_ctl' start -s -w -D '$folder/server/data' -l '$folder/server/log' -o \"-c listen_addresses= -c unix_socket_directories='$folder/server'\""
ask() { "$programs/psql" -h "$folder/server" -U postgres -AtXc "$1"; }

echo "PostgreSQL $(ask 'SHOW server_version'), serde_json 1.0.154"
numbers='1.7976931348623157e308 1.7976931348623155e308 117.63331139400017'
for number in $numbers; do
    ask "SELECT '$number'::jsonb" >>"$folder/texts"
done
echo 1.7976931348623157e308 >>"$folder/texts"

mkdir -p "$folder/reader/src"
cat >"$folder/reader/Cargo.toml" <<'TOML'
[package]
name = "reader"
version = "0.0.0"
edition = "2024"

[features]
exact = ["serde_json/float_roundtrip"]

[dependencies]
serde_json = "=1.0.154"

[workspace]
TOML
cat >"$folder/reader/src/main.rs" <<'RUST'
fn main() {
    for text in std::io::stdin().lines() {
        let text = text.expect("a line");
        let read = match serde_json::from_str::<serde_json::Value>(&text) {
            Ok(value) => value.to_string(),
            Err(error) => error.to_string(),
        };
        println!("{} characters: {read}", text.len());
    }
}
RUST
read_with() { cargo run --quiet --manifest-path "$folder/reader/Cargo.toml" "$@" <"$folder/texts"; }
plain=$(read_with)
exact=$(read_with --features exact)
printf 'without float_roundtrip:\n%s\nwith float_roundtrip:\n%s\n' "$plain" "$exact"

[ "$plain" = "309 characters: number out of range at line 1 column 309
309 characters: 1.7976931348623157e+308
18 characters: 117.63331139400016
22 characters: 1.7976931348623157e+308" ] || { echo "the behaviour without the feature has changed" >&2; exit 1; }
[ "$exact" = "309 characters: 1.7976931348623157e+308
309 characters: 1.7976931348623155e+308
18 characters: 117.63331139400017
22 characters: 1.7976931348623157e+308" ] || { echo "the behaviour with the feature has changed" >&2; exit 1; }
