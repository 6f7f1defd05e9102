//! Limits the bytes of responses: of each response, and of all large responses together.

use std::collections::HashSet;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use sea_orm::DbErr;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Context;
use crate::error::{Error, Result, catalogue};
use crate::limits::Limits;

/// Up to this many bytes a response is small, and does not wait for others.
pub(crate) const SMALL: usize = 1024 * 1024;

/// The most large responses that are built at the same time. Others may be sent at that time.
const MADE_AT_ONCE: usize = 1;

/// A row of at least this many bytes is large.
const LARGE_ROW: usize = 64 * 1024;

/// The most memory for the rows of a response, as a multiple of its bytes: a small value uses far more memory than its
/// bytes.
const IN_MEMORY: usize = 3;

/// The bytes of one permit of the semaphore for responses that are being sent.
const UNIT: usize = 1024;

/// What all responses of an application share.
pub(super) struct Answers {
    made: Arc<Semaphore>,
    sent: Arc<Semaphore>,
    units: u32,
    /// The tables that had large rows when they were last read. Their rows are read one by one, so that few of them are
    /// in memory before they are counted.
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

/// Why not all rows were read.
#[derive(Debug)]
pub(crate) enum Halted {
    /// The database failed.
    Database(DbErr),
    /// The response would be too large.
    Budget(Error),
    /// The response becomes large, and another large one is being built.
    Wait,
}

/// The size of one row.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Size {
    /// The bytes of its values.
    pub(crate) bytes: usize,
    /// The number of its values.
    pub(crate) values: usize,
}

/// The memory of one value in addition to its bytes.
const VALUE: usize = 100;

/// Counts the bytes of one response, while its rows are read and while it is written.
pub(crate) struct Budget {
    ctx: Context,
    limit: usize,
    bytes: AtomicUsize,
    memory: AtomicUsize,
    /// The largest row since the last statement began.
    largest: AtomicUsize,
    /// The permit for a large response.
    large: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Budget {
    pub(crate) fn new(ctx: &Context) -> Arc<Self> {
        Arc::new(Self::up_to(ctx, ctx.options().limits.answer_bytes))
    }

    /// A budget for rows that are small together.
    #[cfg(feature = "postgres")]
    pub(super) fn small(ctx: &Context) -> Self {
        // The memory of values counts three times at most, so that what is within the limit is small.
        Self::up_to(ctx, SMALL / IN_MEMORY)
    }

    fn up_to(ctx: &Context, limit: usize) -> Self {
        Self {
            ctx: ctx.clone(),
            limit,
            bytes: AtomicUsize::new(0),
            memory: AtomicUsize::new(0),
            largest: AtomicUsize::new(0),
            large: Mutex::default(),
        }
    }

    /// Counts a row.
    ///
    /// # Errors
    /// If the response is beyond the limit, or if it becomes large and has no permit: the caller holds a connection, and
    /// must not wait for a permit while it does.
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

    /// The count so far.
    pub(super) fn mark(&self) -> (usize, usize) {
        (self.bytes.load(Ordering::Relaxed), self.memory.load(Ordering::Relaxed))
    }

    /// Resets the count to `since`, because the rows are read again.
    pub(super) fn reset(&self, (bytes, memory): (usize, usize)) {
        self.bytes.store(bytes, Ordering::Relaxed);
        self.memory.store(memory, Ordering::Relaxed);
    }

    /// Whether the rows of this table must be read one by one.
    pub(crate) fn expects_large_rows(&self, table: &str) -> bool {
        self.largest.store(0, Ordering::Relaxed);
        self.ctx.answers().large_rows.lock().unwrap_or_else(PoisonError::into_inner).contains(table)
    }

    /// Records whether the rows of this table were large.
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

    /// The largest size of the response, before and after [`enlarge`](Self::enlarge).
    pub(crate) fn most(&self) -> usize {
        if self.is_large() { self.limit } else { self.limit.min(SMALL) }
    }

    pub(crate) fn is_large(&self) -> bool {
        self.large.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// Takes the permit for a large response, if one is free.
    fn try_enlarge(&self) -> bool {
        let mut large = self.large.lock().unwrap_or_else(PoisonError::into_inner);
        if large.is_none() {
            *large = self.ctx.answers().made.clone().try_acquire_owned().ok();
        }
        large.is_some()
    }

    /// Waits for the permit for a large response.
    ///
    /// # Errors
    /// 503 after a timeout.
    pub(crate) async fn enlarge(&self) -> Result<()> {
        if self.is_large() {
            return Ok(());
        }
        let permit = self.waited_for(self.ctx.answers().made.clone().acquire_owned()).await?;
        *self.large.lock().unwrap_or_else(PoisonError::into_inner) = Some(permit);
        Ok(())
    }

    /// Waits for the memory that a large response uses until it is sent; `None` for a small one.
    ///
    /// # Errors
    /// 503 after a timeout.
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
                let detail = "The server is busy with other large responses; try again in a moment, or request less";
                Err(Error::new(&catalogue::UNAVAILABLE, detail).with_retry_after(Duration::from_secs(1)))
            }
        }
    }

    /// How long a client may take to read each MiB.
    pub(crate) fn patience(&self) -> Duration {
        self.ctx.options().limits.answer_timeout
    }

    /// 400 `answer-too-large`.
    pub(crate) fn too_large(&self) -> Error {
        Error::new(
            &catalogue::ANSWER_TOO_LARGE,
            format!(
                "A response may have {} bytes at most, and this one would have more; request fewer rows (size), fewer \
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
