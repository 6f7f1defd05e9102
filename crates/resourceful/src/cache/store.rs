//! The trait of adapters: a store that the processes of an application share.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::BoxFuture;

/// The store did not do what was asked: it cannot be reached, is too slow, or refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable;

/// A store that the processes of an application share, such as Redis. Each method is one exchange with the store.
///
/// A [`Cache`](super::Cache) waits for a method for at most 50 ms, and does not call the store for one second after a
/// failure. Stores need neither their own timeouts nor their own retries.
pub trait CacheStore: Send + Sync + 'static {
    /// The values of these keys, in their order. `keys` is never empty.
    fn read<'a>(&'a self, keys: &'a [String]) -> BoxFuture<'a, Result<Vec<Option<Bytes>>, Unavailable>>;

    /// Stores each of these values unless its key has one, and returns the values that the keys have then, in their order:
    /// `None` if a value could not be stored. `entries` is never empty.
    fn read_or_add<'a>(
        &'a self,
        entries: &'a [(String, Bytes, Duration)],
    ) -> BoxFuture<'a, Result<Vec<Option<Bytes>>, Unavailable>>;

    /// Stores a value for this time.
    fn write<'a>(&'a self, key: &'a str, value: Bytes, ttl: Duration) -> BoxFuture<'a, Result<(), Unavailable>>;

    /// Removes these keys, then tells all listeners the notice. It fails if one of both fails. It must also work in a store
    /// without free memory. `keys` may be empty.
    fn remove<'a>(&'a self, keys: &'a [String], notice: Option<&'a str>) -> BoxFuture<'a, Result<(), Unavailable>>;

    /// Begins to listen to the notices of all processes. `None`, the default, if this store has no notices: then processes
    /// ask the store for every value, and keep none themselves.
    fn listen(&self) -> Option<BoxFuture<'_, Result<Box<dyn Listener>, Unavailable>>> {
        None
    }
}

/// Receives notices; see [`CacheStore::listen`].
pub trait Listener: Send {
    /// The next notice; `None` if notices may have been lost. The future can be dropped without losing a notice.
    fn next(&mut self) -> BoxFuture<'_, Option<String>>;

    /// Checks that the store accepts changes and that this listener still hears it. After `Ok`, [`next`](Self::next) returns
    /// every notice from before the call without waiting.
    fn check(&mut self) -> BoxFuture<'_, Result<(), Unavailable>>;
}
