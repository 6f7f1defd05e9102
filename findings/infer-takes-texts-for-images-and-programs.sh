#!/usr/bin/env bash
# infer takes a text that begins with the letters BM for an image, and one that begins with MZ for a Windows program.
#
# Seen with infer 0.19.0 (default features): `get` looks at two bytes only for these formats, and has no notion of text, so an
# ordinary sentence has a type. A server that believes the detected type refuses notes about BMW as images, and one that lets the
# detection win over the claim stores them as such. Whether the beginning is valid text has to be asked first; a real bitmap has zero
# bytes in its header, and a real program too.
#
# Needs: cargo with access to crates.io. Works in a temporary folder.
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

[dependencies]
infer = "=0.19.0"
TOML
cat >src/main.rs <<'RUST'
fn main() {
    for text in ["BMW makes cars.", "MZ is a car plate of Mainz-Bingen.", "A sentence like any other."] {
        let found = infer::get(text.as_bytes()).map_or("nothing", |found| found.mime_type());
        println!("{text:?}: {found}");
    }
}
RUST
cargo run --quiet >seen
cat seen
expected='"BMW makes cars.": image/bmp
"MZ is a car plate of Mainz-Bingen.": application/vnd.microsoft.portable-executable
"A sentence like any other.": nothing'
if [ "$(cat seen)" != "$expected" ]; then
    echo "the behaviour has changed; expected was:"
    echo "$expected"
    exit 1
fi
echo "as seen before: two letters are enough"
