//! Ending to take connections at an address where another process goes on: none that a client has begun may be lost.
//!
//! What can be lost, and why it is not:
//!
//! - Connections that were accepted and that no worker has taken yet: actix closes those when the server stops. So the server
//!   first pauses, which leaves the socket open, and stops when each worker has told that it has caught up.
//! - Connections that wait in the socket, if it is this process' own: the kernel resets them when the socket is closed, unless
//!   `net.ipv4.tcp_migrate_req` tells it to give them to the other sockets of the port. Without that, a filter keeps new
//!   connections out of the socket before it is closed, and all that have come before are accepted. A client sends the first
//!   packet of its connection again after a second, and is connected to the other process then.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use tokio::sync::{Semaphore, watch};

use super::{Held, Listener};

/// In this time the connections that clients have begun are complete: more than the time to a client and back.
const COMPLETED: Duration = Duration::from_millis(200);

/// In this time clients send the first request of their connections. With the other one it is less than the second after
/// which clients try to connect again, so that they are not kept out twice.
const SENT: Duration = Duration::from_millis(500);

/// How long a worker may take until it has caught up.
const CAUGHT_UP: Duration = Duration::from_secs(10);

/// How often a worker does everything that it can do before it tells that it has caught up: it takes connections, it reads
/// their requests, it begins to answer them.
const TURNS: usize = 8;

/// Makes a server take no more connections.
pub(in crate::app) struct Leaving {
    held: Held,
    /// The socket that only this process has.
    own: Option<TcpListener>,
    workers: Workers,
}

impl Leaving {
    /// How a server with this listener takes its leave.
    ///
    /// # Errors
    /// If the process has too many open files.
    pub(in crate::app) fn of(listener: &Listener) -> std::io::Result<Self> {
        let own = (listener.held == Held::Port).then(|| listener.socket.try_clone()).transpose()?;
        Ok(Self { held: listener.held, own, workers: Workers::default() })
    }

    /// The workers of the server, which must all [`answer`](Workers::answer).
    pub(in crate::app) fn workers(&self) -> Workers {
        self.workers.clone()
    }

    /// Whether other processes serve the address when this one has ended.
    pub(in crate::app) fn is_followed(&self) -> bool {
        self.held != Held::Alone
    }

    /// Stops to accept connections. Afterwards the server can be stopped without losing any, if its address is shared.
    pub(in crate::app) async fn leave(self, server: &ServerHandle, workers: usize) {
        if self.held == Held::Alone {
            return;
        }
        // It must be closed before the server stops: a socket lives for as long as anybody has it.
        if let Some(own) = self.own
            && !kernel_moves_connections()
        {
            match keep_out(&own) {
                Ok(()) => tokio::time::sleep(COMPLETED).await,
                Err(error) => tracing::warn!("connections that begin at this moment may be lost: {error}"),
            }
        }
        server.pause().await;
        tokio::time::sleep(SENT).await;
        if !self.workers.have_caught_up(workers).await {
            tracing::warn!("the workers are too busy to take what was accepted; connections that are new may be lost");
        }
    }
}

/// Asks the workers whether they have taken all that was accepted.
#[derive(Clone)]
pub(in crate::app) struct Workers {
    asked: Arc<watch::Sender<bool>>,
    caught_up: Arc<Semaphore>,
}

impl Default for Workers {
    fn default() -> Self {
        Self { asked: Arc::default(), caught_up: Arc::new(Semaphore::new(0)) }
    }
}

impl Workers {
    /// Answers for this worker, when it is asked. Called on the thread of each worker.
    pub(in crate::app) fn answer(&self) {
        let Self { asked, caught_up } = self.clone();
        actix_web::rt::spawn(async move {
            // This task keeps the sender, so there is no other end.
            let _ = asked.subscribe().wait_for(|asked| *asked).await;
            for _ in 0..TURNS {
                tokio::task::yield_now().await;
            }
            caught_up.add_permits(1);
        });
    }

    /// Whether so many workers have told it in time.
    async fn have_caught_up(&self, workers: usize) -> bool {
        self.asked.send_replace(true);
        let workers = u32::try_from(workers).unwrap_or(u32::MAX);
        tokio::time::timeout(CAUGHT_UP, self.caught_up.acquire_many(workers)).await.is_ok_and(|told| told.is_ok())
    }
}

/// Whether the kernel gives the connections that wait in a closed socket to another socket of the port.
fn kernel_moves_connections() -> bool {
    std::fs::read_to_string("/proc/sys/net/ipv4/tcp_migrate_req").is_ok_and(|text| text.trim() == "1")
}

/// Keeps connections out that have not begun. Their first packet is dropped, and that is all the client notices.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn keep_out(socket: &TcpListener) -> std::io::Result<()> {
    use socket2::{SockFilter, SockRef};

    // Instructions of classic BPF, which see a packet from its TCP header on: RFC 9293 section 3.1 has the flags in byte 13.
    const LOAD_BYTE: u16 = 0x30;
    const AND: u16 = 0x54;
    const JUMP_IF_EQUAL: u16 = 0x15;
    const RETURN: u16 = 0x06;
    const SYN: u32 = 0x02;
    const ACK: u32 = 0x10;
    SockRef::from(socket).attach_filter(&[
        SockFilter::new(LOAD_BYTE, 0, 0, 13),
        SockFilter::new(AND, 0, 0, SYN | ACK),
        SockFilter::new(JUMP_IF_EQUAL, 0, 1, SYN),
        SockFilter::new(RETURN, 0, 0, 0),
        SockFilter::new(RETURN, 0, 0, u32::MAX),
    ])
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn keep_out(_: &TcpListener) -> std::io::Result<()> {
    Err(std::io::Error::from(std::io::ErrorKind::Unsupported))
}
