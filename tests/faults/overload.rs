//! More clients than the database has connections for, and more than the process accepts: the excess is refused in time and
//! says when to try again, and as much work is done as before.
//!
//! With `FAULT_ROUNDS` of 2,500 or more the load is that of a bad day: 500 clients of queries of a second for 30 seconds, and
//! three times as many requests as the server can answer for a minute.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::harness::{Postgres, block_on, get, pause};
use crate::resource_limits::Server;

/// What clients of one path were answered.
#[derive(Default, Debug)]
struct Seen {
    statuses: HashMap<u16, usize>,
    /// How long clients waited for a refusal, in milliseconds.
    waits: Vec<u128>,
}

impl Seen {
    /// The wait that this part of the refused did not exceed, in milliseconds.
    fn wait(&mut self, part: f64) -> u128 {
        self.waits.sort_unstable();
        self.waits.get((self.waits.len() as f64 * part) as usize).or(self.waits.last()).copied().unwrap_or_default()
    }
}

/// Clients that send one request after another for some seconds. One that is refused waits for a tenth of what `Retry-After`
/// says, so that there are always far too many.
async fn clients(address: SocketAddr, path: &str, count: usize, time: Duration) -> Seen {
    let end = Instant::now() + time;
    let client = async || {
        let mut seen = Seen::default();
        while Instant::now() < end {
            let begun = Instant::now();
            let answer = get(address, path).await.expect("every request is answered");
            *seen.statuses.entry(answer.status).or_default() += 1;
            match answer.status {
                200 => {}
                503 => {
                    assert!(answer.head.contains("\nretry-after: 1"), "{}", answer.head);
                    assert!(["unavailable", "overloaded"].contains(&answer.slug().as_str()), "{}", answer.body);
                    seen.waits.push(begun.elapsed().as_millis());
                    pause(100).await;
                }
                status => panic!("{status}: {}", answer.body),
            }
        }
        seen
    };
    join_all((0..count).map(|_| client())).await.into_iter().fold(Seen::default(), |mut all, seen| {
        seen.statuses.into_iter().for_each(|(status, count)| *all.statuses.entry(status).or_default() += count);
        all.waits.extend(seen.waits);
        all
    })
}

/// Requests that begin at a fixed rate, whatever has become of those before. How many were answered with 200, and how many were
/// refused.
async fn arrivals(address: SocketAddr, path: &'static str, each_second: u32, time: Duration) -> (usize, usize) {
    let end = Instant::now() + time;
    let mut ticks = tokio::time::interval(Duration::from_secs(1) / each_second);
    let mut requests = tokio::task::JoinSet::new();
    while Instant::now() < end {
        ticks.tick().await;
        requests.spawn(async move { get(address, path).await.expect("every request is answered").status });
    }
    let statuses = requests.join_all().await;
    let count = |wanted| statuses.iter().filter(|status| **status == wanted).count();
    let (served, refused) = (count(200), count(503));
    assert_eq!(served + refused, statuses.len(), "{statuses:?}");
    (served, refused)
}

/// How long each of the requests took that are sent one after another, in milliseconds, the shortest first.
async fn alone(address: SocketAddr, path: &str, count: usize) -> Vec<u128> {
    let mut times = Vec::new();
    for _ in 0..count {
        let begun = Instant::now();
        let answer = get(address, path).await.expect("an answer");
        assert_eq!(answer.status, 200, "{}", answer.body);
        times.push(begun.elapsed().as_millis());
    }
    times.sort_unstable();
    times
}

/// Whether the load is that of a bad day.
fn is_long() -> bool {
    crate::harness::rounds(300) >= 2500
}

/// Asks for health until told to stop, from a thread of its own. The number of answers, and the longest wait for one.
fn health(address: SocketAddr, done: Arc<AtomicBool>) -> std::thread::JoinHandle<(usize, Duration)> {
    std::thread::spawn(move || {
        block_on(async {
            let (mut count, mut longest) = (0, Duration::ZERO);
            while !done.load(Ordering::Relaxed) {
                let begun = Instant::now();
                let answer = get(address, "/health/live").await.expect("health is answered");
                assert_eq!(answer.status, 200);
                longest = longest.max(begun.elapsed());
                count += 1;
                pause(20).await;
            }
            (count, longest)
        })
    })
}

