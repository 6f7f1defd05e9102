//! What a request reads and writes: whether its reads go to a replica, and that its caller sees later what it has written.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use super::answered::Answered;
use super::callers::Caller;
use super::lsn::{Lsn, Position};
use super::replica::Replica;
use super::state::Replicas;
use crate::cache;
use crate::context::Context;
use crate::context::access::{Access, access_of_text};

/// How long a write can still be running whose result nobody waits for, where statements have no timeout.
const RUNNING: Duration = Duration::from_secs(60);

tokio::task_local! {
    static SESSION: Arc<Inner>;
}

/// Where the reads of a request go.
#[derive(Clone, Default)]
enum Way {
    /// That is decided by the first one.
    #[default]
    Open,
    Replica(Arc<Replica>),
    Primary(Answered),
}

/// A request: what it reads and writes.
pub(crate) struct Session(Arc<Inner>);

pub(super) struct Inner {
    replicas: Arc<Replicas>,
    /// The caller, once they were let in; `None` inside if nothing tells them from others.
    caller: OnceLock<(Option<Caller>, Lsn)>,
    /// Whether reads may go to a replica.
    may_read: bool,
    way: Mutex<Way>,
    wrote: AtomicBool,
}

impl Session {
    /// A request whose reads may go to replicas or not.
    pub(crate) fn new(replicas: &Arc<Replicas>, may_read: bool) -> Self {
        replicas.watch();
        Self(Arc::new(Inner {
            replicas: replicas.clone(),
            caller: OnceLock::new(),
            may_read,
            way: Mutex::default(),
            wrote: AtomicBool::new(false),
        }))
    }

    /// Does the work of the request. Before [`admitted`] all of its reads go to the primary.
    ///
    /// Returns also the position that a replica must have replayed to have what the request has written, if it has written. If this
    /// is dropped, it is remembered for the caller all the same.
    pub(crate) async fn run<T>(self, ctx: &Context, work: impl Future<Output = T>) -> (T, Option<Position>) {
        let mut unrecorded = Unrecorded { ctx: ctx.clone(), session: self.0.clone(), is_over: false };
        let done = SESSION.scope(self.0.clone(), work).await;
        let position = if self.0.wrote.load(Ordering::Relaxed) { unrecorded.record().await } else { None };
        unrecorded.is_over = true;
        (done, position)
    }
}

/// The caller of the current request was let in. `seen` is the text that the client has sent back, which says what they have
/// seen already.
pub(crate) fn admitted(caller: Option<Caller>, seen: Option<&str>) {
    let _ = SESSION.try_with(|session| {
        let seen = seen.map_or(Lsn::NONE, |seen| session.replicas.open(seen));
        let _ = session.caller.set((caller, seen));
    });
}

/// Notes that the current request writes, before it does. Its further reads go to the primary.
pub(crate) fn note_write() {
    let _ = SESSION.try_with(|session| session.wrote.store(true, Ordering::Relaxed));
}

/// The same, unless a statement of the application only reads.
pub(in crate::context) fn note_statement(sql: &str) {
    if access_of_text(sql) == Access::Write {
        note_write();
    }
}

/// The current request.
pub(super) fn current() -> Option<Arc<Inner>> {
    SESSION.try_with(Arc::clone).ok()
}

impl Inner {
    pub(super) fn is_of(&self, replicas: &Arc<Replicas>) -> bool {
        Arc::ptr_eq(&self.replicas, replicas)
    }

    /// The replica that answers the next read.
    ///
    /// # Errors
    /// Why the primary does; `None` if a replica may not.
    pub(super) async fn replica(&self) -> Result<Arc<Replica>, Option<Answered>> {
        let (true, Some((caller, seen))) = (self.may_read, self.caller.get()) else { return Err(None) };
        if self.wrote.load(Ordering::Relaxed) {
            return Err(None);
        }
        if cache::is_loading() {
            return Err(Some(Answered::Cached));
        }
        let way = self.way.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let way = match way {
            Way::Open => {
                let way = match self.decide(*caller, *seen).await {
                    Ok(replica) => Way::Replica(replica),
                    Err(answered) => Way::Primary(answered),
                };
                self.take(way.clone());
                way
            }
            Way::Replica(replica) if !replica.is_usable() => {
                self.take(Way::Primary(Answered::Unavailable));
                Way::Primary(Answered::Unavailable)
            }
            way => way,
        };
        match way {
            Way::Replica(replica) => Ok(replica),
            Way::Primary(answered) => Err(Some(answered)),
            Way::Open => Err(None),
        }
    }

