//! Where a cached function finds its cache.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::handle::Cache;

/// Something from which a function with [`#[cached]`](macro@crate::cached) gets its cache: an argument, or `self`.
///
/// [`Cache`], [`Context`](crate::Context), [`Tx`](crate::Tx) and the services of resources have it. Write it for your own
/// types with methods that are cached:
///
/// ```
/// use resourceful::cache::{Cache, CacheSource};
///
/// struct Weather {
///     cache: Cache,
/// }
///
/// impl CacheSource for Weather {
///     fn source_cache(&self) -> Cache {
///         self.cache.clone()
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`#[cached]` finds no cache in `{Self}`",
    label = "this function is cached in `{Self}`",
    note = "implement `resourceful::cache::CacheSource` for it, or write `cache = expression` in the attribute"
)]
pub trait CacheSource: Sync {
    /// The cache.
    fn source_cache(&self) -> Cache;

    /// The caller on whose behalf this acts, if results can depend on the caller: each has values of their own then.
    fn viewer(&self) -> Option<String> {
        None
    }

    /// Whether this sees changes that are not committed. Then functions run without the cache.
    fn in_transaction(&self) -> bool {
        false
    }

    /// Makes the values with this tag outdated. In a transaction that happens after the commit.
    fn invalidate_cached(&self, tag: String) -> BoxFuture<'_, ()> {
        let cache = self.source_cache();
        async move { cache.invalidate_tag(&tag).await }.boxed()
    }
}

impl CacheSource for Cache {
    fn source_cache(&self) -> Cache {
        self.clone()
    }
}

/// The same source: it names the trait that the argument, `self` or the expression needs.
pub fn cache_of<S: CacheSource + ?Sized>(source: &S) -> &S {
    source
}
