//! Whether the current work loads a value that is kept for others.

tokio::task_local! {
    static LOADING: ();
}

/// Loads a value.
pub(super) async fn run<T>(load: impl Future<Output = T>) -> T {
    LOADING.scope((), load).await
}

/// Whether the current work loads a value that is kept for others. It must be read from where every write is at once: what is
/// loaded after an invalidation is used for long.
#[cfg_attr(not(feature = "postgres"), allow(dead_code, reason = "only PostgreSQL has replicas"))]
pub(crate) fn is_loading() -> bool {
    LOADING.try_with(|()| ()).is_ok()
}