    async fn decide(&self, caller: Option<Caller>, seen: Lsn) -> Result<Arc<Replica>, Answered> {
        let callers = &self.replicas.callers;
        let here = caller.map_or(Lsn::NONE, |caller| callers.here(caller)).max(seen);
        if callers.is_in_doubt(caller) {
            return Err(Answered::Unavailable);
        }
        // Redis is not asked where the answer is known without it.
        let found = self.replicas.having(here, caller).await?;
        let Some(caller) = caller else { return Ok(found) };
        let Some(Position { lsn, timeline }) = callers.elsewhere(caller).await else {
            return Err(Answered::Unavailable);
        };
        if lsn <= here && timeline <= found.timeline() {
            return Ok(found);
        }
        self.replicas.primary.saw(timeline);
        self.replicas.having(lsn.max(here), Some(caller)).await
    }

    /// Further reads of the request go this way.
    fn take(&self, way: Way) {
        *self.way.lock().unwrap_or_else(PoisonError::into_inner) = way;
    }

    /// Counts a read.
    pub(super) fn count(&self, answered: Answered) {
        self.replicas.count(answered);
    }

    /// The replica has failed: the primary answers, for the rest of the request.
    pub(super) fn failed(&self) {
        self.take(Way::Primary(Answered::Failed));
    }

    fn caller(&self) -> Option<Caller> {
        self.caller.get().and_then(|(caller, _)| *caller)
    }
}

/// A request whose writes are not remembered yet. When it is dropped in the middle, a write may still be running: its position
/// is remembered at once, and again when it has certainly ended.
struct Unrecorded {
    ctx: Context,
    session: Arc<Inner>,
    is_over: bool,
}

impl Unrecorded {
    /// In a task of its own, which ends also if the client disconnects.
    async fn record(&mut self) -> Option<Position> {
        let (ctx, session) = (self.ctx.clone(), self.session.clone());
        self.is_over = true;
        tokio::spawn(async move { session.replicas.record(&ctx, session.caller()).await }).await.ok().flatten()
    }
}

impl Drop for Unrecorded {
    fn drop(&mut self) {
        if self.is_over || !self.session.wrote.load(Ordering::Relaxed) {
            return;
        }
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (ctx, session) = (self.ctx.clone(), self.session.clone());
        let wait = ctx.statement_limit().unwrap_or(RUNNING);
        runtime.spawn(async move {
            let caller = session.caller();
            session.replicas.record(&ctx, caller).await;
            tokio::time::sleep(wait).await;
            session.replicas.record(&ctx, caller).await;
        });
    }
}

/// The server that answers reads which go out together.
#[derive(Clone, Default)]
pub(crate) struct ReadRoute(Option<(Arc<Replicas>, Way)>);

impl ReadRoute {
    /// Runs a read there. If the replica fails, the primary answers.
    pub(crate) async fn run<T>(&self, read: impl Future<Output = T>) -> T {
        let Some((replicas, way)) = &self.0 else { return read.await };
        let session = Inner {
            replicas: replicas.clone(),
            caller: OnceLock::from((None, Lsn::NONE)),
            may_read: true,
            way: Mutex::new(way.clone()),
            wrote: AtomicBool::new(false),
        };
        SESSION.scope(Arc::new(session), read).await
    }
}

/// Equal for the same server.
impl PartialEq for ReadRoute {
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (Some((_, Way::Replica(one))), Some((_, Way::Replica(other)))) => Arc::ptr_eq(one, other),
            (Some((_, Way::Replica(_))), _) | (_, Some((_, Way::Replica(_)))) => false,
            _ => true,
        }
    }
}

impl std::fmt::Debug for ReadRoute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = match &self.0 {
            Some((_, Way::Replica(replica))) => replica.place.as_str(),
            _ => "primary",
        };
        f.debug_tuple("ReadRoute").field(&place).finish()
    }
}

impl Context {
    /// The server that answers the next read of the current request.
    pub(crate) async fn read_route(&self) -> ReadRoute {
        let Some(replicas) = self.replicas() else { return ReadRoute::default() };
        let Some(session) = current().filter(|session| session.is_of(replicas)) else { return ReadRoute::default() };
        let way = match Box::pin(session.replica()).await {
            Ok(replica) => Way::Replica(replica),
            Err(Some(answered)) => Way::Primary(answered),
            Err(None) => return ReadRoute::default(),
        };
        ReadRoute(Some((replicas.clone(), way)))
    }
}
