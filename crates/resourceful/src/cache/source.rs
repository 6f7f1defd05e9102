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

/// What a call needs of its source.
#[derive(Debug)]
pub struct CacheUse {
    /// `None` in a transaction: then functions run without the cache.
    pub(super) cache: Option<Cache>,
    pub(super) viewer: Option<String>,
}

impl CacheUse {
    /// The cache of this source.
    pub fn of<S: CacheSource + ?Sized>(source: &S) -> Self {
        Self { cache: (!source.in_transaction()).then(|| source.source_cache()), viewer: source.viewer() }
    }
}

/// What a cached function needs of its source. Only [`cache_of`] asks for the trait, so that the compiler names a source without a
/// cache once.
#[derive(Debug)]
pub struct SourceOf<'a, S: ?Sized> {
    source: &'a S,
    cache_use: fn(&S) -> CacheUse,
    forget: for<'b> fn(&'b S, String) -> BoxFuture<'b, ()>,
}

/// The source, which is an argument, `self` or the expression of the attribute.
pub fn cache_of<S: CacheSource + ?Sized>(source: &S) -> SourceOf<'_, S> {
    SourceOf { source, cache_use: CacheUse::of::<S>, forget: S::invalidate_cached }
}

impl<S: ?Sized> SourceOf<'_, S> {
    /// The cache, and whose values are wanted.
    pub fn cache_use(&self) -> CacheUse {
        (self.cache_use)(self.source)
    }

    /// Makes the value of a function outdated, for all callers.
    pub async fn forget(&self, key: String) {
        (self.forget)(self.source, key).await;
    }
}
