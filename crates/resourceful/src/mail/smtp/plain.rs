//! The connection before its encryption begins.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

/// A connection from which no byte is read too early.
///
/// The library reads ahead into a buffer, which it keeps when TLS begins: what somebody on the way sends right behind the
/// answer to STARTTLS would be read as answers of the encrypted connection, so a refused mail could count as accepted. Up to
/// the end of the handshake this gives single bytes. Nothing is read ahead then, and such bytes break the handshake.
#[derive(Debug)]
pub(super) struct Careful {
    stream: TcpStream,
    is_encrypted: Arc<AtomicBool>,
}

impl Careful {
    /// The connection, and the flag to set when it is encrypted.
    pub(super) fn new(stream: TcpStream) -> (Self, Arc<AtomicBool>) {
        let is_encrypted = Arc::<AtomicBool>::default();
        (Self { stream, is_encrypted: Arc::clone(&is_encrypted) }, is_encrypted)
    }
}

impl AsyncRead for Careful {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.is_encrypted.load(Ordering::Relaxed) || buf.remaining() == 0 {
            return Pin::new(&mut self.stream).poll_read(cx, buf);
        }
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut one))?;
        buf.put_slice(one.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Careful {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
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
