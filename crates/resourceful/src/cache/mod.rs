//! The cache of an application: values that are made again when they are missing or outdated.
//!
//! A [`Cache`] keeps bytes, or any type that serde knows, under text keys, each for its own time to live ([`Keep`]). Values
//! can have tags; [`invalidate_tag`](Cache::invalidate_tag) makes all values with a tag outdated at once.
//!
//! - Of many callers that miss the same key at the same time, one loads the value (*single flight*).
//! - A value whose load began before an invalidation, or before a `set` or `delete` of its key, is never returned after it.
//! - The cache never makes a request fail.

mod cached;
mod envelope;
mod far;
mod flight;
mod handle;
mod inner;
mod keep;
mod key;
mod link;
mod listen;
mod load;
mod loading;
mod marks;
mod near;
mod pending;
#[cfg(feature = "redis")]
mod redis_store;
mod settings;
mod source;
mod stats;
mod store;
mod typed;

pub use bytes::Bytes;
#[doc(hidden)]
pub use cached::{CachedError, CachedValue, cached_result, cached_value};
pub use futures_util::future::BoxFuture;
pub use handle::Cache;
pub use keep::Keep;
#[doc(hidden)]
pub use key::{CacheKey, CacheKeyPart};
#[cfg(feature = "postgres")]
pub(crate) use loading::is_loading;
pub use marks::Epoch;
#[cfg(feature = "redis")]
pub use redis_store::RedisStore;
pub use settings::CacheSettings;
pub use source::CacheSource;
#[doc(hidden)]
pub use source::{CacheUse, SourceOf, cache_of};
pub use stats::CacheStats;
pub(crate) use stats::Source;
pub use store::{CacheStore, Listener, Unavailable};
