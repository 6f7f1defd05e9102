//! An application with a store of its own for what it caches, and what the cache says of itself.

use std::collections::HashMap;
use std::future::ready;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use resourceful::cache::{BoxFuture, Bytes, Cache, CacheSettings, CacheStore, Unavailable};
use resourceful::prelude::*;
use resourceful::serde_json::json;
use resourceful::testing::{Answer, TestApp, TestDatabase};

use super::Entry;

/// A store without notices, which can be broken.
#[derive(Clone, Default)]
struct Shelf(Arc<Mutex<(HashMap<String, (Bytes, Instant)>, bool)>>);

impl Shelf {
    fn with<T>(&self, act: impl FnOnce(&mut HashMap<String, (Bytes, Instant)>) -> T) -> Result<T, Unavailable> {
        let mut inner = self.0.lock().expect("the shelf");
        if inner.1 { Err(Unavailable) } else { Ok(act(&mut inner.0)) }
    }

    fn break_it(&self) {
        self.0.lock().expect("the shelf").1 = true;
    }

    fn cache(&self) -> Cache {
        Cache::in_store(self.clone(), &CacheSettings::default())
    }
}

fn get(values: &HashMap<String, (Bytes, Instant)>, key: &str) -> Option<Bytes> {
    values.get(key).filter(|(_, until)| Instant::now() < *until).map(|(value, _)| value.clone())
}

impl CacheStore for Shelf {
    fn read<'a>(&'a self, keys: &'a [String]) -> BoxFuture<'a, Result<Vec<Option<Bytes>>, Unavailable>> {
        Box::pin(ready(self.with(|values| keys.iter().map(|key| get(values, key)).collect())))
    }

    fn read_or_add<'a>(
        &'a self,
        entries: &'a [(String, Bytes, Duration)],
    ) -> BoxFuture<'a, Result<Vec<Option<Bytes>>, Unavailable>> {
        Box::pin(ready(self.with(|values| {
            let add = |(key, value, ttl): &(String, Bytes, Duration)| {
                if get(values, key).is_none() {
                    values.insert(key.clone(), (value.clone(), Instant::now() + *ttl));
                }
                get(values, key)
            };
            entries.iter().map(add).collect()
        })))
    }

    fn write<'a>(&'a self, key: &'a str, value: Bytes, ttl: Duration) -> BoxFuture<'a, Result<(), Unavailable>> {
        Box::pin(ready(self.with(|values| drop(values.insert(key.to_owned(), (value, Instant::now() + ttl))))))
    }

    fn remove<'a>(&'a self, keys: &'a [String], _: Option<&'a str>) -> BoxFuture<'a, Result<(), Unavailable>> {
        Box::pin(ready(self.with(|values| keys.iter().for_each(|key| drop(values.remove(key))))))
    }
}

fn status(answer: &Answer) -> &str {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.header("cache-status").expect("development says where an answer came from")
}

const DEVELOPMENT: &[(&str, &str)] = &[("ENVIRONMENT", "development")];
const ENTRIES: &str = "/api/v1/cached-entries";

fn writer() -> CurrentUser {
    CurrentUser::new("auth0|ada").with_permissions(["cached_entries:write"])
}

#[test]
fn an_application_keeps_answers_in_a_store_of_its_own() {
    let shelf = Shelf::default();
    let (one, two) = (shelf.cache(), shelf.cache());
    let of_app = one.clone();
    let first = TestApp::start_with(TestDatabase::Sqlite, DEVELOPMENT, |app| app.cache(of_app).resource::<Entry>());
    let of_app = two.clone();
    let second = first.another_with(DEVELOPMENT, |app| app.cache(of_app).resource::<Entry>());
    let entry = first.as_user(writer()).post(ENTRIES, json!({"text": "old"})).json();
    let path = format!("{ENTRIES}/{}", entry["id"].as_str().expect("an id"));

    assert_eq!(status(&first.anonymous().get(&path)), "resourceful; fwd=miss; stored");
    let stats = one.stats();
    assert_eq!((stats.hits, stats.shared_hits, stats.misses, stats.loads, stats.failures), (0, 0, 1, 1, 0));
    // It is stored after the response.
    let begun = Instant::now();
    let answer = loop {
        let answer = second.anonymous().get(&path);
        if status(&answer) == "resourceful; hit; detail=shared" {
            break answer;
        }
        assert_eq!(status(&answer), "resourceful; fwd=miss; stored");
        assert!(begun.elapsed() < Duration::from_secs(20), "the other server finds it");
    };
    assert_eq!(answer.json()["text"], "old");
    assert_eq!((two.stats().shared_hits, two.stats().hits), (1, 0), "a store without notices is asked for every value");

    let changed = first.as_user(writer()).patch(&path, json!({"text": "new"}));
    assert_eq!(changed.status, 200, "{}", changed.text());
    for app in [&first, &second] {
        let answer = app.anonymous().get(&path);
        assert_eq!((status(&answer).starts_with("resourceful; "), &answer.json()["text"]), (true, &json!("new")));
    }
    let answer = first.anonymous().get(&format!("{path}0"));
    assert_eq!((answer.status, answer.header("cache-status")), (404, None), "errors are not kept");

    shelf.break_it();
    let answer = first.anonymous().get(&path);
    assert_eq!((status(&answer), &answer.json()["text"]), ("resourceful; fwd=miss; stored", &json!("new")));
}

#[test]
fn only_development_says_where_an_answer_came_from() {
    for (settings, expected) in [
        (DEVELOPMENT, [Some("resourceful; fwd=miss; stored"), Some("resourceful; hit")]),
        (&[("ENVIRONMENT", "test")], [None, None]),
    ] {
        let app = TestApp::start_with(TestDatabase::Sqlite, settings, |app| app.resource::<Entry>());
        let said = [(); 2].map(|()| {
            let answer = app.anonymous().get(ENTRIES);
            assert_eq!(answer.status, 200, "{}", answer.text());
            answer.header("cache-status").map(str::to_owned)
        });
        assert_eq!(said.each_ref().map(Option::as_deref), expected, "{settings:?}");
        let stats = app.ctx().cache().stats();
        assert_eq!(
            (stats.hits, stats.shared_hits, stats.misses, stats.loads, stats.failures),
            (1, 0, 1, 1, 0),
            "{settings:?}"
        );
    }
}
