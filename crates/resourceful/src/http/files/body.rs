//! The bytes of a file on their way to a client.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use actix_web::body::{BodySize, MessageBody};
use actix_web::web::Bytes;
use futures_util::Stream;

use crate::storage::ByteStream;

/// How much is handed out at a time: actix copies it, and polls again when it has been sent.
const PORTION: usize = 64 * 1024;

/// The number of bytes for which a client has the time of the limit.
const STRETCH: u64 = 1024 * 1024;

/// The bytes of a file, which a client must read in time.
pub(super) struct FileBody {
    stream: ByteStream,
    rest: Bytes,
    size: u64,
    sent: u64,
    started: Instant,
    patience: Duration,
}

impl FileBody {
    /// A body of this size, and the time that a client has for each MiB of it.
    pub(super) fn new(stream: ByteStream, size: u64, patience: Duration) -> Self {
        Self { stream, rest: Bytes::new(), size, sent: 0, started: Instant::now(), patience }
    }

    fn is_late(&self) -> bool {
        let stretches = u32::try_from(self.sent / STRETCH + 1).unwrap_or(u32::MAX);
        self.patience.checked_mul(stretches).is_some_and(|time| self.started.elapsed() > time)
    }
}

impl MessageBody for FileBody {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.size)
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = &mut *self;
        if this.is_late() {
            return Poll::Ready(Some(Err("the client read a file too slowly".into())));
        }
        while this.rest.is_empty() {
            match ready!(Pin::new(&mut this.stream).poll_next(cx)) {
                Some(Ok(bytes)) => this.rest = bytes,
                Some(Err(error)) => {
                    // The client sees that the connection ends before the announced length.
                    tracing::warn!(%error, sent = this.sent, size = this.size, "the rest of a file could not be read");
                    return Poll::Ready(Some(Err(error.into())));
                }
                None => return Poll::Ready(None),
            }
        }
        let portion = this.rest.split_to(this.rest.len().min(PORTION));
        this.sent += portion.len() as u64;
        Poll::Ready(Some(Ok(portion)))
    }
}

/// The body of a response to HEAD: its size is told, and nothing is read.
pub(super) struct Unread(pub(super) u64);

impl MessageBody for Unread {
    type Error = std::convert::Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0)
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Poll::Ready(None)
    }
}