/// A server with ten connections, under clients of the path. `FAULT_ROUNDS` makes the test longer.
fn overloaded(settings: &[(&str, &str)], path: &str, count: usize) -> (Seen, f64) {
    let seconds = crate::harness::rounds(4).clamp(2, 30);
    let time = Duration::from_secs(seconds as u64);
    let postgres = block_on(Postgres::new());
    let url = postgres.url();
    let own = [("DATABASE_URL", url.as_str()), ("DATABASE_MAX_CONNECTIONS", "10")];
    let server = Server::start(&[&own, settings].concat());
    let done = Arc::new(AtomicBool::new(false));
    let asking = health(server.address, done.clone());
    let begun = Instant::now();
    let mut seen = block_on(clients(server.address, path, count, time));
    let took = begun.elapsed().as_secs_f64();
    done.store(true, Ordering::Relaxed);
    let (answers, slowest) = asking.join().expect("health is answered");
    let each_second = seen.statuses.get(&200).copied().unwrap_or_default() as f64 / took;
    let (usual, long, longest) = (seen.wait(0.5), seen.wait(0.99), seen.wait(1.0));
    println!(
        "{count} clients of {path} with {settings:?}: {:?} in {took:.1} s, {each_second:.1} each second",
        seen.statuses
    );
    println!("refused after {usual} ms (half of them), {long} ms (99 of 100), {longest} ms (all)");
    println!("health: {answers} answers, the slowest after {slowest:?}");
    assert!(answers > 0);
    // It recovers.
    let after = block_on(get(server.address, path)).expect("an answer");
    assert_eq!(after.status, 200, "{}", after.body);
    drop(server);
    block_on(postgres.remove());
    (seen, each_second)
}

#[test]
fn clients_that_get_no_connection_are_refused_and_the_others_served() {
    // Ten connections serve 50 of these in a second. The server keeps them busy; the tests' machine may be slow, so that the
    // test asks for half.
    let (path, count, each_nap) =
        if is_long() { ("/api/v1/naps/1000", 500, 1.0) } else { ("/api/v1/naps/200", 250, 0.2) };
    let (seen, each_second) = overloaded(&[("ACQUIRE_TIMEOUT", "1")], path, count);
    assert!(each_second >= 5.0 / each_nap, "{each_second:.1} each second");
    assert!(seen.statuses.contains_key(&503), "{seen:?}");
}

#[test]
fn clients_beyond_the_number_of_requests_are_refused_and_the_others_served() {
    let (seen, each_second) = overloaded(&[("MAX_REQUESTS", "20")], "/api/v1/naps/200", 100);
    assert!(each_second >= 25.0, "{each_second:.1} each second");
    assert!(seen.statuses.contains_key(&503), "{seen:?}");
}

/// Capacity is 50 requests a second: ten connections, 200 ms each.
#[test]
fn three_times_as_many_requests_as_can_be_answered_leave_the_server_useful() {
    let time = Duration::from_secs(if is_long() { 60 } else { 3 });
    let postgres = block_on(Postgres::new());
    let url = postgres.url();
    let server = Server::start(&[("DATABASE_URL", &url), ("DATABASE_MAX_CONNECTIONS", "10"), ("ACQUIRE_TIMEOUT", "1")]);
    let (address, path) = (server.address, "/api/v1/naps/200");
    block_on(async {
        let before = alone(address, path, 10).await;
        let peak = clients(address, path, 10, time.min(Duration::from_secs(10))).await.statuses[&200] as f64;
        let peak = peak / time.as_secs_f64().min(10.0);
        server.forget_peak();
        let (served, refused) = arrivals(address, path, 150, time).await;
        let each_second = served as f64 / time.as_secs_f64();
        let after = alone(address, path, 10).await;
        println!(
            "150 requests a second for {time:?}: {each_second:.1} served each second ({peak:.1} without the excess), {refused} \
             refused, {} MiB at most; the slowest request took {} ms before and {} ms right after",
            server.status("VmHWM") >> 20,
            before[9],
            after[9]
        );
        assert!(refused > 0);
        assert!(each_second >= peak * 0.5, "{each_second:.1} of {peak:.1}");
    });
    drop(server);
    block_on(postgres.remove());
}

#[test]
fn work_without_the_database_goes_on_beside_clients_that_wait_for_it() {
    let postgres = block_on(Postgres::new());
    let url = postgres.url();
    let server = Server::start(&[("DATABASE_URL", &url), ("DATABASE_MAX_CONNECTIONS", "10"), ("ACQUIRE_TIMEOUT", "1")]);
    let (address, served) = (server.address, AtomicUsize::new(0));
    block_on(async {
        let waiting = clients(address, "/api/v1/naps/200", 100, Duration::from_secs(2));
        let others = async {
            for _ in 0..50 {
                let answer = get(address, "/api/v1/naps/none").await.expect("an answer");
                assert_eq!(answer.status, 200, "{}", answer.body);
                served.fetch_add(1, Ordering::Relaxed);
            }
        };
        tokio::join!(waiting, others)
    });
    assert_eq!(served.load(Ordering::Relaxed), 50);
    drop(server);
    block_on(postgres.remove());
}
