//! The number of requests at the same time: more are refused at once, and health is answered all the same.

use std::io::Write;
use std::net::TcpStream;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use resourceful::prelude::*;
use resourceful::testing::{TestApp, TestDatabase};
use tokio::sync::Semaphore;

use crate::support::refused;

/// What a test's slow requests wait for, and how many of them there are.
struct Slow {
    release: Semaphore,
    running: AtomicUsize,
}

static SLOW: Slow = Slow { release: Semaphore::const_new(0), running: AtomicUsize::new(0) };

impl Slow {
    /// Waits until so many requests are with their handlers.
    fn until(&self, count: usize) {
        let begun = Instant::now();
        while self.running.load(Ordering::SeqCst) != count {
            assert!(begun.elapsed().as_secs() < 60, "{} run", self.running.load(Ordering::SeqCst));
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

struct Here;

impl Drop for Here {
    fn drop(&mut self) {
        SLOW.running.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Waits until the test says so.
#[get("/slow", public)]
async fn slow() -> Result<Json<bool>> {
    SLOW.running.fetch_add(1, Ordering::SeqCst);
    let _here = Here;
    SLOW.release.acquire().await.map_err(Error::internal)?.forget();
    Ok(Json(true))
}

/// Does nothing.
#[get("/quick", public)]
async fn quick() -> Result<Json<bool>> {
    Ok(Json(true))
}

#[test]
fn more_requests_than_allowed_are_refused_at_once() {
    let app = TestApp::start_with(TestDatabase::Sqlite, &[("MAX_REQUESTS", "3")], |app| {
        app.scope("/jobs", Requirement::Public, |routes| routes.service(slow).service(quick))
    });
    let caller = app.anonymous();
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..2).map(|_| scope.spawn(|| app.anonymous().get("/api/v1/jobs/slow").status)).collect();
        SLOW.until(2);
        // The third place is free for one after another.
        for _ in 0..10 {
            assert_eq!(caller.get("/api/v1/jobs/quick").status, 200);
        }
        let mut leaving = TcpStream::connect(app.address()).expect("a connection");
        leaving.write_all(b"GET /api/v1/jobs/slow HTTP/1.1\r\nHost: x\r\n\r\n").expect("sent");
        SLOW.until(3);
        for (path, status) in [("/api/v1/jobs/quick", 503), ("/api/v1/jobs/slow", 503), ("/health/live", 200)] {
            let answer = caller.get(path);
            assert_eq!(answer.status, status, "{path}: {}", answer.text());
            if status == 503 {
                refused(&answer, 503, "overloaded", path);
                assert_eq!(answer.header("retry-after"), Some("1"));
            }
        }
        assert_eq!(caller.get("/health/ready").status, 200);
        // A client that leaves gives its place back.
        drop(leaving);
        SLOW.until(2);
        assert_eq!(caller.get("/api/v1/jobs/quick").status, 200);
        SLOW.release.add_permits(2);
        running.into_iter().for_each(|client| assert_eq!(client.join().expect("no panic"), 200));
    });
    assert_eq!(caller.get("/api/v1/jobs/quick").status, 200);
}
