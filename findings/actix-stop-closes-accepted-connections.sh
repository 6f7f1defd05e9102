#!/usr/bin/env bash
# A graceful stop of actix closes connections that it has accepted and whose requests have arrived, without an answer.
#
# Seen with actix-web 4.18.1 (actix-server 2.10.0): `ServerHandle::stop(true)` tells the thread that accepts and the workers at the
# same time. A connection that was accepted and that its worker has not taken yet is dropped ("drop all pending connections in rx
# channel"), and its client reads the end of the stream or a reset. It also happens with a listening socket that another process
# goes on with, so a handover loses requests. `pause()` first, and a moment until the workers have taken what was accepted, loses none.
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
actix-web = { version = "=4.18.1", default-features = false, features = ["macros"] }
actix-server = "=2.10.0"
TOML
cat >src/main.rs <<'RUST'
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use actix_web::{rt, web, App, HttpServer};

// Sends a request, and returns the first line of the answer.
fn ask(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).expect("a connection");
    let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("sent");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let text = String::from_utf8_lossy(&answer);
    text.lines().next().unwrap_or("no answer").to_owned()
}

#[actix_web::main]
async fn main() {
    for pauses in [false, true] {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        // The worker is busy for a second, as with a large answer on a loaded machine.
        let busy = || async {
            thread::sleep(Duration::from_secs(1));
            "done"
        };
        let app = move || App::new().route("/busy", web::get().to(busy)).route("/", web::get().to(|| async { "done" }));
        let server = HttpServer::new(app).workers(1).disable_signals().listen(listener).expect("it listens").run();
        let handle = server.handle();
        let running = rt::spawn(server);
        let first = thread::spawn(move || ask(address, "/busy"));
        rt::time::sleep(Duration::from_millis(300)).await;
        let second = thread::spawn(move || ask(address, "/"));
        rt::time::sleep(Duration::from_millis(300)).await;
        if pauses {
            handle.pause().await;
            rt::time::sleep(Duration::from_secs(2)).await;
        }
        handle.stop(true).await;
        running.await.expect("no panic").expect("it ended");
        println!(
            "{}: the request that is served: {}; the one that waits for the worker: {}",
            if pauses { "pause, two seconds, stop" } else { "stop" },
            first.join().expect("an answer"),
            second.join().expect("an answer")
        );
    }
}
RUST
cargo run --quiet >seen
cat seen
expected='stop: the request that is served: HTTP/1.1 200 OK; the one that waits for the worker: no answer
pause, two seconds, stop: the request that is served: HTTP/1.1 200 OK; the one that waits for the worker: HTTP/1.1 200 OK'
if [ "$(cat seen)" != "$expected" ]; then
    echo "the behaviour has changed; expected was:"
    echo "$expected"
    exit 1
fi
echo "as seen before: a graceful stop closes accepted connections"
