//! The addresses on which the server listens, and how a new process takes over from an old one.
//!
//! A process usually listens alone. Two ways let the next version take over without a refused connection: the service manager
//! keeps the listening socket and passes it to each process ([`passed`]), or the processes share the port (`REUSE_PORT`,
//! [`leave`]). In both, a process listens when it is ready to serve, and not before.

mod leave;
mod passed;

use std::net::{SocketAddr, TcpListener, ToSocketAddrs};

use socket2::{Domain, Protocol, Socket, Type};

pub(super) use leave::Leaving;

use super::settings::ServerSettings;
use crate::error::StartupError;

/// The socket on which a server is going to listen.
pub(crate) struct Listener {
    pub(super) socket: TcpListener,
    pub(super) held: Held,
    /// The socket for metrics, if the service manager passed one.
    pub(super) metrics: Option<TcpListener>,
}

/// Who else listens at the address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    /// Nobody.
    Alone,
    /// Other processes, each with a socket of its own.
    Port,
    /// Whoever has the same socket: the service manager, and processes to which it was passed too.
    Socket,
}

impl Listener {
    /// The socket that was passed to this process, or a new one at the address from the settings.
    ///
    /// # Errors
    /// If what was passed is no such socket, or if the address cannot be used.
    pub(crate) fn open(settings: &ServerSettings) -> Result<Self, StartupError> {
        if let Some(passed) = passed::take()? {
            if settings.reuse_port {
                return Err(StartupError::new(
                    "REUSE_PORT is true, and the service manager passed a socket (LISTEN_FDS); keep one of them: processes \
                     with the same socket need no REUSE_PORT",
                ));
            }
            return Ok(passed);
        }
        let ServerSettings { host, port, reuse_port, .. } = settings;
        let socket = if *reuse_port { share(host, *port) } else { TcpListener::bind((host.as_str(), *port)) };
        let socket = socket.and_then(nonblocking).map_err(|error| {
            let way_out = if *reuse_port {
                "Set HOST and PORT, or stop the program that uses it; a server that shares it must have REUSE_PORT=true, and \
                 the same user"
            } else {
                "Set HOST and PORT, or stop the program that uses it"
            };
            StartupError::new(format!("the address {host}:{port} cannot be used: {error}. {way_out}"))
        })?;
        let held = if *reuse_port { Held::Port } else { Held::Alone };
        Ok(Self { socket, held, metrics: None })
    }

    /// The address on which it is going to listen.
    ///
    /// # Errors
    /// If the system does not tell.
    pub(crate) fn address(&self) -> Result<SocketAddr, StartupError> {
        self.socket.local_addr().map_err(StartupError::because)
    }

    /// Whether another process can listen at the same address, before this one, beside it or after it.
    pub(super) fn is_shared(&self) -> bool {
        self.held != Held::Alone
    }
}

/// Binds an address that other sockets of the same user may have too. The socket does not listen yet: connections would wait
/// in it, and be lost if this process cannot start.
///
/// # Errors
/// If the address cannot be used, also because another program has it for itself alone.
pub(super) fn share(host: &str, port: u16) -> std::io::Result<TcpListener> {
    let mut refused = None;
    for address in (host, port).to_socket_addrs()? {
        let bind = || {
            let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
            socket.set_reuse_address(true)?;
            #[cfg(any(target_os = "linux", target_os = "android"))]
            socket.set_reuse_port(true)?;
            socket.bind(&address.into())?;
            Ok(socket)
        };
        match bind() {
            Ok(socket) => return Ok(socket.into()),
            Err(error) => refused = Some(error),
        }
    }
    Err(refused.unwrap_or_else(|| std::io::Error::other("the host has no address")))
}

/// A socket as the server needs it.
pub(super) fn nonblocking(socket: TcpListener) -> std::io::Result<TcpListener> {
    socket.set_nonblocking(true)?;
    Ok(socket)
}
