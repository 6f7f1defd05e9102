//! The replicas of a database, and what is known about them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use sea_orm::{DbBackend, Statement};

use super::answered::Answered;
#[cfg(feature = "redis")]
use super::callers::Shared;
use super::callers::{Caller, Callers};
use super::lsn::{Lsn, Position};
use super::primary::{self, Primary};
use super::replica::Replica;
use crate::context::state::Connections;
use crate::context::{Context, DatabaseSettings, Secret};
use crate::error::StartupError;
use crate::metrics::Counter;

/// What a position is encrypted for.
const SEALED_FOR: &[u8] = b"the position after a write";

/// How often a command asks a replica whether it has what the primary has just said, and the pauses.
const CHECKS: u32 = 20;
const CHECK: Duration = Duration::from_millis(100);

/// How long a write waits for replicas where Redis does not answer.
const WAIT: Duration = Duration::from_millis(250);

/// The replicas of a database.
pub(crate) struct Replicas {
    pub(super) all: Vec<Arc<Replica>>,
    pub(super) primary: Primary,
    pub(super) callers: Callers,
    pub(super) max_lag: Duration,
    /// Whether a task looks at the servers.
    pub(super) is_watched: AtomicBool,
    secret: Secret,
    /// How many reads were answered by what.
    answered: [Counter; Answered::WORDS.len()],
}

/// A replica, for metrics.
pub(crate) struct ReplicaState<'a> {
    pub(crate) place: &'a str,
    pub(crate) is_used: bool,
    /// How far it is behind, if that is known.
    pub(crate) lag: Option<Duration>,
    pub(crate) connections: Connections,
}

impl Replicas {
    /// The replicas of these settings; `None` if there are none. No connection is opened yet.
    ///
    /// # Errors
    /// If a URL is not one of PostgreSQL, or the database is not.
    pub(in crate::context) fn new(
        settings: &DatabaseSettings,
        secret: Secret,
        #[cfg(feature = "redis")] shared: Option<Shared>,
    ) -> Result<Option<Arc<Self>>, StartupError> {
        let replicas = &settings.replicas;
        if replicas.urls.is_empty() {
            return Ok(None);
        }
        if !settings.is_postgres() {
            return Err(StartupError::new(
                "only PostgreSQL has replicas; remove DATABASE_READ_URL, or set DATABASE_URL to postgres://..",
            ));
        }
        // Without the text of the error, which may have a part of the URL.
        let wrong = |_| StartupError::new("DATABASE_READ_URL has a URL that is not one of PostgreSQL");
        let all = replicas.urls.iter().map(|url| Replica::new(&url.0, settings).map(Arc::new));
        Ok(Some(Arc::new(Self {
            all: all.collect::<Result<_, _>>().map_err(wrong)?,
            primary: Primary::new(settings, replicas.max_lag).map_err(wrong)?,
            callers: Callers::new(
                replicas.max_lag,
                #[cfg(feature = "redis")]
                shared,
            ),
            max_lag: replicas.max_lag,
            is_watched: AtomicBool::new(false),
            secret,
            answered: Default::default(),
        })))
    }

    /// Looks at one of them.
    pub(super) async fn look_at(&self, at: usize) {
        self.all[at].look(&self.primary, self.max_lag).await;
    }

    /// A replica that has replayed this position, if one of those that are used has. A caller has a preferred one, so that their reads
    /// usually see no older state than the one before; if it is busy, another one answers.
    ///
    /// # Errors
    /// Why there is none.
    pub(super) async fn having(&self, position: Lsn, caller: Option<Caller>) -> Result<Arc<Replica>, Answered> {
        let first = caller.map_or(0, Caller::number);
        let order = (0..self.all.len()).map(|at| &self.all[(first + at) % self.all.len()]);
        let timeline = self.primary.timeline();
        let mut usable: Vec<&Arc<Replica>> =
            order.filter(|replica| replica.is_usable() && replica.timeline() >= timeline).collect();
        usable.sort_by_key(|replica| replica.is_busy());
        let Some(preferred) = usable.first() else { return Err(Answered::Unavailable) };
        if let Some(replica) = usable.iter().find(|replica| replica.replayed() >= position) {
            return Ok((*replica).clone());
        }
        if preferred.has_now(position).await && preferred.is_usable() {
            return Ok((*preferred).clone());
        }
        Err(Answered::Behind)
    }

