//! Work that waits for the commit of a transaction.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::Context;
use crate::error::Result;

type Job = Box<dyn FnOnce(Context) -> BoxFuture<'static, Result<()>> + Send>;

/// What is queued, in its order.
#[derive(Default)]
pub(super) struct AfterCommit {
    jobs: Mutex<Vec<Job>>,
    /// The keys of files that no row has any more.
    discarded: Arc<Mutex<Vec<String>>>,
}

impl AfterCommit {
    pub(super) fn add<F, J>(&self, job: J)
    where
        J: FnOnce(Context) -> F + Send + 'static,
        F: Future<Output = Result<()>> + Send + 'static,
    {
        let job: Job = Box::new(move |ctx| job(ctx).boxed());
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner).push(job);
    }

    /// Queues the removal of files, as one job for all of them.
    #[cfg_attr(not(feature = "storage"), allow(dead_code))]
    pub(super) fn discard<F>(&self, keys: Vec<String>, discard: fn(Context, Vec<String>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let mut discarded = self.discarded.lock().unwrap_or_else(PoisonError::into_inner);
        let is_queued = !discarded.is_empty();
        discarded.extend(keys);
        if is_queued || discarded.is_empty() {
            return;
        }
        let all = self.discarded.clone();
        self.add(move |ctx| async move {
            let keys = std::mem::take(&mut *all.lock().unwrap_or_else(PoisonError::into_inner));
            discard(ctx, keys).await;
            Ok(())
        });
    }

    pub(super) fn take(&self) -> Jobs {
        Jobs(std::mem::take(&mut *self.jobs.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

/// The jobs of a transaction that was committed.
pub(super) struct Jobs(Vec<Job>);

impl Jobs {
    /// Runs all, one after the other.
    pub(super) async fn run(self, ctx: &Context) {
        for job in self.0 {
            let job = AssertUnwindSafe(async { job(ctx.clone()).await });
            match job.catch_unwind().await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::error!(?error, "work queued for after the commit failed; the write itself is committed")
                }
                Err(_) => tracing::error!("work queued for after the commit panicked; the write itself is committed"),
            }
        }
    }
}
