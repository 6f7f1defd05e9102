//! Listens to what other processes change, in a thread of its own, so that busy threads of the application do not delay it.
//!
//! A few times a second it checks that the store accepts changes and that everything that was told before has arrived. After
//! a lost connection, everything that was stored before becomes outdated for all processes: the store may have lost changes,
//! and this process may have missed some.

use std::sync::{Arc, Weak};
use std::time::Duration;

use futures_util::FutureExt;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::far::Far;
use super::inner::Inner;
use super::pending::Notice;
use super::store::{Listener, Unavailable};

/// The time between two checks.
const PERIOD: Duration = Duration::from_millis(200);

/// The time limit of a check, and of what is told in the background.
const LIMIT: Duration = Duration::from_millis(500);

/// The time limit of a new connection.
const CONNECT: Duration = Duration::from_secs(1);

/// Why a connection ended.
enum End {
    Lost,
    /// Nobody uses the cache any more.
    Unused,
}

impl From<Unavailable> for End {
    fn from(_: Unavailable) -> Self {
        Self::Lost
    }
}

/// Starts the thread of a cache, once.
pub(super) fn start(cache: &Arc<Inner>) {
    let Some(far) = &cache.far else { return };
    far.link.start.call_once(|| {
        let cache = Arc::downgrade(cache);
        let run = move || match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime.block_on(run(&cache)),
            Err(error) => tracing::error!(%error, "the cache cannot listen to other processes"),
        };
        if let Err(error) = std::thread::Builder::new().name("cache-listener".to_owned()).spawn(run) {
            tracing::error!(%error, "the cache cannot listen to other processes");
        }
    });
}

async fn run(cache: &Weak<Inner>) {
    loop {
        let end = match cache.upgrade().as_deref().and_then(|inner| inner.far.as_ref()).map(|far| far.listens) {
            None => return,
            Some(true) => listen(cache).await,
            Some(false) => deliver(cache).await,
        };
        match end {
            End::Unused => return,
            End::Lost => lose(cache),
        }
        sleep(PERIOD).await;
    }
}

fn lose(cache: &Weak<Inner>) {
    let Some(inner) = cache.upgrade() else { return };
    let Some(far) = &inner.far else { return };
    // While the connection is lost, what is kept lives for one second only.
    if !far.link.set_lost(true) {
        inner.forget_everything();
        tracing::warn!("the store of the cache cannot be used; values are cached for one second only");
    }
}

/// Listens until the connection is lost.
async fn listen(cache: &Weak<Inner>) -> End {
    let mut listener = match begin(cache).await {
        Ok(listener) => listener,
        Err(end) => return end,
    };
    let mut hears = false;
    loop {
        let Some(inner) = cache.upgrade() else { return End::Unused };
        let Some(far) = &inner.far else { return End::Unused };
        let asked = Instant::now();
        if !matches!(timeout(LIMIT, listener.check()).await, Ok(Ok(()))) {
            return End::Lost;
        }
        // Every notice from before the check is there. Tokio's budget of a task must not hide one.
        while let Some(notice) = tokio::task::unconstrained(listener.next()).now_or_never() {
            let Some(notice) = notice else { return End::Lost };
            inner.heard(&notice);
        }
        if !hears {
            inner.forget_everything();
            hears = true;
        } else if !far.link.is_in_sync() {
            // Others may have been unable to tell what they changed in the meantime.
            return End::Lost;
        }
        far.link.checked(asked.into_std());
        deliver_pending(far).await;
        let next = asked + PERIOD;
        loop {
            match timeout_at(next, listener.next()).await {
                Ok(Some(notice)) => inner.heard(&notice),
                Ok(None) => return End::Lost,
                Err(_) => break,
            }
        }
    }
}

/// Connects. If the connection was lost before, everything becomes outdated first.
async fn begin(cache: &Weak<Inner>) -> Result<Box<dyn Listener>, End> {
    let inner = cache.upgrade().ok_or(End::Unused)?;
    let far = inner.far.as_ref().ok_or(End::Unused)?;
    let listening = far.store.listen().ok_or(Unavailable)?;
    let listener = timeout(CONNECT, listening).await.map_err(|_| Unavailable)??;
    let until = far.pending.last();
    // From here on, invalidations are told one by one again. Those that were not are covered by what follows.
    if far.link.set_lost(false) {
        let renewed = timeout(LIMIT, far.deliver(&Notice::Everything)).await;
        if !matches!(renewed, Ok(Ok(()))) {
            far.link.set_lost(true);
            return Err(End::Lost);
        }
        far.pending.done_until(until);
        tracing::info!("the store of the cache can be used again");
    }
    Ok(listener)
}

/// For a store without notices.
async fn deliver(cache: &Weak<Inner>) -> End {
    loop {
        let Some(inner) = cache.upgrade() else { return End::Unused };
        let Some(far) = &inner.far else { return End::Unused };
        deliver_pending(far).await;
        drop(inner);
        sleep(PERIOD).await;
    }
}

/// Tells what could not be told before.
async fn deliver_pending(far: &Far) {
    for (notice, number) in far.pending.all() {
        match timeout(LIMIT, far.deliver(&notice)).await {
            Ok(Ok(())) => far.pending.done(&notice, number),
            _ => return,
        }
    }
}
