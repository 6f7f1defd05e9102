//! Sockets that the service manager passes, as `sd_listen_fds(3)` describes it: `LISTEN_FDS` is their number, `LISTEN_PID` the
//! process that they are for, `LISTEN_FDNAMES` their names. The first one is the file descriptor 3.

use std::net::TcpListener;

use socket2::SockRef;

use super::{Held, Listener, nonblocking};
use crate::error::StartupError;

/// The name of a socket on which metrics are served (`FileDescriptorName=metrics`); each other name is the server's.
const METRICS: &str = "metrics";

/// The most sockets that make sense: one for the server and one for metrics.
const MOST: usize = 2;

/// What was passed to this process.
///
/// # Errors
/// If it is no socket on which a server can listen, or if there are too many.
pub(super) fn take() -> Result<Option<Listener>, StartupError> {
    let Some(names) = announced(&|name| std::env::var(name).ok(), std::process::id())? else { return Ok(None) };
    // This removes the variables, so that no child process takes them for its own.
    let (mut server, mut metrics) = (None, None);
    let mut passed = listenfd::ListenFd::from_env();
    for (at, name) in names.iter().enumerate() {
        let socket = passed.take_tcp_listener(at).ok().flatten().filter(listens).ok_or_else(|| not_a_listener(at))?;
        let socket = nonblocking(socket).map_err(StartupError::because)?;
        let place = if name == METRICS { &mut metrics } else { &mut server };
        if place.replace(socket).is_some() {
            let which = if name == METRICS { "two sockets named `metrics`" } else { "two sockets for the server" };
            return Err(StartupError::new(format!(
                "the service manager passed {which} (LISTEN_FDNAMES is `{}`); pass one for the server, and at most one named \
                 `metrics` (FileDescriptorName=metrics)",
                names.join(":")
            )));
        }
    }
    let Some(socket) = server else {
        return Err(StartupError::new(
            "the service manager passed a socket named `metrics` and none for the server; pass both, or none",
        ));
    };
    say(&socket, metrics.as_ref());
    Ok(Some(Listener { socket, held: Held::Socket, metrics }))
}

fn say(server: &TcpListener, metrics: Option<&TcpListener>) {
    let address = |socket: &TcpListener| socket.local_addr().map_or_else(|_| "?".to_owned(), |at| at.to_string());
    tracing::info!("the service manager passed the socket of {}; HOST and PORT are not used", address(server));
    if let Some(metrics) = metrics {
        tracing::info!("the service manager passed the socket of {} for metrics", address(metrics));
    }
}

/// Whether a socket can accept connections.
fn listens(socket: &TcpListener) -> bool {
    let socket = SockRef::from(socket);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    return socket.is_listener().unwrap_or(false);
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    return socket.peer_addr().is_err();
}

fn not_a_listener(at: usize) -> StartupError {
    StartupError::new(format!(
        "the file descriptor {} that the service manager passed (LISTEN_FDS) is not a TCP socket that listens; the socket unit \
         needs ListenStream= with an address and a port, and Accept=no",
        3 + at
    ))
}

/// The names of the sockets that were passed to this process; `None` if there are none.
fn announced(lookup: &dyn Fn(&str) -> Option<String>, process: u32) -> Result<Option<Vec<String>>, StartupError> {
    let text = |name: &str| lookup(name).map(|text| text.trim().to_owned()).filter(|text| !text.is_empty());
    let Some(count) = text("LISTEN_FDS") else { return Ok(None) };
    let meant = text("LISTEN_PID");
    if meant.as_deref().and_then(|text| text.parse().ok()) != Some(process) {
        tracing::warn!(
            "LISTEN_FDS is set, and LISTEN_PID is {}, which is not this process ({process}): the sockets are for another one, \
             and are not used",
            meant.as_deref().unwrap_or("not set")
        );
        return Ok(None);
    }
    let count: usize = count
        .parse()
        .map_err(|_| StartupError::new(format!("LISTEN_FDS is `{count}`; it must be the number of sockets")))?;
    if count > MOST {
        return Err(StartupError::new(format!(
            "the service manager passed {count} sockets (LISTEN_FDS); pass one for the server, and at most one named `metrics` \
             (FileDescriptorName=metrics)"
        )));
    }
    if count == 0 {
        return Ok(None);
    }
    let mut names: Vec<String> =
        text("LISTEN_FDNAMES").unwrap_or_default().split(':').map(str::to_owned).take(count).collect();
    names.resize(count, String::new());
    Ok(Some(names))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_variables_announce() {
        let none: Option<&[&str]> = None;
        // LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES: the names
        for (fds, pid, names, expected) in [
            ("", "7", "", none),
            ("0", "7", "", none),
            ("1", "8", "", none),
            ("1", "", "", none),
            ("1", "seven", "", none),
            ("1", "7", "", Some(&[""][..])),
            ("1", "7", "taskflow.socket", Some(&["taskflow.socket"][..])),
            ("2", "7", "http:metrics", Some(&["http", "metrics"][..])),
            ("2", "7", "metrics", Some(&["metrics", ""][..])),
            ("1", "7", "http:metrics:more", Some(&["http"][..])),
        ] {
            let lookup = |name: &str| match name {
                "LISTEN_FDS" => Some(fds.to_owned()),
                "LISTEN_PID" => Some(pid.to_owned()),
                "LISTEN_FDNAMES" => Some(names.to_owned()),
                _ => None,
            };
            let found = announced(&lookup, 7).expect("no error");
            assert_eq!(
                found.as_deref().map(|all| all.iter().map(String::as_str).collect::<Vec<_>>()).as_deref(),
                expected
            );
        }
        for fds in ["one", "-1", "3", "2000000000"] {
            let lookup = |name: &str| Some(if name == "LISTEN_FDS" { fds } else { "7" }.to_owned());
            let error = announced(&lookup, 7).expect_err(fds).to_string();
            assert!(error.contains("LISTEN_FDS") && error.contains(fds), "{error}");
        }
    }
}
