//! Tells the service manager that the server is ready, and that it ends, as `sd_notify(3)` describes it: a message to the
//! socket that `NOTIFY_SOCKET` names. A service of systemd has `Type=notify` for that.

/// The server is ready to serve.
pub(super) const READY: &str = "READY=1";

/// The server has begun to end.
pub(super) const STOPPING: &str = "STOPPING=1";

/// Sends a message to the service manager, if there is one that wants it.
pub(super) fn notify(message: &str) {
    #[cfg(unix)]
    if let Some(place) = std::env::var_os("NOTIFY_SOCKET").filter(|place| !place.is_empty())
        && let Err(error) = send(&place, message)
    {
        tracing::warn!("the service manager cannot be told {message}: {error}");
    }
    #[cfg(not(unix))]
    let _ = message;
}

#[cfg(unix)]
fn send(place: &std::ffi::OsStr, message: &str) -> std::io::Result<()> {
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::net::UnixDatagram;

    let socket = UnixDatagram::unbound()?;
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Some(name) = place.as_bytes().strip_prefix(b"@") {
        #[cfg(target_os = "android")]
        use std::os::android::net::SocketAddrExt;
        #[cfg(target_os = "linux")]
        use std::os::linux::net::SocketAddrExt;
        use std::os::unix::net::SocketAddr;

        return socket.send_to_addr(message.as_bytes(), &SocketAddr::from_abstract_name(name)?).map(drop);
    }
    socket.send_to(message.as_bytes(), place).map(drop)
}
