//! Many concurrent writers on SQLite, which has a single writer.

use std::io::{Read, Write};
use std::net::TcpStream;

use resourceful::prelude::*;
use resourceful::testing::{TestApp, TestDatabase};

/// A write that is one statement.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Mark {
    pub id: Uuid,
    pub text: String,
}

/// A write that is a transaction.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(hooks)]
pub struct Stamp {
    pub id: Uuid,
    pub text: String,
}

impl Hooks for Stamp {
    async fn after_create(row: &Self, hook: &HookContext) -> Result<()> {
        hook.service::<mark::Service>().create(mark::Create::new(&row.text)).await.map(drop)
    }
}

const WRITERS: usize = 64;
const EACH: usize = 12;

#[test]
fn sixty_four_concurrent_writers_all_succeed() {
    let app = TestApp::start_on(TestDatabase::Sqlite, |app| app.resource::<Mark>().resource::<Stamp>());
    let address = app.address();
    let token = app.issuer().token(&CurrentUser::new("auth0|ada").with_permissions(["marks:write", "stamps:write"]));
    let failures: Vec<String> = std::thread::scope(|scope| {
        let write = |number: usize| {
            let mut stream = TcpStream::connect(address).expect("the server listens");
            let mut failures = Vec::new();
            for count in 0..EACH {
                let path = if (number + count).is_multiple_of(2) { "marks" } else { "stamps" };
                let body = format!("{{\"text\":\"{number}-{count}\"}}");
                let head = format!(
                    "POST /api/v1/{path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
                    body.len()
                );
                stream.write_all((head + &body).as_bytes()).expect("the request is sent");
                let answer = answer(&mut stream);
                if !answer.starts_with("HTTP/1.1 201") {
                    failures.push(answer);
                }
            }
            failures
        };
        let threads: Vec<_> = (0..WRITERS).map(|number| scope.spawn(move || write(number))).collect();
        threads.into_iter().flat_map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(failures.is_empty(), "{} of {}: {}", failures.len(), WRITERS * EACH, failures[0]);
    let (marks, stamps) = app.block_on(async {
        let marks = mark::Service::as_system(app.ctx()).count(Query::new()).await.expect("a count");
        let stamps = stamp::Service::as_system(app.ctx()).count(Query::new()).await.expect("a count");
        (marks, stamps)
    });
    let half = (WRITERS * EACH / 2) as u64;
    assert_eq!((marks, stamps), (2 * half, half), "each stamp has left a mark");
}

/// One answer on a connection that stays open.
fn answer(stream: &mut TcpStream) -> String {
    let mut text = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).expect("the server answers");
        text.extend_from_slice(&buffer[..count]);
        let whole = String::from_utf8_lossy(&text).into_owned();
        let length = whole.split_once("\r\n\r\n").and_then(|(head, body)| {
            let line =
                head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ").map(str::to_owned));
            Some((line?.parse::<usize>().ok()?, body.len()))
        });
        match length {
            Some((length, there)) if there >= length => return whole,
            _ if count == 0 => return whole,
            _ => {}
        }
    }
}
