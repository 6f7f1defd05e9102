//! The memory that a request uses: a small multiple of its body, whatever the body contains, and released afterwards. A
//! tree of many small values would take a hundred times its text.

use std::net::SocketAddr;

use resourceful::serde_json;

use crate::harness::{Postgres, Server, block_on, post};

/// About as large as bodies can be.
const SIZE: usize = 980 * 1024;

const MIB: u64 = 1024 * 1024;

/// A JSON array of as many of these as fit into a body.
fn full_of(item: &str) -> String {
    let count = (SIZE - 20) / (item.len() + 1);
    format!("{{\"data\":[{}]}}", vec![item; count].join(","))
}

/// A body with these values, which are as many as it may have, and a long text.
fn padded(data: &str) -> String {
    let body = format!("{{\"data\":{data},\"text\":\"");
    let rest = SIZE - body.len() - 2;
    format!("{body}{}\"}}", "x".repeat(rest))
}

fn names(count: usize) -> String {
    let members: Vec<String> = (0..count).map(|number| format!("\"{number}\":1")).collect();
    format!("{{{}}}", members.join(","))
}

fn list(item: &str, count: usize) -> String {
    format!("[{}]", vec![item; count].join(","))
}

/// Bodies, and whether they are too large.
fn bodies() -> Vec<(&'static str, String, bool)> {
    vec![
        ("empty objects", full_of("{}"), true),
        ("tiny objects", full_of("{\"a\":1}"), true),
        ("tiny arrays", full_of("[1]"), true),
        ("nested objects", full_of("{\"a\":{\"a\":{\"a\":{}}}}"), true),
        ("numbers", full_of("1"), true),
        ("texts", full_of("\"a\""), true),
        ("names", format!("{{\"data\":{}}}", names(90_000)), true),
        ("as many tiny objects as may be", padded(&list("{\"a\":1}", 4_000)), false),
        ("as many names as may be", padded(&names(22_000)), false),
        ("as many tiny arrays as may be", padded(&list("[1]", 11_000)), false),
        ("as many texts as may be", padded(&list("\"a\"", 44_000)), false),
        ("20,000 doubles", format!("{{\"data\":{}}}", list("0.12345678901234567", 20_000)), false),
        ("a long text", padded("1"), false),
        ("a long text in JSON", format!("{{\"data\":\"{}\"}}", "x".repeat(SIZE - 20)), false),
    ]
}

/// A measurement of the process in bytes.
fn memory(pid: u32, figure: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("a process");
    let line = status.lines().find(|line| line.starts_with(figure)).expect("the figure");
    line.split_whitespace().nth(1).and_then(|kilobytes| kilobytes.parse::<u64>().ok()).expect("a number") * 1024
}

/// Runs this and returns by how much the process grew at most.
async fn growth(pid: u32, work: impl Future<Output = ()>) -> u64 {
    let before = memory(pid, "VmRSS");
    // The measurement of the peak starts again.
    std::fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("a process of this user");
    work.await;
    memory(pid, "VmHWM").saturating_sub(before)
}

async fn send(address: SocketAddr, body: &str, refused: bool) {
    let answer = post(address, "documents", body).await.expect("an answer");
    assert_eq!(answer.status, if refused { 413 } else { 201 }, "{:.300}", answer.body);
    if !refused {
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("JSON");
        let (sent, answered) = (value(body), value(&answer.body));
        assert!(["data", "text"].iter().all(|name| sent[name] == answered[name]), "another row was answered");
    }
}

/// Bodies of all kinds, so that what follows is not the first of its kind: it would be the program's own pages that are
/// counted.
async fn warm_up(address: SocketAddr) {
    for data in ["{\"a\":[1,\"a\",0.5,{}]}", "\"text\"", "1"] {
        send(address, &format!("{{\"data\":{data},\"text\":\"{}\"}}", "x".repeat(100)), false).await;
    }
}

async fn measure(database_url: &str) {
    let bodies = bodies();
    for (what, body, refused) in &bodies {
        // A separate server, so that it cannot reuse memory of earlier requests.
        let server = Server::start(database_url).await;
        let pid = server.pid();
        warm_up(server.address).await;
        let size = body.len() as u64;
        let one = growth(pid, send(server.address, body, *refused)).await;
        println!("{what}: {} KiB, {:.1} times the body", one / 1024, one as f64 / size as f64);
        // A long text is copied by the driver, the database and the answer; a refused body is not even read.
        let most = if *refused { 3 } else { 8 };
        // Pages of the program that are used for the first time, and what an allocator keeps for each thread, are added.
        assert!(one <= most * size + MIB, "one body of {what} takes {} KiB", one / 1024);
    }
    let server = Server::start(database_url).await;
    let pid = server.pid();
    send(server.address, "{}", false).await;
    let idle = memory(pid, "VmRSS");
    for (what, body, _) in &bodies {
        let many = growth(pid, async {
            let all = (0..24).map(|_| async { drop(post(server.address, "documents", body).await) });
            futures_util::future::join_all(all).await;
        });
        let many = many.await;
        println!("24 bodies of {what} at once: {} MiB", many / MIB);
        assert!(many <= 24 * 8 * body.len() as u64, "24 bodies of {what} take {} MiB", many / MIB);
    }
    let kept = memory(pid, "VmRSS").saturating_sub(idle);
    println!("kept after all: {} MiB", kept / MIB);
    assert!(kept <= 128 * MIB, "{} MiB are not given back", kept / MIB);
}

#[test]
fn a_body_uses_a_small_multiple_of_its_size_on_sqlite() {
    let path = std::env::temp_dir().join(format!("resourceful_memory_{}.db", std::process::id()));
    block_on(measure(&format!("sqlite://{}?mode=rwc", path.display())));
    for suffix in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{suffix}", path.display()));
    }
}

#[test]
fn a_body_uses_a_small_multiple_of_its_size_on_postgres() {
    block_on(async {
        let database = Postgres::new().await;
        measure(&database.url()).await;
        database.remove().await;
    });
}
