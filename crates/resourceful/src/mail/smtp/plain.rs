//! The bytes of a connection: before its encryption begins, and how many a server may send at once.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// The most bytes that a server may send before we write again. Answers are short; certificates are the longest of what
/// comes. The library keeps a line until it ends, so a line without an end would fill the memory.
const HEARD: usize = 128 * 1024;

/// A connection from which no byte is read too early, and not too many.
///
/// The library reads ahead into a buffer, which it keeps when TLS begins: what somebody on the way sends right behind the
/// answer to STARTTLS would be read as answers of the encrypted connection, so a refused mail could count as accepted. Up to
/// the end of the handshake this gives single bytes. Nothing is read ahead then, and such bytes break the handshake.
#[derive(Debug)]
pub(super) struct Careful {
    stream: TcpStream,
    /// Whether TLS has begun, or never begins.
    is_settled: Arc<AtomicBool>,
    /// The bytes that came since we wrote.
    heard: usize,
}

impl Careful {
    /// The connection, and the flag to set when it is encrypted, or if it never will be.
    pub(super) fn new(stream: TcpStream) -> (Self, Arc<AtomicBool>) {
        let is_settled = Arc::<AtomicBool>::default();
        (Self { stream, is_settled: Arc::clone(&is_settled), heard: 0 }, is_settled)
    }

    fn hear(&mut self, bytes: usize) -> io::Result<()> {
        self.heard += bytes;
        if self.heard > HEARD {
            return Err(io::Error::other(format!("the mail server sent more than {HEARD} bytes as one answer")));
        }
        Ok(())
    }
}

impl AsyncRead for Careful {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.is_settled.load(Ordering::Relaxed) || buf.remaining() == 0 {
            let before = buf.filled().len();
            ready!(Pin::new(&mut self.stream).poll_read(cx, buf))?;
            return Poll::Ready(self.hear(buf.filled().len() - before));
        }
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut one))?;
        buf.put_slice(one.filled());
        Poll::Ready(self.hear(one.filled().len()))
    }
}

impl AsyncWrite for Careful {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.heard = 0;
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

impl AsyncTokioStream for Careful {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}
