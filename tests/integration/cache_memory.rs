//! The cache in one process: times to live, tags, single flight, and loads that are overtaken by changes.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use resourceful::Error;
use resourceful::cache::{Cache, Keep};
use tokio::sync::{Notify, oneshot};
use tokio::time::sleep;

const MINUTE: Duration = Duration::from_secs(60);

fn cache() -> Cache {
    Cache::in_memory(1024 * 1024)
}

fn keep() -> Keep<'static> {
    Keep::new(MINUTE).tags(&["tag"])
}

async fn yields() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn values_are_stored_until_they_expire_are_deleted_or_a_tag_is_invalidated() {
    let cache = cache();
    assert_eq!(cache.get::<String>("key").await, None);
    cache.set("key", &"value", keep()).await;
    assert_eq!(cache.get::<String>("key").await.as_deref(), Some("value"));
    assert_eq!(cache.get::<i32>("key").await, None, "a value of another type counts as none");

    cache.invalidate_tag("other").await;
    assert_eq!(cache.get::<String>("key").await.as_deref(), Some("value"));
    cache.invalidate_tag("tag").await;
    assert_eq!(cache.get::<String>("key").await, None);

    cache.set("key", &"value", keep()).await;
    cache.delete("key").await;
    assert_eq!(cache.get::<String>("key").await, None);

    cache.set("key", &"value", keep()).await;
    cache.clear().await;
    assert_eq!(cache.get::<String>("key").await, None);

    // The second value has the time of the second call, although the key was there.
    cache.set("key", &"long", keep()).await;
    cache.set("key", &"short", Keep::new(Duration::from_millis(50))).await;
    assert_eq!(cache.get::<String>("key").await.as_deref(), Some("short"));
    sleep(Duration::from_millis(100)).await;
    assert_eq!(cache.get::<String>("key").await, None);
    cache.set("key", &"none", Keep::new(Duration::ZERO)).await;
    assert_eq!(cache.get::<String>("key").await, None);
}

#[tokio::test]
async fn memory_is_bounded_in_bytes() {
    let cache = cache();
    for number in 0..1_000 {
        cache.set_bytes(&number.to_string(), vec![0; 10_000].into(), keep()).await;
    }
    assert!(cache.memory() <= 1024 * 1024, "{} bytes", cache.memory());
    assert!(cache.memory() > 100 * 1024, "{} bytes", cache.memory());
    // One value never evicts all others.
    cache.set_bytes("large", vec![0; 500_000].into(), keep()).await;
    assert_eq!(cache.get_bytes("large").await, None);
    // A small part of a large buffer does not keep the buffer.
    let (buffer, weak) = watched(vec![0; 900_000]);
    cache.set_bytes("part", buffer.slice(..10), keep()).await;
    drop(buffer);
    assert_eq!(cache.get_bytes("part").await.map(|part| part.len()), Some(10));
    assert!(weak.upgrade().is_none(), "the buffer is freed");
}

/// Bytes, and a way to see whether they are still in memory.
fn watched(bytes: Vec<u8>) -> (actix_bytes::Bytes, std::sync::Weak<Vec<u8>>) {
    struct Shared(Arc<Vec<u8>>);
    impl AsRef<[u8]> for Shared {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }
    let owner = Arc::new(bytes);
    let weak = Arc::downgrade(&owner);
    (actix_bytes::Bytes::from_owner(Shared(owner)), weak)
}

mod actix_bytes {
    pub(super) use resourceful::actix_web::web::Bytes;
}

/// A change of a key or a tag while its load is in progress.
type Change = fn(Cache) -> futures_util::future::BoxFuture<'static, ()>;

const CHANGES: &[(&str, Change, Option<&str>)] = &[
    ("set", |cache| async move { cache.set("key", &"new", keep()).await }.boxed(), Some("new")),
    ("delete", |cache| async move { cache.delete("key").await }.boxed(), None),
    ("invalidate_tag", |cache| async move { cache.invalidate_tag("tag").await }.boxed(), None),
    ("raise", |cache| async move { cache.raise("tag").await }.boxed(), None),
    ("clear", |cache| async move { cache.clear().await }.boxed(), None),
];

