//! The cache as its users see it.

use std::sync::Arc;

use bytes::Bytes;

use super::far::Far;
use super::flight::Keys;
use super::inner::Inner;
use super::keep::Keep;
use super::listen;
use super::marks::{Epoch, Marks};
use super::near::Near;
use super::pending::Notice;
use super::settings::CacheSettings;
use super::stats::{CacheStats, Counts, Source};
use super::store::CacheStore;

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

impl Cache {
    /// A cache in the memory of this process, of at most this number of bytes.
    pub fn in_memory(limit: u64) -> Self {
        Self::of(limit, None)
    }

    /// A cache that processes share in this store. Each process also keeps values in its memory, if the store tells it what
    /// the others change.
    pub fn in_store(store: impl CacheStore, settings: &CacheSettings) -> Self {
        Self::of(settings.memory_limit, Some(Far::new(store, &settings.namespace)))
    }

    fn of(limit: u64, far: Option<Far>) -> Self {
        Self(Arc::new(Inner {
            near: Near::new(limit),
            marks: Marks::new(),
            keys: Keys::new(),
            far,
            counts: Counts::default(),
        }))
    }

    /// The parts. With the first use the process begins to listen to others.
    pub(super) fn inner(&self) -> &Arc<Inner> {
        listen::start(&self.0);
        &self.0
    }

    /// The value of this key, if there is one that is not outdated.
    pub async fn get_bytes(&self, key: &str) -> Option<Bytes> {
        self.inner().get(key).await
    }

    /// Stores a value. It replaces what is stored under the key, also if a load of the key is in progress.
    pub async fn set_bytes(&self, key: &str, value: Bytes, keep: Keep<'_>) {
        self.inner().set(key, value, keep).await;
    }

    /// The value of this key. If there is none, it is loaded and stored. Concurrent callers of the same key wait for one load,
    /// for at most 10 seconds; after that each loads the value for itself.
    ///
    /// If the caller who loads is dropped, another caller that waits loads the value with its own function.
    ///
    /// # Errors
    /// The error of the load. Errors are not stored. If a load fails, one of those that wait tries once more; if that fails
    /// too, all of them get a clone of its error.
    pub async fn get_or_set_bytes<E, F>(&self, key: &str, keep: Keep<'_>, load: impl FnOnce() -> F) -> Result<Bytes, E>
    where
        F: Future<Output = Result<Bytes, E>>,
        E: Clone + Send + Sync + 'static,
    {
        self.find_or_load(key, keep, load).await.0
    }

    /// The same, and where the value came from.
    pub(crate) async fn find_or_load<E, F>(
        &self,
        key: &str,
        keep: Keep<'_>,
        load: impl FnOnce() -> F,
    ) -> (Result<Bytes, E>, Source)
    where
        F: Future<Output = Result<Bytes, E>>,
        E: Clone + Send + Sync + 'static,
    {
        self.inner().load(key, keep, load, |value| Some(Bytes::clone(value)), Some).await
    }

    /// Removes the value of this key. A load of the key that is in progress does not bring it back.
    pub async fn delete(&self, key: &str) {
        self.inner().invalidate(Notice::Key(key.to_owned())).await;
    }

    /// Makes every value with this tag outdated: in this process before it returns, in the others as the guide
    /// [caching](crate::guide::caching) says.
    pub async fn invalidate_tag(&self, tag: &str) {
        self.inner().invalidate(Notice::Tag(tag.to_owned())).await;
    }

    /// Makes every value outdated.
    pub async fn clear(&self) {
        self.inner().invalidate(Notice::Everything).await;
    }

    /// The current epoch of a tag, for values that are kept elsewhere in this process: as long as it is equal to the epoch
    /// from before a value was loaded, the value is not outdated. `None` while this process cannot hear what others change;
    /// then such a value must not be used. It takes no round trip.
    pub fn epoch(&self, tag: &str) -> Option<Epoch> {
        let inner = self.inner();
        (inner.keeps() && inner.is_in_sync()).then(|| inner.marks.epoch(tag))
    }

    /// Begins a new epoch of a tag; the same as [`invalidate_tag`](Self::invalidate_tag). A writer awaits it after its commit
    /// and before it answers.
    pub async fn raise(&self, tag: &str) {
        self.invalidate_tag(tag).await;
    }

    /// What the cache has done in this process since it was made, for metrics. It takes no round trip. Counts of the same
    /// moment may differ by what is happening meanwhile.
    pub fn stats(&self) -> CacheStats {
        self.0.counts.sum()
    }

    /// How many uses of the store that processes share have failed or took too long.
    pub(crate) fn store_failures(&self) -> u64 {
        self.0.far.as_ref().map_or(0, Far::failures)
    }

    /// The number of bytes that the cache occupies in this process.
    pub fn memory(&self) -> u64 {
        self.0.near.bytes()
    }
}

impl std::fmt::Debug for Cache {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Cache").finish_non_exhaustive()
    }
}
