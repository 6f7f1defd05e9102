//! Where the values of `#[cached]` functions are kept that take a context or a transaction.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::{Context, Tx};
use crate::cache::{Cache, CacheSource};

impl CacheSource for Context {
    fn source_cache(&self) -> Cache {
        self.cache()
    }
}

impl CacheSource for Tx {
    fn source_cache(&self) -> Cache {
        self.ctx().cache()
    }

    fn in_transaction(&self) -> bool {
        true
    }

    fn invalidate_cached(&self, tag: String) -> BoxFuture<'_, ()> {
        self.after_commit(|ctx| async move {
            ctx.cache().invalidate_tag(&tag).await;
            Ok(())
        });
        std::future::ready(()).boxed()
    }
}