#[tokio::test]
async fn a_load_never_overwrites_what_changed_after_it_began() {
    for (name, change, after) in CHANGES {
        let cache = cache();
        let (started, finish) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let loading = tokio::spawn({
            let (cache, started, finish) = (cache.clone(), started.clone(), finish.clone());
            async move {
                let load = async || {
                    started.notify_one();
                    finish.notified().await;
                    Ok::<_, Infallible>("old".to_owned())
                };
                cache.get_or_set("key", keep(), load).await
            }
        });
        started.notified().await;
        change(cache.clone()).await;
        // A caller after the change does not wait for the old load, and does not get its value.
        let fresh = cache.get_or_set("key", keep(), async || Ok::<_, Infallible>("fresh".to_owned())).await;
        assert_eq!(fresh.as_deref(), Ok(after.unwrap_or("fresh")), "{name}");
        finish.notify_one();
        assert_eq!(loading.await.expect("no panic").as_deref(), Ok("old"), "{name}: who began before may get it");
        let stored = cache.get::<String>("key").await;
        assert_eq!(stored.as_deref(), Some(after.unwrap_or("fresh")), "{name}: the older load stores nothing");
    }
}

#[tokio::test]
async fn epochs_change_with_their_tag_only() {
    let cache = cache();
    let (tag, other) = (cache.epoch("tag"), cache.epoch("other"));
    assert!(tag.is_some());
    assert_eq!(cache.epoch("tag"), tag);
    cache.raise("tag").await;
    assert_ne!(cache.epoch("tag"), tag);
    assert_eq!(cache.epoch("other"), other);
    let raised = cache.epoch("tag");
    cache.invalidate_tag("tag").await;
    assert_ne!(cache.epoch("tag"), raised);
    cache.clear().await;
    assert_ne!(cache.epoch("other"), other);
}

