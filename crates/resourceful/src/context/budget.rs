//! The bytes of answers: of each alone, and of all large ones together.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::DbErr;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Context;
use crate::error::{Error, Result, catalogue};
use crate::limits::Limits;

/// Up to this many bytes an answer is small, and does not wait for others.
pub(crate) const SMALL: usize = 1024 * 1024;

/// How many large answers are made at one time; those that are ready are sent besides.
const MADE_AT_ONCE: usize = 1;

/// From this many bytes on a row is large.
const LARGE_ROW: usize = 64 * 1024;

/// How many times its bytes the rows of an answer may take in memory: a small value takes far more than its bytes.
const IN_MEMORY: usize = 3;

/// What a unit of the memory for answers that are being sent is, in bytes.
const UNIT: usize = 1024;

/// What the answers of an application share.
pub(super) struct Answers {
    made: Arc<Semaphore>,
    sent: Arc<Semaphore>,
    units: u32,
    /// The tables that had large rows when they were last read: few of those may wait in memory to be counted.
    large_rows: Mutex<HashSet<&'static str>>,
}

impl Answers {
    pub(super) fn new(limits: &Limits) -> Self {
        let most = u32::try_from(Semaphore::MAX_PERMITS).unwrap_or(u32::MAX);
        let units = u32::try_from(limits.answers_bytes / UNIT).unwrap_or(most).clamp(1, most);
        let sent = Arc::new(Semaphore::new(usize::try_from(units).unwrap_or(Semaphore::MAX_PERMITS)));
        Self { made: Arc::new(Semaphore::new(MADE_AT_ONCE)), sent, units, large_rows: Mutex::default() }
    }
}

/// Why rows were not read to the end.
#[derive(Debug)]
pub(crate) enum Halted {
    /// The database failed.
    Database(DbErr),
    /// They would have been too many bytes.
    Budget(Error),
    /// They make a large answer, while another one is being made.
    Wait,
}

/// What one row takes.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Size {
    /// The bytes of its values.
    pub(crate) bytes: usize,
    /// How many values it has.
    pub(crate) values: usize,
}

/// What one value takes in memory besides its bytes.
const VALUE: usize = 100;

