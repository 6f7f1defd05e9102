//! A proxy in front of a server that fails in the way that a test asks for.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};

/// What happens to each new connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// It is closed at once.
    Closed,
    /// It is taken, and nothing is ever answered.
    Silent,
    /// Each request is answered with 503, by this many connections; later ones work.
    Overloaded(usize),
    /// It is reset after the client has sent this number of bytes.
    ResetRequest(usize),
    /// It is reset after the server has sent this number of bytes, by this many connections; later ones work.
    ResetAnswer(usize, usize),
    /// Each piece of an answer arrives this number of milliseconds late.
    LateAnswer(u64),
    /// Nothing more arrives after the server has sent this number of bytes.
    StalledAnswer(usize),
}

#[derive(Clone)]
pub(crate) struct FaultProxy(Arc<Shared>);

struct Shared {
    server: SocketAddr,
    address: SocketAddr,
    fault: Mutex<Fault>,
    connections: AtomicUsize,
    changed: tokio::sync::Notify,
}

impl FaultProxy {
    /// Listens on a free port, in the current runtime.
    pub(crate) async fn start(server: SocketAddr, fault: Fault) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (fault, connections, changed) = (Mutex::new(fault), AtomicUsize::new(0), tokio::sync::Notify::new());
        let proxy = Self(Arc::new(Shared { server, address, fault, connections, changed }));
        let accepting = proxy.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let proxy = accepting.clone();
                tokio::spawn(async move { proxy.pass(client).await });
            }
        });
        proxy
    }

    /// From now on this happens to new connections. Those that are open are closed.
    pub(crate) fn set(&self, fault: Fault) {
        *self.0.fault.lock().expect("not poisoned") = fault;
        self.0.connections.store(0, Ordering::SeqCst);
        self.0.changed.notify_waiters();
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// How many connections there were so far.
    pub(crate) fn connections(&self) -> usize {
        self.0.connections.load(Ordering::SeqCst)
    }

    async fn pass(&self, client: TcpStream) {
        let number = self.0.connections.fetch_add(1, Ordering::SeqCst);
        let mut fault = *self.0.fault.lock().expect("not poisoned");
        match fault {
            Fault::Overloaded(count) | Fault::ResetAnswer(_, count) if number >= count => fault = Fault::None,
            _ => {}
        }
        match fault {
            Fault::Closed => return,
            Fault::Silent => return self.0.changed.notified().await,
            Fault::Overloaded(_) => return overloaded(client).await,
            _ => {}
        }
        let Ok(server) = TcpStream::connect(self.0.server).await else { return };
        let (from_client, to_client) = client.into_split();
        let (from_server, to_server) = server.into_split();
        let request_limit = if let Fault::ResetRequest(bytes) = fault { bytes } else { usize::MAX };
        let late = Duration::from_millis(if let Fault::LateAnswer(milliseconds) = fault { milliseconds } else { 0 });
        let (answer_limit, is_reset) = match fault {
            Fault::ResetAnswer(bytes, _) => (bytes, true),
            Fault::StalledAnswer(bytes) => (bytes, false),
            _ => (usize::MAX, false),
        };
        tokio::select! {
            () = self.0.changed.notified() => {}
            () = copy(from_client, to_server, request_limit) => {}
            () = copy_answer(from_server, to_client, answer_limit, is_reset, late) => {}
        }
    }
}

async fn copy(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, limit: usize) {
    let (mut buffer, mut passed) = (vec![0; 64 * 1024], 0);
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        passed += count;
        if passed > limit {
            let _ = from.as_ref().set_zero_linger();
            return;
        }
        if to.write_all(&buffer[..count]).await.is_err() {
            return;
        }
    }
}

async fn copy_answer(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, limit: usize, is_reset: bool, late: Duration) {
    let (mut buffer, mut passed) = (vec![0; 16 * 1024], 0);
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        tokio::time::sleep(late).await;
        let allowed = count.min(limit - passed);
        passed += allowed;
        if to.write_all(&buffer[..allowed]).await.is_err() {
            return;
        }
        if allowed < count {
            if is_reset {
                let _ = to.as_ref().set_zero_linger();
                return;
            }
            std::future::pending::<()>().await;
        }
    }
}

async fn overloaded(mut client: TcpStream) {
    let mut buffer = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = client.read(&mut buffer).await {
        // The head of a request, or one that has no body
        if buffer[..count].windows(4).any(|window| window == b"\r\n\r\n") {
            let answer = "HTTP/1.1 503 Slow Down\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
            let _ = client.write_all(answer.as_bytes()).await;
            let _ = client.shutdown().await;
        }
    }
}
