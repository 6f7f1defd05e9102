//! Clients that open many connections and do little with them: others are served, and what was taken is given back.
//!
//! With `FAULT_ROUNDS` of 2,500 or more there are ten times as many.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use crate::harness::{block_on, get, rounds};
use crate::resource_limits::Server;

fn pause(milliseconds: u64) {
    std::thread::sleep(Duration::from_millis(milliseconds));
}

fn connect(to: SocketAddr, part: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(to).expect("the system takes it");
    stream.write_all(part).expect("a part is sent");
    stream
}

fn is_live(address: SocketAddr) -> bool {
    block_on(async { tokio::time::timeout(Duration::from_secs(2), get(address, "/health/live")).await })
        .is_ok_and(|answer| answer.is_ok_and(|answer| answer.status == 200))
}

/// Half of the clients send a head, the others a body, one byte after the other.
#[test]
fn clients_that_send_a_byte_at_a_time_are_disconnected_and_the_others_served() {
    let count = rounds(200).clamp(200, 2_000);
    let settings = [("HEAD_TIMEOUT", "1"), ("BODY_TIMEOUT", "2"), ("DATABASE_URL", "sqlite://data/app.db?mode=rwc")];
    let server = Server::start(&settings);
    let address = server.address;
    assert!(is_live(address));
    let idle = server.descriptors();
    let head = b"GET /health/live HTTP/1.1\r\nX-Long: ";
    let body =
        b"POST /api/v1/volumes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{";
    let mut slow: Vec<TcpStream> =
        (0..count).map(|number| connect(address, if number % 2 == 0 { head } else { body })).collect();
    let (begun, mut served, mut longest) = (Instant::now(), 0, Duration::ZERO);
    while !slow.is_empty() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{} slow clients are still connected", slow.len());
        slow.retain_mut(|stream| {
            let is_sent = stream.write_all(b" ").is_ok();
            stream.set_nonblocking(true).expect("a mode");
            let mut part = [0; 4096];
            let is_open = match stream.read(&mut part) {
                Ok(0) => false,
                Ok(_) => true,
                Err(error) => error.kind() == std::io::ErrorKind::WouldBlock,
            };
            stream.set_nonblocking(false).expect("a mode");
            is_sent && is_open
        });
        let asked = Instant::now();
        assert!(is_live(address), "others are served");
        (served, longest) = (served + 1, longest.max(asked.elapsed()));
        pause(50);
    }
    println!(
        "{count} slow clients were disconnected after {:?}; {served} others were served, the slowest after {longest:?}",
        begun.elapsed()
    );
    while server.descriptors() > idle + 2 {
        assert!(begun.elapsed() < Duration::from_secs(60), "{} files are open, {idle} before", server.descriptors());
        pause(50);
    }
}

/// The process waits for descriptors without using the processor, and goes on when it has some.
#[test]
fn a_server_without_file_descriptors_recovers() {
    let settings =
        [("MAX_CONNECTIONS", "5000"), ("HEAD_TIMEOUT", "30"), ("DATABASE_URL", "sqlite://data/app.db?mode=rwc")];
    let server = Server::start_with_descriptors(256, &settings);
    let address = server.address;
    assert!(is_live(address));
    let taken: Vec<TcpStream> = (0..500).map(|_| connect(address, b"GET /health/live HTTP/1.1\r\n")).collect();
    let begun = Instant::now();
    while server.descriptors() < 250 {
        assert!(begun.elapsed() < Duration::from_secs(30), "{} files are open", server.descriptors());
        pause(20);
    }
    let before = server.processor_time();
    pause(2_000);
    let used = server.processor_time() - before;
    assert!(used < Duration::from_secs(1), "it used the processor for {used:?} of two seconds");
    drop(taken);
    let begun = Instant::now();
    while !is_live(address) {
        assert!(begun.elapsed() < Duration::from_secs(60), "it does not recover");
    }
    println!(
        "without descriptors it used the processor for {used:?} of two seconds, and recovered after {:?}",
        begun.elapsed()
    );
    for _ in 0..20 {
        assert!(is_live(address));
    }
}
