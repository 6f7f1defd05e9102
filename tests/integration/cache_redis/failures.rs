//! Redis is down, crashes, stops, is full, read-only or no Redis: nothing fails, and no old value is read.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::time::Duration;

use resourceful::cache::Keep;
use resourceful::redis::{Redis, cmd};
use tokio::time::{Instant, sleep};

use super::server::{Server, eventually, in_sync, out_of_sync, process};
use super::{BOUND, HOUR, Row};

/// Redis does not respond at the start: nothing fails, and not every request waits.
#[tokio::test]
async fn redis_may_be_down_at_the_start() {
    let mut server = Server::down().await;
    let (cache, row) = (server.process(), Row::default());
    let begin = Instant::now();
    for number in 0..200 {
        assert_eq!(row.read(&cache, &number.to_string()).await, 0);
        cache.invalidate_tag(&number.to_string()).await;
    }
    // With 50 ms for each it would be 20 seconds.
    assert!(begin.elapsed() < Duration::from_secs(5), "{:?}", begin.elapsed());
    assert_eq!(cache.epoch("rows"), None);
    // What is kept without hearing others is kept for one second.
    assert_eq!((row.read(&cache, "same").await, row.read(&cache, "same").await, row.loads()), (0, 0, 201));
    let new = row.change();
    assert_eq!(row.read(&cache, "same").await, 0);
    sleep(Duration::from_millis(1_100)).await;
    assert_eq!(row.read(&cache, "same").await, new);

    server.restart().await;
    in_sync(&cache).await;
    row.read(&cache, "later").await;
    let [other] = server.processes().await;
    eventually("shared", async || other.get::<u64>("later").await.is_some()).await;
}

/// Redis is killed under load and comes back with an old snapshot.
#[tokio::test]
async fn after_a_crash_of_redis_no_old_value_is_read() {
    let mut server = Server::start().await;
    let [one, two] = server.processes().await;
    let row = Row::default();
    for key in ["a", "b"] {
        row.read(&one, key).await;
        eventually("stored", async || two.get::<u64>(key).await.is_some()).await;
    }
    server.run::<String>(&["SAVE"]).await;
    let readers: Vec<_> = [one.clone(), two.clone()]
        .map(|cache| {
            let row = row.clone();
            tokio::spawn(async move {
                let mut slowest = Duration::ZERO;
                for _ in 0..400 {
                    let begin = Instant::now();
                    row.read(&cache, "load").await;
                    cache.invalidate_tag("load").await;
                    slowest = slowest.max(begin.elapsed());
                    sleep(Duration::from_millis(5)).await;
                }
                slowest
            })
        })
        .into();
    sleep(Duration::from_millis(100)).await;
    server.kill();
    let begin = Instant::now();
    let new = row.change();
    one.invalidate_tag("a").await;
    assert!(begin.elapsed() < Duration::from_secs(1), "{:?}", begin.elapsed());
    assert_eq!(row.read(&one, "a").await, new, "the process that wrote");
    let acknowledged = Instant::now();
    while row.read(&two, "a").await != new {
        assert!(acknowledged.elapsed() < BOUND, "the other process");
        sleep(Duration::from_millis(10)).await;
    }
    out_of_sync(&one).await;
    out_of_sync(&two).await;
    // Nobody told this one.
    let newest = row.change();

    server.restart().await;
    let restored: Vec<String> = server.run(&["KEYS", "*:v:*"]).await;
    assert!(restored.iter().any(|key| key.ends_with(":v:a")), "the old value is back in Redis: {restored:?}");
    in_sync(&one).await;
    in_sync(&two).await;
    for (cache, key) in [(&one, "a"), (&two, "a"), (&one, "b"), (&two, "b"), (&server.process(), "a")] {
        assert_eq!(row.read(cache, key).await, newest, "{key}");
    }
    for reader in readers {
        let slowest = reader.await.expect("no failure");
        // One command waits for 50 ms; the rest is the load of the machine.
        assert!(slowest < Duration::from_secs(2), "{slowest:?}");
    }
}

/// Redis accepts connections and does not answer.
#[tokio::test]
async fn a_paused_redis_delays_nothing_for_long() {
    let server = Server::start().await;
    let [one, two] = server.processes().await;
    let row = Row::default();
    row.read(&one, "a").await;
    eventually("stored", async || two.get::<u64>("a").await.is_some()).await;
    server.pause();
    let begin = Instant::now();
    for number in 0..100 {
        row.read(&one, &number.to_string()).await;
        one.invalidate_tag(&number.to_string()).await;
    }
    // With 50 ms for each it would be 10 seconds.
    assert!(begin.elapsed() < Duration::from_secs(4), "{:?}", begin.elapsed());
    let new = row.change();
    one.invalidate_tag("a").await;
    assert_eq!(row.read(&one, "a").await, new);
    let acknowledged = Instant::now();
    while row.read(&two, "a").await != new {
        assert!(acknowledged.elapsed() < BOUND, "the other process");
        sleep(Duration::from_millis(10)).await;
    }
    out_of_sync(&one).await;
    out_of_sync(&two).await;
    let newest = row.change();
    server.resume();
    in_sync(&two).await;
    assert_eq!(row.read(&two, "a").await, newest);
    in_sync(&one).await;
    assert_eq!(row.read(&one, "a").await, newest);
}

