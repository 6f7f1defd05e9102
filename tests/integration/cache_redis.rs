//! The cache with Redis: what processes share and what they hear of each other. Failures of Redis are in `failures.rs`.

mod failures;
pub(crate) mod server;

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use resourceful::cache::{Cache, CacheStore, Keep, RedisStore};
use resourceful::redis::Redis;
use tokio::time::{Instant, sleep};

use server::{Server, eventually, in_sync, process};

/// Longer than any test, so that nothing is fresh only because it expired.
const HOUR: Duration = Duration::from_secs(3600);

/// The longest time after which another process may return an old value: what the guide says.
const BOUND: Duration = Duration::from_secs(2);

/// A row in a database.
#[derive(Clone, Default)]
struct Row(Arc<AtomicU64>, Arc<AtomicUsize>);

impl Row {
    /// Reads it through a cache.
    async fn read(&self, cache: &Cache, key: &str) -> u64 {
        let load = async || {
            self.1.fetch_add(1, Ordering::SeqCst);
            let value = self.0.load(Ordering::SeqCst);
            // A load takes some time after it has read.
            tokio::task::yield_now().await;
            Ok::<_, Infallible>(value)
        };
        let Ok(value) = cache.get_or_set(key, Keep::new(HOUR).tags(&["rows", key]), load).await;
        value
    }

    /// Changes it, without the cache.
    fn change(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst) + 1
    }

    fn loads(&self) -> usize {
        self.1.load(Ordering::SeqCst)
    }
}

#[tokio::test]
async fn processes_share_values_and_hear_each_others_invalidations() {
    let server = Server::start().await;
    let [one, two] = server.processes().await;
    let other_application = process(&server.url(), "test:other");
    let row = Row::default();
    assert_eq!(row.read(&one, "a").await, 0);
    // The value is stored after the caller has it.
    eventually("stored", async || two.get::<u64>("a").await.is_some()).await;
    assert_eq!((row.read(&two, "a").await, row.loads()), (0, 1), "the second process has it from Redis");
    assert_eq!(other_application.get::<u64>("a").await, None);

    type Change = (&'static str, fn(Cache) -> futures_util::future::BoxFuture<'static, ()>);
    let changes: [Change; 4] = [
        ("invalidate_tag", |cache| Box::pin(async move { cache.invalidate_tag("rows").await })),
        ("raise", |cache| Box::pin(async move { cache.raise("a").await })),
        ("delete", |cache| Box::pin(async move { cache.delete("a").await })),
        ("clear", |cache| Box::pin(async move { cache.clear().await })),
    ];
    for (name, change) in changes {
        let epochs = [two.epoch("a"), two.epoch("rows")];
        let new = row.change();
        change(one.clone()).await;
        assert_eq!(row.read(&one, "a").await, new, "{name}: the process that changed it");
        eventually(name, async || row.read(&two, "a").await == new).await;
        if name != "delete" {
            assert_ne!([two.epoch("a"), two.epoch("rows")], epochs, "{name}");
        }
    }
    let own = Keep::new(HOUR).tags(&["rows"]);
    one.set("a", &99_u64, own).await;
    assert_eq!(one.get::<u64>("a").await, Some(99));
    eventually("set", async || two.get::<u64>("a").await == Some(99)).await;
    two.invalidate_tag("rows").await;
    eventually("invalidated", async || one.get::<u64>("a").await.is_none()).await;
}

#[tokio::test]
async fn no_value_expires_later_than_its_first_load_allows() {
    let server = Server::start().await;
    let [one, two] = server.processes().await;
    one.set("short", &1, Keep::new(Duration::from_millis(900))).await;
    sleep(Duration::from_millis(500)).await;
    // The second process gets what is left of the time, and not all of it again.
    assert_eq!(two.get::<i32>("short").await, Some(1));
    sleep(Duration::from_millis(500)).await;
    assert_eq!((one.get::<i32>("short").await, two.get::<i32>("short").await), (None, None));
    let left: i64 = server.run(&["PTTL", "resourceful:cache:test:e"]).await;
    assert!(left > 0, "also tokens expire: {left}");
}

