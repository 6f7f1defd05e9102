//! What functions with `#[cached]` call.

use std::convert::Infallible;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::keep::Keep;
use super::source::CacheUse;

/// A value that can be kept.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be kept in a cache, since serde cannot write and read it",
    label = "the value of this function is kept",
    note = "add `#[derive(serde::Serialize, serde::Deserialize)]` to it; for types of other crates, look for their feature `serde`; a value cannot borrow"
)]
pub trait CachedValue: Serialize + DeserializeOwned {}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned> CachedValue for T {}

/// An error that every caller gets who waited for the same call.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the error of a cached function: all callers who wait for the same call get it, so it needs `Clone + Send + Sync`; add `#[derive(Clone)]` to it",
    label = "this error is given to several callers",
    note = "it needs `Clone + Send + Sync`: add `#[derive(Clone)]` to it, or return another error, such as `resourceful::Error` or a `String`"
)]
pub trait CachedError: Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<E: Clone + Send + Sync + 'static> CachedError for E {}

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
    T: CachedValue,
    E: CachedError,
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
    T: CachedValue,
{
    let load = || async { Ok::<T, Infallible>(load().await) };
    match cached_result(through, key, ttl, tags, load).await {
        Ok(value) => value,
        Err(never) => match never {},
    }
}
