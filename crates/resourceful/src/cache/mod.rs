//! The cache of an application: values that are made again when they are missing or outdated.
//!
//! A [`Cache`] keeps bytes, or any type that serde knows, under text keys, each for its own time to live ([`Keep`]). Values
//! can have tags; [`invalidate_tag`](Cache::invalidate_tag) makes all values with a tag outdated at once.
//!
//! - Of many callers that miss the same key at the same time, one loads the value (*single flight*).
//! - A value whose load began before an invalidation, or before a `set` or `delete` of its key, is never returned after it.
//! - The cache never makes a request fail.

mod flight;
mod keep;
mod marks;
mod near;
mod settings;
mod typed;

use std::any::Any;
use std::sync::Arc;

use bytes::Bytes;

pub use keep::Keep;
pub use marks::Epoch;
pub use settings::CacheSettings;

use flight::{Keys, Turn};
use marks::{Marks, Stamp};
use near::Near;

/// The cache of an application. Cheap to clone; all clones are the same cache.
///
/// ```
/// use std::time::Duration;
/// use resourceful::cache::{Cache, Keep};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let cache = Cache::in_memory(16 * 1024 * 1024);
/// let keep = Keep::new(Duration::from_secs(60)).tags(&["prices"]);
/// let load = async || Ok::<_, std::convert::Infallible>(42);
/// assert_eq!(cache.get_or_set("answer", keep, load).await, Ok(42));
/// assert_eq!(cache.get("answer").await, Some(42));
/// cache.invalidate_tag("prices").await;
/// assert_eq!(cache.get::<i32>("answer").await, None);
/// # }
/// ```
#[derive(Clone)]
pub struct Cache(Arc<Inner>);

struct Inner {
    near: Near,
    marks: Marks,
    keys: Keys,
}

impl Cache {
    /// A cache in the memory of this process, of at most this number of bytes.
    pub fn in_memory(limit: u64) -> Self {
        Self(Arc::new(Inner { near: Near::new(limit), marks: Marks::new(), keys: Keys::new() }))
    }

    /// A cache with these settings.
    pub fn new(settings: &CacheSettings) -> Self {
        Self::in_memory(settings.memory_limit)
    }

    /// The value of this key, if there is one that is not outdated.
    pub async fn get_bytes(&self, key: &str) -> Option<Bytes> {
        self.0.near(key)
    }

    /// Stores a value. It replaces what is stored under the key, also if a load of the key is in progress.
    pub async fn set_bytes(&self, key: &str, value: Bytes, keep: Keep<'_>) {
        let stamp = self.0.marks.stamp(keep.tags);
        let mut stripe = self.0.keys.lock(key);
        stripe.changes += 1;
        self.0.near.put(Arc::from(key), value, stamp, keep.jittered());
    }

    /// The value of this key. If there is none, it is loaded and stored. Concurrent callers of the same key wait for one load.
    ///
    /// The load must begin its work when the future that it returns is polled, not before. If its caller is dropped, another
    /// caller that waits loads the value with its own function.
    ///
    /// # Errors
    /// The error of the load. Errors are not stored. If a load fails, one of those that wait tries once more; if that fails
    /// too, all of them get a clone of its error.
    pub async fn get_or_set_bytes<E, F>(&self, key: &str, keep: Keep<'_>, load: impl FnOnce() -> F) -> Result<Bytes, E>
    where
        F: Future<Output = Result<Bytes, E>>,
        E: Clone + Send + Sync + 'static,
    {
        self.load(key, keep, load, |value| Some(value.clone()), Some).await
    }

    /// Removes the value of this key. A load of the key that is in progress does not bring it back.
    pub async fn delete(&self, key: &str) {
        self.0.forget(key);
    }

    /// Makes every value with this tag outdated.
    pub async fn invalidate_tag(&self, tag: &str) {
        self.0.marks.invalidate(tag);
    }

    /// Makes every value outdated.
    pub async fn clear(&self) {
        self.0.marks.invalidate_all();
        self.0.near.clear();
    }

    /// The current epoch of a tag, for values that are kept elsewhere in this process: as long as it is equal to the epoch
    /// from before a value was loaded, the value is not outdated. `None` if that cannot be known; then such a value must not
    /// be used. It takes no round trip.
    pub fn epoch(&self, tag: &str) -> Option<Epoch> {
        Some(self.0.marks.epoch(tag))
    }

    /// Begins a new epoch of a tag; the same as [`invalidate_tag`](Self::invalidate_tag). A writer awaits it after its commit
    /// and before it answers.
    pub async fn raise(&self, tag: &str) {
        self.invalidate_tag(tag).await;
    }

    /// The number of bytes that the cache occupies in this process.
    pub fn memory(&self) -> u64 {
        self.0.near.bytes()
    }

    /// The value of this key, loaded if it is missing. `encode` is `None` for a value that cannot be stored, and `decode` for
    /// bytes that are not such a value.
    async fn load<T, E, F>(
        &self,
        key: &str,
        keep: Keep<'_>,
        load: impl FnOnce() -> F,
        encode: impl FnOnce(&T) -> Option<Bytes>,
        decode: impl Fn(Bytes) -> Option<T>,
    ) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
        E: Clone + Send + Sync + 'static,
    {
        let inner = &*self.0;
        if let Some(value) = inner.near(key) {
            match decode(value) {
                Some(value) => return Ok(value),
                None => inner.forget(key),
            }
        }
        let mut seat = {
            let stripe = inner.keys.lock(key);
            // Another caller may have stored it since.
            if let Some(value) = inner.near(key).and_then(&decode) {
                return Ok(value);
            }
            inner.keys.join(stripe, key, inner.marks.stamp(keep.tags))
        };
        match seat.turn().await {
            Turn::Lead => {}
            Turn::Value(value) => {
                drop(seat);
                return match decode(value) {
                    Some(value) => Ok(value),
                    None => load().await,
                };
            }
            Turn::Error(error) => match error.downcast_ref::<E>() {
                Some(error) => return Err(error.clone()),
                // Another type of error, of another function with this key
                None => {
                    drop(seat);
                    return load().await;
                }
            },
            Turn::Alone => {
                drop(seat);
                return load().await;
            }
        }
        let value = match load().await {
            Ok(value) => value,
            Err(error) => {
                let shared: Arc<dyn Any + Send + Sync> = Arc::new(error.clone());
                seat.failed(shared);
                return Err(error);
            }
        };
        match encode(&value) {
            Some(bytes) => seat.loaded(bytes.clone(), |seat| {
                // An outdated value would replace a newer one of the same key.
                if inner.is_current(seat.stamp()) {
                    inner.near.put(seat.key().clone(), bytes, seat.stamp().clone(), keep.jittered());
                }
            }),
            None => seat.unshared(),
        }
        Ok(value)
    }
}

impl Inner {
    /// The value in this process, if it is not outdated.
    fn near(&self, key: &str) -> Option<Bytes> {
        let entry = self.near.get(key)?;
        self.is_current(&entry.stamp).then(|| entry.value.clone())
    }

    fn is_current(&self, stamp: &Stamp) -> bool {
        self.marks.is_current(stamp)
    }

    /// Removes the value of this key from this process.
    fn forget(&self, key: &str) {
        let mut stripe = self.keys.lock(key);
        stripe.changes += 1;
        self.near.remove(key);
    }
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}