/// A Redis without free memory refuses MULTI and SET, and still removes what is outdated.
#[tokio::test]
async fn a_full_redis_still_invalidates() {
    let server = Server::start().await;
    let [one, two] = server.processes().await;
    let row = Row::default();
    row.read(&one, "a").await;
    eventually("stored", async || two.get::<u64>("a").await.is_some()).await;
    server.run::<String>(&["CONFIG", "SET", "maxmemory", "1"]).await;
    let client = Redis::new(&server.url()).expect("an address");
    assert!(client.ask::<String>(&cmd("MULTI")).await.is_ok());
    assert!(
        client.ask::<String>(cmd("DEL").arg("any")).await.is_err(),
        "a full Redis refuses this in a transaction only"
    );

    let new = row.change();
    one.invalidate_tag("rows").await;
    assert_eq!(row.read(&one, "a").await, new);
    eventually("heard", async || row.read(&two, "a").await == new).await;
    let loads = row.loads();
    assert_eq!((row.read(&one, "a").await, row.read(&two, "a").await), (new, new));
    assert_eq!(row.loads(), loads, "each process keeps values itself");

    server.run::<String>(&["CONFIG", "SET", "maxmemory", "0"]).await;
    sleep(Duration::from_millis(1_100)).await;
    let three = server.process();
    in_sync(&three).await;
    assert_eq!(row.read(&three, "a").await, new);
}

/// A Redis that became a read-only replica answers reads and refuses to remove what is outdated.
#[tokio::test]
async fn a_read_only_redis_is_not_believed() {
    let server = Server::start().await;
    let [one, two] = server.processes().await;
    let row = Row::default();
    row.read(&one, "a").await;
    eventually("stored", async || two.get::<u64>("a").await.is_some()).await;
    server.run::<String>(&["REPLICAOF", "127.0.0.1", "1"]).await;
    let new = row.change();
    one.invalidate_tag("a").await;
    let acknowledged = Instant::now();
    assert_eq!(row.read(&one, "a").await, new);
    while row.read(&two, "a").await != new {
        assert!(acknowledged.elapsed() < BOUND, "the other process");
        sleep(Duration::from_millis(10)).await;
    }
    out_of_sync(&one).await;
    out_of_sync(&two).await;
    let newest = row.change();
    server.run::<String>(&["REPLICAOF", "NO", "ONE"]).await;
    in_sync(&one).await;
    in_sync(&two).await;
    for cache in [&one, &two] {
        assert_eq!(row.read(cache, "a").await, newest);
    }
}

/// Servers that are not Redis, or that answer something else.
#[tokio::test]
async fn a_lying_redis_never_fails_a_request() {
    for (what, answer) in [
        ("it speaks HTTP", &b"HTTP/1.1 400 Bad Request\r\n\r\n"[..]),
        ("it cannot write", b"-READONLY You can't write against a read only replica.\r\n"),
        ("it is full", b"-OOM command not allowed when used memory > 'maxmemory'.\r\n"),
        ("it has moved", b"-MOVED 3999 127.0.0.1:6381\r\n"),
        ("it answers a number", b":7\r\n"),
        ("it answers nothing", b"$-1\r\n"),
        ("it answers too much", b"*3\r\n$1\r\na\r\n$1\r\nb\r\n$1\r\nc\r\n"),
        ("it closes connections", b""),
    ] {
        let cache = process(&impostor(answer), "test");
        let (begin, row) = (Instant::now(), Row::default());
        for number in 0..100 {
            let new = row.change();
            let key = (number % 3).to_string();
            cache.invalidate_tag(&key).await;
            assert_eq!(row.read(&cache, &key).await, new, "{what}");
            cache.set(&key, &number, Keep::new(HOUR)).await;
            cache.delete(&key).await;
            assert_eq!(cache.get::<u64>(&key).await, None, "{what}");
        }
        assert!(begin.elapsed() < Duration::from_secs(5), "{what}: {:?}", begin.elapsed());
        assert_eq!(cache.epoch("rows"), None, "{what}");
    }
}

fn impostor(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("redis://{}", listener.local_addr().expect("an address"));
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            std::thread::spawn(move || {
                let mut buffer = [0; 4096];
                while stream.read(&mut buffer).is_ok_and(|length| length > 0) {
                    if answer.is_empty() || stream.write_all(answer).is_err() {
                        return;
                    }
                }
            });
        }
    });
    url
}

#[tokio::test]
async fn after_a_lost_subscription_nothing_from_before_is_used() {
    let server = Server::start().await;
    let [one, two] = server.processes().await;
    let row = Row::default();
    row.read(&one, "a").await;
    let epoch = one.epoch("a");
    // Nothing is told while the subscription is away.
    let new = row.change();
    server.run::<i64>(&["CLIENT", "KILL", "TYPE", "pubsub"]).await;
    eventually("noticed", async || one.epoch("a") != epoch).await;
    in_sync(&one).await;
    in_sync(&two).await;
    assert_eq!((row.read(&one, "a").await, row.read(&two, "a").await), (new, new));
}
