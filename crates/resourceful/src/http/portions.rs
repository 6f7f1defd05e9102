//! A large response body, handed out in portions and with a time limit.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;

/// How much is handed out at a time: actix copies it, and polls again when it has been sent.
const PORTION: usize = 32 * 1024;

/// The number of bytes for which a client has the time of the limit.
const STRETCH: usize = 1024 * 1024;

/// A body that a client must read in time. The memory budget that it holds is released with it.
pub(crate) struct Portions<M> {
    rest: Bytes,
    size: u64,
    until: Option<Instant>,
    _memory: M,
}

impl<M> Portions<M> {
    /// A body, and the time that a client has for each MiB of it.
    pub(crate) fn new(body: impl Into<Bytes>, memory: M, patience: Duration) -> Self {
        let rest = body.into();
        let stretches = u32::try_from(rest.len().div_ceil(STRETCH)).unwrap_or(u32::MAX).max(1);
        let until = patience.checked_mul(stretches).and_then(|time| Instant::now().checked_add(time));
        Self { size: rest.len() as u64, rest, until, _memory: memory }
    }
}

/// The client reads its response too slowly.
#[derive(Debug, thiserror::Error)]
#[error("the client read its response too slowly")]
pub(crate) struct TooSlow;

impl<M: Unpin> MessageBody for Portions<M> {
    type Error = TooSlow;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.size)
    }

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, TooSlow>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        if self.until.is_some_and(|until| Instant::now() > until) {
            return Poll::Ready(Some(Err(TooSlow)));
        }
        let portion = self.rest.len().min(PORTION);
        Poll::Ready(Some(Ok(self.rest.split_to(portion))))
    }

    fn try_into_bytes(self) -> Result<Bytes, Self> {
        Err(self)
    }
}
