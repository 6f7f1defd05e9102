#!/usr/bin/env bash
# lettre's `PoolConfig::max_size` limits how many connections wait for the next mail, not how many are open.
#
# Seen with lettre 0.11.23 (AsyncSmtpTransport, tokio1): with `max_size(2)`, 25 mails that are sent at once open 25 connections.
# A mail provider that allows a few connections answers the others with 421, and a program that takes the setting for a limit
# loses mails in a burst. Hold a semaphore around each send.
#
# Needs: cargo with access to crates.io, python3. Works in a temporary folder.
set -euo pipefail
folder=$(mktemp -d)
server=
trap 'if [ -n "$server" ]; then kill "$server"; fi; wait 2>/dev/null; rm -rf "$folder"' EXIT
cd "$folder"
cat >server.py <<'PYTHON'
import socketserver, sys, threading, time

lock, now, most = threading.Lock(), 0, 0

class Talk(socketserver.StreamRequestHandler):
    def handle(self):
        global now, most
        with lock:
            now += 1
            most = max(most, now)
            open("most", "w").write(str(most))
        try:
            self.talk()
        finally:
            with lock:
                now -= 1

    def say(self, line):
        time.sleep(0.02)
        self.wfile.write(line.encode() + b"\r\n")

    def talk(self):
        self.say("220 test")
        while line := self.rfile.readline():
            word = line[:4].upper()
            if word == b"DATA":
                self.say("354 go")
                while self.rfile.readline() != b".\r\n":
                    pass
                self.say("250 stored")
            elif word == b"QUIT":
                return self.say("221 bye")
            else:
                self.say("250 ok")

class Server(socketserver.ThreadingTCPServer):
    request_queue_size = 100
    daemon_threads = True

with Server(("127.0.0.1", 0), Talk) as server:
    open("port", "w").write(str(server.server_address[1]))
    server.serve_forever()
PYTHON
python3 server.py &
server=$!
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "burst"
version = "0.0.0"
edition = "2024"

[dependencies]
futures-util = "0.3"
lettre = { version = "=0.11.23", default-features = false, features = ["builder", "smtp-transport", "pool", "tokio1"] }
tokio = { version = "1", features = ["macros", "rt", "net", "time"] }
TOML
cat >src/main.rs <<'RUST'
use lettre::transport::smtp::PoolConfig;
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let port = std::fs::read_to_string("port").unwrap().parse().unwrap();
    let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous("127.0.0.1")
        .port(port)
        .pool_config(PoolConfig::new().max_size(2))
        .build();
    let mail = |number| {
        let to = format!("a{number}@example.org").parse().unwrap();
        let mail = Message::builder().from("shop@example.org".parse().unwrap()).to(to).subject("x");
        transport.send(mail.body("x".to_owned()).unwrap())
    };
    let sent = futures_util::future::join_all((0..25).map(mail)).await;
    assert!(sent.iter().all(Result::is_ok));
}
RUST
cargo build --quiet
cargo run --quiet
most=$(cat most)
echo "max_size 2, 25 mails at once: $most connections at the same time"
test "$most" -gt 2
