//! A PgBouncer in front of PostgreSQL.

use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running PgBouncer, which ends with this value.
pub(crate) struct PgBouncer {
    child: Child,
    folder: PathBuf,
    pub(crate) port: u16,
}

impl PgBouncer {
    /// Starts the one that `TEST_PGBOUNCER` names, or that is installed, in front of the PostgreSQL at this host and port,
    /// with these lines of its settings.
    pub(crate) fn start(host: &str, port_of_server: &str, settings: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let folder = std::env::temp_dir().join(format!("resourceful-test-pooler-{}-{port}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join("pgbouncer.ini");
        let text = format!(
            "[databases]\n* = host={host} port={port_of_server} user=postgres\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nauth_type = any\nunix_socket_dir =\n{settings}\n"
        );
        std::fs::write(&file, text).expect("its settings");
        let mut command = Command::new(program());
        // It refuses to run as root.
        if let Some((user, group)) = other_user() {
            command.uid(user).gid(group);
        }
        command.arg(&file).current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let pooler = Self { child: command.spawn().expect("it starts"), folder, port };
        let begun = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            assert!(begun.elapsed() < Duration::from_secs(20), "PgBouncer does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
        pooler
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

fn program() -> PathBuf {
    let named = std::env::var_os("TEST_PGBOUNCER").filter(|name| !name.is_empty()).map(PathBuf::from);
    let found = named
        .into_iter()
        .chain(["/usr/sbin/pgbouncer".into(), "/usr/bin/pgbouncer".into()])
        .find(|path| path.is_file());
    found.expect("this test needs PgBouncer: set TEST_PGBOUNCER, or run `cargo xtask test`, which installs it")
}

/// A user without rights, if this process is root.
fn other_user() -> Option<(u32, u32)> {
    let id = |arguments: &[&str]| -> Option<u32> {
        let output = Command::new("id").args(arguments).stderr(Stdio::null()).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    if id(&["-u"]) != Some(0) {
        return None;
    }
    let user = ["postgres", "nobody"].into_iter().find_map(|name| Some((id(&["-u", name])?, id(&["-g", name])?)));
    Some(user.expect("as root, PgBouncer needs a user `postgres` or `nobody`"))
}