/// Pairs of a write and reads, through two processes, while others read all the time.
#[tokio::test]
async fn a_write_is_seen_at_once_by_its_process_and_within_the_bound_by_others() {
    let rounds = std::env::var("CACHE_ROUNDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1_000);
    let server = Server::start().await;
    let caches: [Cache; 2] = server.processes().await;
    let rows: Vec<Row> = (0..4).map(|_| Row::default()).collect();
    for (place, row) in rows.iter().enumerate() {
        row.read(&caches[0], &format!("row{place}")).await;
    }
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..2)
        .map(|number: usize| {
            let (caches, rows, done) = (caches.clone(), rows.clone(), done.clone());
            // A thread of its own, so that reads happen at the same time as writes
            std::thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(async {
                    while !done.load(Ordering::SeqCst) {
                        for (place, row) in rows.iter().enumerate() {
                            row.read(&caches[number], &format!("row{place}")).await;
                        }
                        tokio::task::yield_now().await;
                    }
                });
            })
        })
        .collect();
    let (mut stale, mut longest) = (0, Duration::ZERO);
    for round in 0..rounds {
        let (place, writer) = (round % rows.len(), round / rows.len() % 2);
        let (row, key) = (&rows[place], format!("row{place}"));
        let new = row.change();
        match round % 3 {
            0 => caches[writer].invalidate_tag(&key).await,
            1 => caches[writer].delete(&key).await,
            _ => caches[writer].raise("rows").await,
        }
        let mut acknowledged = Instant::now();
        assert_eq!(row.read(&caches[writer], &key).await, new, "round {round}: the process that wrote");
        let mut waited = false;
        while row.read(&caches[1 - writer], &key).await != new {
            // The bound is that of processes that reach Redis, which they may not for a while on a busy machine.
            if caches.iter().any(|cache| cache.epoch("").is_none()) {
                acknowledged = Instant::now();
            }
            assert!(acknowledged.elapsed() < BOUND, "round {round}: the other process");
            waited = true;
            tokio::task::yield_now().await;
        }
        stale += usize::from(waited);
        longest = longest.max(acknowledged.elapsed());
    }
    done.store(true, Ordering::SeqCst);
    readers.into_iter().for_each(|reader| reader.join().expect("no failure"));
    println!(
        "{rounds} rounds: {stale} times the other process was late, at most {longest:?} after the acknowledgement"
    );
}

#[tokio::test]
async fn a_stampede_is_one_load_in_each_process() {
    let server = Server::start().await;
    let caches: [Cache; 2] = server.processes().await;
    let loads = Arc::new(AtomicUsize::new(0));
    let call = |number: usize| {
        let (cache, loads) = (caches[number % 2].clone(), loads.clone());
        tokio::spawn(async move {
            let load = async || {
                loads.fetch_add(1, Ordering::SeqCst);
                sleep(Duration::from_millis(200)).await;
                Ok::<_, Infallible>(7)
            };
            cache.get_or_set("key", Keep::new(HOUR), load).await
        })
    };
    for value in join_all((0..1_000).map(call)).await {
        assert_eq!(value.expect("no panic"), Ok(7));
    }
    assert!(loads.load(Ordering::SeqCst) <= 2, "{} loads", loads.load(Ordering::SeqCst));
}