#[tokio::test]
async fn of_a_thousand_callers_one_loads() {
    let (cache, loads) = (cache(), Arc::new(AtomicUsize::new(0)));
    let call = || {
        let (cache, loads) = (cache.clone(), loads.clone());
        tokio::spawn(async move {
            let load = async || {
                loads.fetch_add(1, Ordering::SeqCst);
                sleep(Duration::from_millis(50)).await;
                Ok::<_, Infallible>(7)
            };
            cache.get_or_set("key", keep(), load).await
        })
    };
    let all = join_all((0..1_000).map(|_| call())).await;
    assert!(all.into_iter().all(|value| value.expect("no panic") == Ok(7)));
    assert_eq!(loads.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn after_a_failure_one_more_load_serves_all() {
    for (failures, expected) in [(1, Ok(7)), (1_000, Err("conflict"))] {
        let (cache, loads) = (cache(), Arc::new(AtomicUsize::new(0)));
        let call = || {
            let (cache, loads) = (cache.clone(), loads.clone());
            tokio::spawn(async move {
                let load = async || {
                    let number = loads.fetch_add(1, Ordering::SeqCst);
                    sleep(Duration::from_millis(50)).await;
                    if number < failures { Err(Error::conflict("conflict", "no")) } else { Ok(7) }
                };
                cache.get_or_set("key", keep(), load).await
            })
        };
        let all = join_all((0..1_000).map(|_| call())).await;
        let all: Vec<_> = all.into_iter().map(|value| value.expect("no panic")).collect();
        assert_eq!(loads.load(Ordering::SeqCst), 2);
        let first = all.iter().filter(|value| value.is_err()).count();
        let rest =
            all.iter().filter(|value| value.as_ref().map_err(Error::slug) == expected.as_ref().map_err(|e| *e)).count();
        assert!(rest >= 999, "{rest} of 1,000 have the result of the second load; {first} failed");
        // The error is not stored.
        let after = cache.get_or_set("key", keep(), async || Ok::<_, Error>(8)).await;
        assert_eq!(after.ok(), Some(expected.unwrap_or(8)));
    }
}

#[tokio::test]
async fn a_leader_that_disappears_hands_over() {
    let (cache, loads) = (cache(), Arc::new(AtomicUsize::new(0)));
    let call = |gate: oneshot::Receiver<()>| {
        let (cache, loads) = (cache.clone(), loads.clone());
        tokio::spawn(async move {
            let load = async || {
                loads.fetch_add(1, Ordering::SeqCst);
                let _ = gate.await;
                Ok::<_, Infallible>(7)
            };
            cache.get_or_set("key", keep(), load).await
        })
    };
    let (gates, receivers): (Vec<_>, Vec<_>) = (0..10).map(|_| oneshot::channel()).unzip();
    let mut calls: Vec<_> = receivers.into_iter().map(call).collect();
    yields().await;
    assert_eq!(loads.load(Ordering::SeqCst), 1);
    // The leader, then the next one, whoever it is: all others are served.
    calls.remove(0).abort();
    yields().await;
    assert_eq!(loads.load(Ordering::SeqCst), 2, "another one took over");
    for gate in gates {
        let _ = gate.send(());
    }
    for call in calls {
        assert_eq!(call.await.expect("no panic"), Ok(7));
    }
    assert_eq!(loads.load(Ordering::SeqCst), 2);

    // When all of them disappear, nothing remains that a later caller would wait for.
    let (_gate, receiver) = oneshot::channel();
    cache.delete("key").await;
    let last = call(receiver);
    yields().await;
    last.abort();
    yields().await;
    let later = tokio::time::timeout(MINUTE, cache.get_or_set("key", keep(), async || Ok::<_, Infallible>(9)));
    assert_eq!(later.await.expect("no hang"), Ok(9));
}

#[tokio::test]
async fn a_value_that_cannot_be_written_is_returned_and_not_stored() {
    use std::collections::HashMap;
    let cache = cache();
    // JSON has no maps with such keys.
    let value: HashMap<(u8, u8), u8> = HashMap::from([((1, 2), 3)]);
    let calls = (0..3).map(|_| cache.get_or_set("key", keep(), async || Ok::<_, Infallible>(value.clone())));
    for loaded in join_all(calls).await {
        assert_eq!(loaded.as_ref(), Ok(&value));
    }
    assert_eq!(cache.get_bytes("key").await, None);
}

#[tokio::test]
async fn what_a_cache_does_is_counted() {
    let cache = cache();
    let counts = || {
        let stats = cache.stats();
        (stats.hits, stats.misses, stats.loads, stats.failures)
    };
    assert_eq!(cache.get::<i32>("key").await, None);
    assert_eq!(counts(), (0, 1, 0, 0), "a value that is not there");
    let load = async || {
        yields().await;
        Ok::<_, Error>(1)
    };
    let all = join_all((0..5).map(|_| cache.get_or_set("key", keep(), load))).await;
    assert!(all.iter().all(|value| matches!(value, Ok(1))));
    assert_eq!(counts(), (0, 6, 1, 0), "five who ask at once, and one load");
    assert!(matches!(cache.get_or_set("key", keep(), load).await, Ok(1)));
    assert_eq!(cache.get::<i32>("key").await, Some(1));
    assert_eq!(counts(), (2, 6, 1, 0), "the value is there");
    let fail = async || Err::<i32, _>(Error::internal("fails"));
    assert!(cache.get_or_set("other", keep(), fail).await.is_err());
    assert_eq!(counts(), (2, 7, 2, 1), "a load that fails");
    cache.invalidate_tag("tag").await;
    assert_eq!(cache.clone().get::<i32>("key").await, None);
    assert_eq!(counts(), (2, 8, 2, 1), "a value that is outdated, through a clone");
    assert_eq!(cache.stats().shared_hits, 0);
}
