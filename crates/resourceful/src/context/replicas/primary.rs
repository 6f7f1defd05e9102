//! The primary, as replicas are compared with it: its position in the write-ahead log, and which database it has.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Row};

use super::line::Line;
use super::lsn::{Lsn, Position};
use super::samples::Samples;
use crate::context::{DatabaseSettings, postgres};

/// The position that a replica must have replayed to have every write that has ended. It is that of the last record that
/// was made, because with `synchronous_commit = off` a commit ends before its record is written.
pub(super) const POSITION: &str = "\
SELECT (pg_current_wal_insert_lsn() - '0/0'::pg_lsn)::bigint, substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8)";

/// What replicas are compared with. Only what is written to the disk is sent to them, and the record of a read, such as that
/// of a page that was cleaned, can wait for long on a quiet server.
const LOOK: &str = "\
SELECT (pg_current_wal_flush_lsn() - '0/0'::pg_lsn)::bigint, \
substr(pg_walfile_name(pg_current_wal_flush_lsn()), 1, 8), current_database()::text, \
(SELECT system_identifier FROM pg_control_system())";

/// Which database a server has: a copy has the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Identity {
    pub(super) cluster: i64,
    pub(super) database: String,
}

pub(super) struct Primary {
    line: Line,
    /// When a position was last asked for a write, and the answer.
    last: Mutex<Option<(Instant, Option<Position>)>>,
    /// One asks at a time; the next one asks for all that came meanwhile.
    turn: tokio::sync::Mutex<()>,
    pub(super) samples: Samples,
    identity: Mutex<Option<Identity>>,
    /// The highest timeline that anybody has seen.
    timeline: AtomicU32,
}

impl Primary {
    /// The primary of these settings. No connection is opened yet.
    ///
    /// # Errors
    /// If the URL is not one of PostgreSQL.
    pub(super) fn new(settings: &DatabaseSettings, max_lag: Duration) -> sqlx::Result<Self> {
        let options: PgConnectOptions = settings.url.parse()?;
        let options = postgres::session(options, settings).disable_statement_logging();
        Ok(Self {
            line: Line::new(options),
            last: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
            samples: Samples::new(max_lag),
            identity: Mutex::default(),
            timeline: AtomicU32::new(0),
        })
    }

    /// A position that every write has before it that has ended before this was called. Calls that come while one is answered
    /// share the next answer; `None` if the primary does not respond.
    pub(super) async fn position(&self) -> Option<Position> {
        let called = Instant::now();
        let _turn = self.turn.lock().await;
        if let Some((asked, position)) = *self.last()
            && asked > called
        {
            return position;
        }
        let asked = Instant::now();
        let found = match self.line.ask(POSITION).await {
            Ok(row) => position(|at| row.try_get(at), |at| row.try_get(at)).ok(),
            // Those who wait do not try again one after another.
            Err(_) => None,
        };
        if let Some(position) = found {
            self.saw(position.timeline);
        }
        *self.last() = Some((asked, found));
        found
    }

    fn last(&self) -> MutexGuard<'_, Option<(Instant, Option<Position>)>> {
        self.last.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for its position and what it is.
    ///
    /// # Errors
    /// If the primary does not respond.
    pub(super) async fn look(&self) -> sqlx::Result<()> {
        let asked = Instant::now();
        let row = self.line.ask(LOOK).await?;
        let Position { lsn, timeline } = position(|at| row.try_get(at), |at| row.try_get(at))?;
        let found = Identity { database: row.try_get(2)?, cluster: row.try_get(3)? };
        *self.identity.lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        self.saw(timeline);
        self.samples.add(asked, lsn);
        Ok(())
    }

    /// Somebody has seen this timeline: a replica of an older one is of no use any more.
    pub(super) fn saw(&self, timeline: u32) {
        if self.timeline.fetch_max(timeline, Ordering::AcqRel) < timeline {
            // Positions of different timelines cannot be compared.
            self.samples.clear();
        }
    }

    /// The timeline of the primary; 0 before it is known.
    pub(super) fn timeline(&self) -> u32 {
        self.timeline.load(Ordering::Acquire)
    }

    /// Which database it has, once that is known.
    pub(super) fn identity(&self) -> Option<Identity> {
        self.identity.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The position in a row, whose columns these functions read.
pub(super) fn position<E>(
    number: impl FnOnce(usize) -> Result<i64, E>,
    text: impl FnOnce(usize) -> Result<String, E>,
) -> sqlx::Result<Position>
where
    E: std::error::Error + Send + Sync + 'static,
{
    let wrong = |error: Box<dyn std::error::Error + Send + Sync>| sqlx::Error::Decode(error);
    let lsn = number(0).map_err(|error| wrong(error.into()))?;
    let lsn = u64::try_from(lsn).map(Lsn::new).map_err(|error| wrong(error.into()))?;
    let timeline = text(1).map_err(|error| wrong(error.into()))?;
    let timeline = u32::from_str_radix(&timeline, 16).map_err(|error| wrong(error.into()))?;
    Ok(Position { lsn: lsn.of_last_record(), timeline })
}