/// The bytes that one answer may have, while its rows are read and while it is written.
pub(crate) struct Budget {
    ctx: Context,
    limit: usize,
    bytes: AtomicUsize,
    memory: AtomicUsize,
    /// The largest row since the last statement began.
    largest: AtomicUsize,
    /// The right to be large.
    large: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Budget {
    pub(crate) fn new(ctx: &Context) -> Arc<Self> {
        Arc::new(Self {
            ctx: ctx.clone(),
            limit: ctx.options().limits.answer_bytes,
            bytes: AtomicUsize::new(0),
            memory: AtomicUsize::new(0),
            largest: AtomicUsize::new(0),
            large: Mutex::default(),
        })
    }

    /// Counts a row.
    ///
    /// # Errors
    /// Beyond the limit; and where the answer becomes a large one and has no right to be: the reader of its rows holds a
    /// connection, and must not wait while it holds it.
    pub(super) fn take(&self, row: Size) -> Result<(), Halted> {
        self.largest.fetch_max(row.bytes, Ordering::Relaxed);
        let bytes = self.bytes.fetch_add(row.bytes, Ordering::Relaxed).saturating_add(row.bytes);
        let taken = row.bytes.saturating_add(row.values * VALUE);
        let memory = self.memory.fetch_add(taken, Ordering::Relaxed).saturating_add(taken);
        if bytes > self.limit || memory > self.limit.saturating_mul(IN_MEMORY) {
            return Err(Halted::Budget(self.too_large()));
        }
        if memory > SMALL && !self.try_enlarge() { Err(Halted::Wait) } else { Ok(()) }
    }

    /// What has been counted so far.
    pub(super) fn mark(&self) -> (usize, usize) {
        (self.bytes.load(Ordering::Relaxed), self.memory.load(Ordering::Relaxed))
    }

    /// Forgets what was counted since then, because it is read again.
    pub(super) fn reset(&self, (bytes, memory): (usize, usize)) {
        self.bytes.store(bytes, Ordering::Relaxed);
        self.memory.store(memory, Ordering::Relaxed);
    }

    /// Whether the rows of this table are to be read one by one.
    pub(crate) fn expects_large_rows(&self, table: &str) -> bool {
        self.largest.store(0, Ordering::Relaxed);
        self.ctx.answers().large_rows.lock().unwrap_or_else(PoisonError::into_inner).contains(table)
    }

    /// Remembers how large the rows were that were counted since it was asked.
    pub(crate) fn note_rows(&self, table: &'static str) {
        let mut large = self.ctx.answers().large_rows.lock().unwrap_or_else(PoisonError::into_inner);
        match self.largest.load(Ordering::Relaxed) {
            0 => {}
            LARGE_ROW.. => {
                large.insert(table);
            }
            _ => {
                large.remove(table);
            }
        }
    }

    /// How large the answer may be, before and after [`enlarge`](Self::enlarge).
    pub(crate) fn most(&self) -> usize {
        if self.is_large() { self.limit } else { self.limit.min(SMALL) }
    }

    pub(crate) fn is_large(&self) -> bool {
        self.large.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Takes the right to make a large answer, if it is free.
    fn try_enlarge(&self) -> bool {
        let mut large = self.large.lock().unwrap_or_else(PoisonError::into_inner);
        if large.is_none() {
            *large = self.ctx.answers().made.clone().try_acquire_owned().ok();
        }
        large.is_some()
    }

    /// Waits for the right to make a large answer.
    ///
    /// # Errors
    /// 503 when it does not come in time.
    pub(crate) async fn enlarge(&self) -> Result<()> {
        if self.is_large() {
            return Ok(());
        }
        let permit = self.waited_for(self.ctx.answers().made.clone().acquire_owned()).await?;
        *self.large.lock().unwrap_or_else(PoisonError::into_inner) = Some(permit);
        Ok(())
    }

    /// Waits for the memory that a large answer takes until it is sent; `None` for a small one.
    ///
    /// # Errors
    /// 503 when it does not come in time.
    pub(crate) async fn sending(&self, bytes: usize) -> Result<Option<OwnedSemaphorePermit>> {
        if bytes <= SMALL {
            return Ok(None);
        }
        let answers = self.ctx.answers();
        let units = u32::try_from(bytes.div_ceil(UNIT)).unwrap_or(u32::MAX).min(answers.units);
        self.waited_for(answers.sent.clone().acquire_many_owned(units)).await.map(Some)
    }

    async fn waited_for<T, E>(&self, permit: impl Future<Output = Result<T, E>>) -> Result<T> {
        match tokio::time::timeout(self.ctx.options().limits.acquire_timeout, permit).await {
            Ok(Ok(permit)) => Ok(permit),
            // The semaphores are never closed.
            Ok(Err(_)) | Err(_) => {
                let detail = "The server is busy with other large answers; try again in a moment, or ask for less";
                Err(Error::new(&catalogue::UNAVAILABLE, detail).with_retry_after(Duration::from_secs(1)))
            }
        }
    }

    /// How long a client may take for each MiB.
    pub(crate) fn patience(&self) -> Duration {
        self.ctx.options().limits.answer_timeout
    }

    /// 400 `answer-too-large`.
    pub(crate) fn too_large(&self) -> Error {
        Error::new(
            &catalogue::ANSWER_TOO_LARGE,
            format!(
                "An answer may have {} bytes at most, and this one would have more; ask for fewer rows (size), fewer \
                 fields or fewer relations (include)",
                self.limit
            ),
        )
    }
}

impl std::fmt::Debug for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Budget").field("bytes", &self.bytes).field("limit", &self.limit).finish_non_exhaustive()
    }
}
