//! A proxy in front of PostgreSQL that delays data and breaks connections when a test says so.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

/// The client's message at which the connection breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// None.
    Never = 0,
    /// Right after COMMIT has been passed on.
    AfterCommit = 1,
    /// Instead of passing COMMIT on.
    BeforeCommit = 2,
    /// Right after something that holds the words `cut here` has been passed on.
    AfterMarked = 3,
}

#[derive(Clone)]
pub(crate) struct Proxy(Arc<Shared>);

struct Shared {
    server: String,
    port: u16,
    cut: AtomicU8,
    cuts: AtomicUsize,
    begins: AtomicUsize,
    delay: AtomicU64,
}

impl Proxy {
    /// Listens on a free port for connections to this server, in the current runtime.
    pub(crate) async fn start(server: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let (cut, delay) = (AtomicU8::new(0), AtomicU64::new(0));
        let (cuts, begins) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let proxy = Self(Arc::new(Shared { server, port, cut, cuts, begins, delay }));
        let accepting = proxy.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let proxy = accepting.clone();
                tokio::spawn(async move { proxy.pass(client).await });
            }
        });
        proxy
    }

    pub(crate) fn port(&self) -> u16 {
        self.0.port
    }

    /// Milliseconds that each way takes from now on.
    pub(crate) fn delay(&self, milliseconds: u64) {
        self.0.delay.store(milliseconds, Ordering::SeqCst);
    }

    /// Breaks the next connection at such a message, once.
    pub(crate) fn cut_next(&self, cut: Cut) {
        self.0.cut.store(cut as u8, Ordering::SeqCst);
    }

    /// How many connections were broken.
    pub(crate) fn cuts(&self) -> usize {
        self.0.cuts.load(Ordering::SeqCst)
    }

    /// How many transactions were begun.
    pub(crate) fn begins(&self) -> usize {
        self.0.begins.load(Ordering::SeqCst)
    }

    async fn pass(&self, client: TcpStream) {
        let Ok(server) = TcpStream::connect(&self.0.server).await else { return };
        let _ = (client.set_nodelay(true), server.set_nodelay(true));
        let (mut from_client, to_client) = client.into_split();
        let (from_server, mut to_server) = server.into_split();
        let shared = self.0.clone();
        let back = tokio::spawn(delayed(from_server, to_client, shared.clone()));
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(count @ 1..) = from_client.read(&mut buffer).await {
            tokio::time::sleep(Duration::from_millis(shared.delay.load(Ordering::SeqCst))).await;
            let bytes = &buffer[..count];
            let is_commit = bytes.windows(7).any(|window| window == b"COMMIT\0");
            if bytes.windows(6).any(|window| window == b"BEGIN\0") {
                shared.begins.fetch_add(1, Ordering::SeqCst);
            }
            let is_marked = bytes.windows(8).any(|window| window == b"cut here");
            let cut = shared.cut.load(Ordering::SeqCst);
            let before = is_commit && cut == Cut::BeforeCommit as u8;
            let after = is_commit && cut == Cut::AfterCommit as u8 || is_marked && cut == Cut::AfterMarked as u8;
            if !before && to_server.write_all(bytes).await.is_err() {
                break;
            }
            let claimed = before || after;
            if claimed && shared.cut.compare_exchange(cut, 0, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                shared.cuts.fetch_add(1, Ordering::SeqCst);
                back.abort();
                // A reset, as when a machine dies
                let _ = from_client.as_ref().set_zero_linger();
                return;
            }
        }
        back.abort();
    }
}

/// Passes on the data of the server, each piece with the delay, without delaying later pieces even more.
async fn delayed(
    mut from: tokio::net::tcp::OwnedReadHalf,
    mut to: tokio::net::tcp::OwnedWriteHalf,
    shared: Arc<Shared>,
) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let due = Instant::now() + Duration::from_millis(shared.delay.load(Ordering::SeqCst));
        tokio::time::sleep_until(due).await;
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}
