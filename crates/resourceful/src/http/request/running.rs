//! How many requests run at the same time.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// The requests that run now, of all APIs of a context.
#[derive(Default)]
pub(crate) struct Requests {
    running: AtomicUsize,
    /// Whether requests were refused since there were few enough.
    is_overloaded: AtomicBool,
}

/// A request that runs, until this is dropped, with the request.
pub(crate) struct Running {
    requests: Arc<Requests>,
    most: usize,
}

impl Requests {
    /// A request begins; `None` if this many run already. The log has a line for the first one that is refused.
    pub(super) fn begin(self: &Arc<Self>, most: usize) -> Option<Running> {
        let before = self.running.fetch_add(1, Ordering::Relaxed);
        let running = Running { requests: self.clone(), most };
        if before < most {
            return Some(running);
        }
        if !self.is_overloaded.swap(true, Ordering::Relaxed) {
            tracing::warn!("the server has {most} requests at the same time (MAX_REQUESTS) and refuses more");
        }
        None
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let left = self.requests.running.fetch_sub(1, Ordering::Relaxed) - 1;
        let is_calm = left <= self.most / 2 && self.requests.is_overloaded.load(Ordering::Relaxed);
        if is_calm && self.requests.is_overloaded.swap(false, Ordering::Relaxed) {
            tracing::info!("the server has {left} requests at the same time, and refuses none");
        }
    }
}
