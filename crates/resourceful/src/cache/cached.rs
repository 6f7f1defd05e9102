//! What functions with `#[cached]` call.

use std::convert::Infallible;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::handle::Cache;
use super::keep::Keep;
use super::source::CacheSource;

/// What a call needs of its source.
#[derive(Debug)]
pub struct CacheUse {
    /// `None` in a transaction: then functions run without the cache.
    cache: Option<Cache>,
    viewer: Option<String>,
}

impl CacheUse {
    /// The cache of this source.
    pub fn of<S: CacheSource + ?Sized>(source: &S) -> Self {
        Self { cache: (!source.in_transaction()).then(|| source.source_cache()), viewer: source.viewer() }
    }
}

/// The result of a function that can fail, from the cache or from `load`.
///
/// # Errors
/// The error of the function.
pub async fn cached_result<T, E, F>(
    through: &CacheUse,
    key: &str,
    ttl: Duration,
    tags: &[&str],
    load: impl FnOnce() -> F,
) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
    T: Serialize + DeserializeOwned,
    E: Clone + Send + Sync + 'static,
{
    let Some(cache) = &through.cache else { return load().await };
    // The tag that invalidates the values of all callers
    let mut all: Vec<&str> = vec![key];
    all.extend(tags);
    let keep = Keep::new(ttl).tags(&all);
    match &through.viewer {
        None => cache.get_or_set(key, keep, load).await,
        // An argument in a key has no space.
        Some(viewer) => cache.get_or_set(&format!("{key} for {viewer}"), keep, load).await,
    }
}

/// The value of a function that cannot fail, from the cache or from `load`.
pub async fn cached_value<T, F>(
    through: &CacheUse,
    key: &str,
    ttl: Duration,
    tags: &[&str],
    load: impl FnOnce() -> F,
) -> T
where
    F: Future<Output = T>,
    T: Serialize + DeserializeOwned,
{
    let load = || async { Ok::<T, Infallible>(load().await) };
    match cached_result(through, key, ttl, tags, load).await {
        Ok(value) => value,
        Err(never) => match never {},
    }
}

/// Makes the value of a function outdated, for all callers.
pub async fn forget_cached<S: CacheSource + ?Sized>(source: &S, key: String) {
    source.invalidate_cached(key).await;
}
