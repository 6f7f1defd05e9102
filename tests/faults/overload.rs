//! More clients than the database has connections for, and more than the process accepts: the excess is refused in time and
//! says when to try again, and as much work is done as before.

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
    let (seen, each_second) = overloaded(&[("ACQUIRE_TIMEOUT", "1")], "/api/v1/naps/200", 250);
    assert!(each_second >= 25.0, "{each_second:.1} each second");
    assert!(seen.statuses.contains_key(&503), "{seen:?}");
}

#[test]
fn clients_beyond_the_number_of_requests_are_refused_and_the_others_served() {
    let (seen, each_second) = overloaded(&[("MAX_REQUESTS", "20")], "/api/v1/naps/200", 100);
    assert!(each_second >= 25.0, "{each_second:.1} each second");
    assert!(seen.statuses.contains_key(&503), "{seen:?}");
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
