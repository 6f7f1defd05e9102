//! Processes of an application that share a Redis server of a test's own.

use std::time::Duration;

use resourceful::cache::{Cache, CacheSettings, RedisStore};
use resourceful::redis::Redis;
use tokio::time::{Instant, sleep};

pub(crate) use crate::redis_server::RedisServer as Server;

/// How long a test waits for something that should happen soon.
const PATIENCE: Duration = Duration::from_secs(20);

impl Server {
    /// The cache of a process of the application.
    pub(crate) fn process(&self) -> Cache {
        process(&self.url(), "test")
    }

    /// Processes that hear each other.
    pub(crate) async fn processes<const COUNT: usize>(&self) -> [Cache; COUNT] {
        let all = [(); COUNT].map(|()| self.process());
        for cache in &all {
            in_sync(cache).await;
        }
        all
    }
}

/// The cache of a process of this application.
pub(crate) fn process(url: &str, namespace: &str) -> Cache {
    let settings = CacheSettings { namespace: namespace.to_owned(), ..CacheSettings::default() };
    Cache::in_store(RedisStore::new(&Redis::new(url).expect("an address"), namespace), &settings)
}

/// Waits until something is true.
pub(crate) async fn eventually(what: &str, mut is_true: impl AsyncFnMut() -> bool) {
    let until = Instant::now() + PATIENCE;
    while !is_true().await {
        assert!(Instant::now() < until, "not in time: {what}");
        sleep(Duration::from_millis(5)).await;
    }
}

/// Waits until the process hears what others change.
pub(crate) async fn in_sync(cache: &Cache) {
    eventually("in sync", async || cache.epoch("").is_some()).await;
}

/// Waits until the process hears nothing.
pub(crate) async fn out_of_sync(cache: &Cache) {
    eventually("out of sync", async || cache.epoch("").is_none()).await;
}
