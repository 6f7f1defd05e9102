//! What a piece of work is called in the log: the operation or the route that a statement runs for.

use std::sync::Arc;

use sea_orm::DbErr;

use crate::trace;

/// What statements run for.
#[derive(Debug, Clone)]
pub(crate) enum Work {
    /// An operation of a resource: `projects`, `list`.
    Operation {
        /// The name of the resource in permissions.
        resource: &'static str,
        /// The name of the operation.
        operation: &'static str,
        /// Whether it changes rows.
        #[cfg_attr(
            not(feature = "sqlite"),
            expect(dead_code, reason = "only readers and writers of SQLite take turns")
        )]
        is_write: bool,
    },
    /// An endpoint that is written by hand: `GET`, `/api/v1/projects/{id}/statistics`.
    Route {
        /// The HTTP method.
        method: &'static str,
        /// The template of the path.
        route: Arc<str>,
    },
    /// Work that no request asks for: `outbox`.
    #[cfg(feature = "mail")]
    Background(&'static str),
}

tokio::task_local! {
    static WORK: Work;
}

impl Work {
    /// Does this work; the statements in it have its name.
    pub(crate) async fn run<T>(self, work: impl Future<Output = T>) -> T {
        WORK.scope(self, work).await
    }

    /// Whether the current work is there to write: its reads, such as the look for a row that is referred to, come before a
    /// write.
    #[cfg(feature = "sqlite")]
    pub(super) fn is_write() -> bool {
        let is_write = WORK.try_with(|work| match work {
            Self::Operation { is_write, .. } => *is_write,
            Self::Route { method, .. } => !matches!(*method, "GET" | "HEAD"),
            #[cfg(feature = "mail")]
            Self::Background(_) => true,
        });
        is_write == Ok(true)
    }

    /// The current work; `None` outside of all.
    pub(super) fn current() -> Option<Self> {
        WORK.try_with(Self::clone).ok()
    }

    /// The same future for a task of its own, which belongs to the current work and its trace, too.
    pub(crate) fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> + use<F> {
        let current = Self::current();
        trace::carried(async move {
            match current {
                Some(current) => current.run(work).await,
                None => work.await,
            }
        })
    }
}

/// Runs a part of a transaction to its end, even if the caller is dropped.
pub(super) async fn in_own_task<T: Send + 'static>(
    work: impl Future<Output = Result<T, DbErr>> + Send + 'static,
) -> Result<T, DbErr> {
    match tokio::spawn(Work::carried(work)).await {
        Ok(done) => done,
        Err(panic) => Err(DbErr::Custom(format!("the transaction's task failed: {panic}"))),
    }
}
