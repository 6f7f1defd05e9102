//! How the server ends: no request is lost, and a second signal ends it at once.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{block_on, connect, get, pause, rounds, text, texts};
use crate::startup::Program;

/// What the clients of a round saw.
#[derive(Default)]
struct Seen {
    answered: AtomicUsize,
    /// Answers that closed their connection.
    closed: AtomicUsize,
    /// The load balancer has been told that the server is not ready.
    away: AtomicBool,
}

/// Sends requests on connections that stay open, until the load balancer sends no more. Every request is answered.
async fn client(address: SocketAddr, number: usize, seen: Arc<Seen>) {
    let mut connection: Option<TcpStream> = None;
    for request in 0.. {
        if seen.away.load(Ordering::Relaxed) {
            return;
        }
        let mut stream = match connection.take() {
            Some(stream) => stream,
            None => TcpStream::connect(address).await.expect("the server accepts connections while it is ready"),
        };
        let body = text(&format!("{number}-{request}"));
        let head = format!(
            "POST /api/v1/marks HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all((head + &body).as_bytes()).await.expect("the request is taken");
        let head = answer_head(&mut stream).await.expect("an answer");
        assert!(head.starts_with("http/1.1 201 "), "request {request} of client {number}: {head}");
        seen.answered.fetch_add(1, Ordering::Relaxed);
        if head.contains("\r\nconnection: close\r\n") {
            seen.closed.fetch_add(1, Ordering::Relaxed);
        } else {
            connection = Some(stream);
        }
    }
}

/// Reads one answer, and returns its head in lower case.
pub(crate) async fn answer_head(stream: &mut TcpStream) -> Result<String, String> {
    let mut read = Vec::new();
    loop {
        let taken = stream.read_buf(&mut read).await.map_err(|error| format!("no answer: {error}"))?;
        if taken == 0 {
            return Err(format!("the connection was closed without an answer: {:?}", String::from_utf8_lossy(&read)));
        }
        let text = String::from_utf8_lossy(&read);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let head = head.to_lowercase() + "\r\n";
        let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Ok(head);
        }
    }
}

#[test]
fn no_request_is_lost_when_the_server_ends_under_load() {
    block_on(async {
        let (mut answered, mut closed, mut longest) = (0, 0, Duration::ZERO);
        let rounds = rounds(3);
        for round in 0..rounds {
            let mut program = Program::start_with("serve", "", &[("SHUTDOWN_DELAY", "1"), ("WORKERS", "2")]);
            program.listens().await;
            let seen = Arc::new(Seen::default());
            let clients: Vec<_> =
                (0..16).map(|number| tokio::spawn(client(program.address, number, seen.clone()))).collect();
            pause(100 + 37 * (round as u64 % 7)).await;
            program.signal("TERM");
            let begun = Instant::now();
            loop {
                let ready = get(program.address, "/health/ready").await.expect("it is served while the delay lasts");
                if ready.status == 503 {
                    break;
                }
                assert!(begun.elapsed() < Duration::from_secs(1), "it is ready although it ends");
                pause(5).await;
            }
            // Until the load balancer has asked, requests go on.
            pause(200).await;
            seen.away.store(true, Ordering::Relaxed);
            for client in clients {
                client.await.expect("every request was answered");
            }
            assert_eq!(program.end(Duration::from_secs(20)).await, Some(true), "{}", program.said());
            longest = longest.max(begun.elapsed());
            assert!(begun.elapsed() < Duration::from_secs(10), "it took {:?}", begun.elapsed());
            assert!(seen.closed.load(Ordering::Relaxed) >= 16, "answers close their connections");
            let db = connect(&program.database()).await;
            let stored = texts(&db, "marks").await;
            assert_eq!(
                stored.len(),
                seen.answered.load(Ordering::Relaxed),
                "every answered write is stored, and no other"
            );
            answered += seen.answered.load(Ordering::Relaxed);
            closed += seen.closed.load(Ordering::Relaxed);
        }
        println!(
            "{rounds} rounds: {answered} requests, all answered; {closed} answers closed their connection; the longest end took {longest:?}"
        );
    });
}

#[test]
fn a_request_that_has_begun_is_answered() {
    block_on(async {
        let mut program = Program::start_with("serve", "", &[]);
        program.listens().await;
        let address = program.address;
        let slow = tokio::spawn(async move { get(address, "/api/v1/slow/700").await });
        pause(200).await;
        program.signal("INT");
        let answer = slow.await.expect("no panic").expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.body);
        assert_eq!(program.end(Duration::from_secs(10)).await, Some(true), "{}", program.said());
    });
}

#[test]
fn a_second_signal_ends_the_process_at_once() {
    block_on(async {
        for (first, second) in [("TERM", "TERM"), ("INT", "INT"), ("TERM", "INT")] {
            let mut program = Program::start_with("serve", "", &[]);
            program.listens().await;
            let address = program.address;
            let slow = tokio::spawn(async move { get(address, "/api/v1/slow/25000").await });
            pause(200).await;
            program.signal(first);
            assert_eq!(program.end(Duration::from_millis(500)).await, None, "it waits for the request");
            program.signal(second);
            assert_eq!(program.end(Duration::from_secs(5)).await, Some(false), "{}", program.said());
            assert!(program.said().contains("the process ends at once"), "{}", program.said());
            slow.abort();
        }
    });
}
