#!/usr/bin/env bash
# actix-router 0.5.4 compares a path that has a parameter several times slower without its feature `unicode`.
#
# The feature (of actix-web and actix-router, on by default) decides between the crates `regex` and `regex-lite`, and not only what
# is matched. An application that switches actix-web's default features off pays for it in each request, once for every route
# with a parameter that comes before the right one.
#
# Needs: cargo, and access to crates.io. Works in a temporary folder.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "probe"
version = "0.0.0"
edition = "2021"
[features]
unicode = ["actix-router/unicode"]
[dependencies]
actix-router = { version = "=0.5.4", default-features = false }
TOML
cat >src/main.rs <<'RUST'
use std::time::Instant;

use actix_router::{Path, ResourceDef};

fn main() {
    let definition = ResourceDef::new("/api/v1/projects/{id}");
    let mut best = u128::MAX;
    for _ in 0..7 {
        let begun = Instant::now();
        for _ in 0..20_000 {
            let mut path = Path::new("/api/v1/projects/0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60");
            assert!(definition.capture_match_info(&mut path));
            assert_eq!(path.get("id").map(str::len), Some(36));
        }
        best = best.min(begun.elapsed().as_nanos() / 20_000);
    }
    println!("{best}");
}
RUST
without=$(cargo run --quiet --release)
with=$(cargo run --quiet --release --features unicode)
echo "actix-router 0.5.4, one comparison of a path with a parameter: $without ns without the feature unicode, $with ns with it"
if [ "$without" -lt $((2 * with)) ]; then
    echo "this has changed: the feature makes little difference"
    exit 1
fi
