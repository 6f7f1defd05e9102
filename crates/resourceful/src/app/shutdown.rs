//! Ending the server without losing a request.
//!
//! After the first SIGTERM or SIGINT, `/health/ready` answers 503, so that a load balancer sends no more requests. Requests
//! that still arrive are served, for `SHUTDOWN_DELAY`, and each answer closes its connection. Then the server accepts no
//! more connections, waits for the requests that it has begun, and ends. The worker of the outbox is told at the signal too,
//! and ends beside the server. A second signal ends the process at once.
//!
//! Where other processes serve the same address, `/health/ready` goes on to answer 200: what asks it asks the address, and not
//! this process.

use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{ServerHandle, ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use actix_web::middleware::Next;
use tokio::sync::watch;

use super::listen::Leaving;
use super::notify::{STOPPING, notify};

/// The exit code of a process that a second signal ended: 128 and the number of SIGINT, as shells report it.
const AT_ONCE: i32 = 130;

/// Whether the server is about to end.
#[derive(Clone)]
pub(super) struct Shutdown {
    begun: Arc<watch::Sender<bool>>,
    is_followed: bool,
}

impl Shutdown {
    /// Of a server that has not been asked to end. Its address is served by other processes too if it `is_followed`.
    pub(super) fn new(is_followed: bool) -> Self {
        Self { begun: Arc::default(), is_followed }
    }

    /// Whether a signal has been received.
    pub(super) fn has_begun(&self) -> bool {
        *self.begun.borrow()
    }

    /// Whether nobody serves the address soon.
    pub(super) fn leaves_nobody(&self) -> bool {
        self.has_begun() && !self.is_followed
    }

    /// Waits until a signal has been received.
    pub(super) async fn begun(&self) {
        // This value keeps the sender, so there is no other end.
        let _ = self.begun.subscribe().wait_for(|begun| *begun).await;
    }

    /// Waits for a signal in the background, and ends this server.
    pub(super) fn on_signal(self, server: ServerHandle, (leaving, workers): (Leaving, usize), delay: Duration) {
        // Not in the task, which begins later: the server is ready soon, and a signal would end the process at once.
        let Some(mut signals) = Signals::new() else { return };
        tokio::spawn(async move {
            let name = signals.next().await;
            self.begun.send_replace(true);
            notify(STOPPING);
            let ready =
                if self.is_followed { "Other processes serve its address" } else { "/health/ready answers 503" };
            tracing::info!(
                "{name}: the server ends. {ready}, and requests are served for {} more seconds; a second signal ends the \
                 process at once",
                delay.as_secs_f32()
            );
            let end = async {
                tokio::time::sleep(delay).await;
                leaving.leave(&server, workers).await;
                server.stop(true).await;
                // What ends after the server, such as a delivery of the outbox, can be interrupted too.
                std::future::pending::<()>().await;
            };
            tokio::select! {
                () = end => {}
                name = signals.next() => {
                    tracing::warn!("{name}: the process ends at once");
                    std::process::exit(AT_ONCE);
                }
            }
        });
    }
}

/// Answers close their connections once the server is about to end: clients then connect to another process.
pub(super) async fn close_connections(
    shutdown: Shutdown,
    req: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, actix_web::Error> {
    let mut res = next.call(req).await?;
    if shutdown.has_begun() {
        res.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    Ok(res)
}

/// The signals that end a server.
#[cfg(unix)]
struct Signals {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    /// `None`, and a log line, if the system does not deliver them.
    fn new() -> Option<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        let both =
            signal(SignalKind::terminate()).and_then(|terminate| Ok((terminate, signal(SignalKind::interrupt())?)));
        match both {
            Ok((terminate, interrupt)) => Some(Self { terminate, interrupt }),
            Err(error) => {
                tracing::error!(
                    "the process cannot receive signals, so it ends without finishing its requests: {error}"
                );
                None
            }
        }
    }

    async fn next(&mut self) -> &'static str {
        tokio::select! {
            _ = self.terminate.recv() => "SIGTERM",
            _ = self.interrupt.recv() => "SIGINT",
        }
    }
}

#[cfg(not(unix))]
struct Signals;

#[cfg(not(unix))]
impl Signals {
    fn new() -> Option<Self> {
        Some(Self)
    }

    async fn next(&mut self) -> &'static str {
        let _ = tokio::signal::ctrl_c().await;
        "Ctrl+C"
    }
}