    pub(super) fn count(&self, answered: Answered) {
        self.answered[answered as usize].add();
    }

    /// How many reads were answered by what, in words.
    pub(crate) fn answered(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        Answered::WORDS.into_iter().zip(self.answered.iter().map(Counter::get))
    }

    /// The state of each. The first call begins to look at them.
    pub(crate) fn states(self: &Arc<Self>) -> Vec<ReplicaState<'_>> {
        self.watch();
        let state =
            |replica: &Replica| (replica.is_usable(), replica.lag(&self.primary.samples), replica.connections());
        let states = self.all.iter().map(|replica| (replica, state(replica)));
        states
            .map(|(replica, (is_used, lag, connections))| ReplicaState {
                place: &replica.place,
                is_used,
                lag,
                connections,
            })
            .collect()
    }

    /// Whether all are used that were looked at already.
    pub(crate) fn are_up(self: &Arc<Self>) -> bool {
        self.watch();
        self.all.iter().all(|replica| replica.is_up())
    }

    /// Looks at each now: its place, and how far it is behind, or why it cannot be used.
    pub(crate) async fn check(&self) -> Vec<(&str, Result<Duration, String>)> {
        let mut found = Vec::new();
        for replica in &self.all {
            let _ = self.primary.look().await;
            let mut looks = 0;
            let looked = loop {
                // A replica of a busy primary has what the primary has just said a moment later.
                match replica.find(&self.primary, self.max_lag).await {
                    Ok(None) if looks < CHECKS => tokio::time::sleep(CHECK).await,
                    Ok(None) => break Err(format!("has not replayed what was written before {:?}", CHECK * CHECKS)),
                    Ok(Some(_)) => break Ok(replica.lag(&self.primary.samples).unwrap_or_default()),
                    Err(problem) => break Err(problem),
                }
                looks += 1;
            };
            found.push((replica.place.as_str(), looked));
        }
        found
    }

    /// A position as a text that clients can send back.
    pub(crate) fn seal(&self, Position { lsn, timeline }: Position) -> String {
        self.secret.seal(SEALED_FOR, &[&lsn.number().to_be_bytes()[..], &timeline.to_be_bytes()].concat())
    }

    /// The position of such a text. What cannot be read is a position that no replica has.
    pub(super) fn open(&self, text: &str) -> Lsn {
        let bytes = self.secret.open(SEALED_FOR, text);
        let Some((lsn, timeline)) = bytes.as_deref().and_then(|bytes| bytes.split_first_chunk()) else {
            return Lsn::UNKNOWN;
        };
        if let Ok(timeline) = timeline.try_into() {
            self.primary.saw(u32::from_be_bytes(timeline));
        }
        Lsn::new(u64::from_be_bytes(*lsn))
    }

    /// Finds out the position after a write of this caller, and remembers it for them.
    pub(super) async fn record(&self, ctx: &Context, caller: Option<Caller>) -> Option<Position> {
        let position = match self.primary.position().await {
            Some(position) => Some(position),
            // Its connection may be refused where those of requests are still open.
            None => self.position_of(ctx).await,
        };
        if let Some(caller) = caller
            && !self.callers.remember(caller, position).await
            && let Some(Position { lsn, .. }) = position
        {
            self.wait_for(lsn).await;
        }
        position
    }

    /// Waits a moment until the replicas have this position: another process may use them, and Redis has not told it.
    async fn wait_for(&self, position: Lsn) {
        let begun = Instant::now();
        for replica in &self.all {
            while replica.is_usable()
                && replica.replayed() < position
                && !replica.has_now(position).await
                && begun.elapsed() < WAIT
            {
                tokio::time::sleep(WAIT / 25).await;
            }
        }
    }

    async fn position_of(&self, ctx: &Context) -> Option<Position> {
        let statement = Statement::from_string(DbBackend::Postgres, primary::POSITION);
        let mut held = ctx.held().await.ok()?;
        let row = ctx.in_time(held.one(statement)).await.ok()??;
        let found = primary::position(|at| row.try_get_by_index(at), |at| row.try_get_by_index(at)).ok()?;
        self.primary.saw(found.timeline);
        Some(found)
    }
}