/// Redis lost some keys, or somebody wrote others: what does not fit is loaded again.
#[tokio::test]
async fn values_without_their_tokens_and_foreign_values_count_as_none() {
    let server = Server::start().await;
    let prefix = "resourceful:cache:test:";
    let row = Row::default();
    // Each case with processes that keep nothing themselves yet
    let read = async |expected: u64, what: &str| {
        let [cache] = server.processes().await;
        assert_eq!(row.read(&cache, "a").await, expected, "{what}");
        let Ok(value) = cache.get_or_set("list", Keep::new(HOUR), async || Ok::<_, Infallible>(expected)).await;
        assert_eq!(value, expected, "{what}");
        sleep(Duration::from_millis(20)).await;
    };
    read(0, "first").await;
    assert!(server.run::<i64>(&["EXISTS", &format!("{prefix}v:a")]).await == 1);
    for (what, words) in [
        ("an evicted token of a tag", vec!["DEL", "t:a"]),
        ("an evicted token of a key", vec!["DEL", "k:a"]),
        ("an evicted token of everything", vec!["DEL", "e"]),
        ("a token of another length", vec!["SET", "t:a", "x"]),
        ("no envelope", vec!["SET", "v:a", "{}"]),
        ("an empty value", vec!["SET", "v:a", ""]),
        ("a list", vec!["DEL", "v:a"]),
    ] {
        let key = format!("{prefix}{}", words[1]);
        let mut words = words;
        words[1] = &key;
        server.run::<resourceful::redis::Value>(&words).await;
        if what == "a list" {
            server.run::<i64>(&["RPUSH", &key, "1"]).await;
        }
        let new = row.change();
        let [cache] = server.processes().await;
        assert_eq!(row.read(&cache, "a").await, new, "{what}");
        sleep(Duration::from_millis(20)).await;
    }
    server.run::<String>(&["FLUSHALL"]).await;
    let new = row.change();
    read(new, "emptied").await;
    // A value of another type, as an older version of the program stored it
    let [cache] = server.processes().await;
    cache.set("typed", &"text", Keep::new(HOUR)).await;
    let [other] = server.processes().await;
    let Ok(value) = other.get_or_set("typed", Keep::new(HOUR), async || Ok::<_, Infallible>(5)).await;
    assert_eq!(value, 5);
}

/// A caller that disappears after its write does not leave others with the old value.
#[tokio::test]
async fn a_dropped_invalidation_is_told_later() {
    let server = Server::start().await;
    let [one, two] = server.processes().await;
    let row = Row::default();
    row.read(&one, "a").await;
    eventually("stored", async || two.get::<u64>("a").await.is_some()).await;
    let new = row.change();
    assert_eq!(one.invalidate_tag("a").now_or_never(), None, "it was dropped while it waited");
    assert_eq!(row.read(&one, "a").await, new);
    eventually("told", async || row.read(&two, "a").await == new).await;
    // Redis has the new value, or none.
    let three = server.process();
    in_sync(&three).await;
    assert_eq!(row.read(&three, "a").await, new);
}

/// Each use costs one round trip, and no command besides.
#[tokio::test]
async fn a_hit_in_redis_is_one_command() {
    let server = Server::start().await;
    let row = Row::default();
    // On a busy machine an answer can be too late, which costs a load. Then this is tried again.
    for _ in 0..20 {
        let [one, two] = server.processes().await;
        for number in 0..50 {
            row.read(&one, &number.to_string()).await;
        }
        eventually("stored", async || two.get::<u64>("0").await.is_some()).await;
        sleep(Duration::from_millis(50)).await;
        server.run::<String>(&["CONFIG", "RESETSTAT"]).await;
        let loads = row.loads();
        for number in 1..50 {
            row.read(&two, &number.to_string()).await;
            row.read(&two, &number.to_string()).await;
        }
        if row.loads() > loads {
            continue;
        }
        let statistics: String = server.run(&["INFO", "commandstats"]).await;
        assert!(statistics.contains("cmdstat_mget:calls=49,"), "{statistics}");
        for command in ["unwatch", "multi", "set", "get:", "eval"] {
            assert!(!statistics.contains(&format!("cmdstat_{command}")), "{command}: {statistics}");
        }
        return;
    }
    panic!("the machine is too busy");
}

#[tokio::test]
async fn the_store_reads_answers_as_redis_means_them() {
    let server = Server::start().await;
    let store = RedisStore::new(&Redis::new(&server.url()).expect("an address"), "test");
    let keys = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    assert_eq!(store.read(&keys(&["missing", "missing too"])).await, Ok(vec![None, None]));
    store.write("empty", "".into(), HOUR).await.expect("stored");
    assert_eq!(store.read(&keys(&["empty", "missing"])).await, Ok(vec![Some("".into()), None]));
    let entry = |value: &'static str| [("added".to_owned(), value.into(), HOUR)];
    assert_eq!(store.read_or_add(&entry("first")).await, Ok(vec![Some("first".into())]));
    assert_eq!(store.read_or_add(&entry("second")).await, Ok(vec![Some("first".into())]));
    assert_eq!(store.remove(&[], None).await, Ok(()), "nothing to do");
    assert_eq!(store.remove(&keys(&["missing", "added"]), Some("notice")).await, Ok(()));
    assert_eq!(store.read(&keys(&["added"])).await, Ok(vec![None]));
}
