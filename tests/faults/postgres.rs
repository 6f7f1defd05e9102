//! A PostgreSQL server that a test may kill, with its own port and folder.

use std::os::unix::fs::{DirBuilderExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use resourceful::sea_orm::{ConnectOptions, Database};

pub(crate) struct OwnServer {
    programs: PathBuf,
    folder: PathBuf,
    user: Option<(u32, u32)>,
    port: u16,
    child: Child,
}

impl OwnServer {
    /// Starts one; `None` where no PostgreSQL is installed.
    pub(crate) async fn start() -> Option<Self> {
        let programs = programs()?;
        let (user, folder) = (user(), folder());
        let data = folder.join("data");
        let mut initdb = Command::new(programs.join("initdb"));
        initdb.arg("--pgdata").arg(&data).args(["--username=postgres", "--auth=trust", "--no-sync", "--encoding=UTF8"]);
        let done = as_user(&mut initdb, user, &folder).arg("--locale=C.UTF-8").status().expect("initdb runs");
        assert!(done.success(), "initdb failed");
        Some(Self::on(programs, folder).await)
    }

    /// Starts a replica of it, which gets its log as it is written (streaming replication).
    pub(crate) async fn replica(&self) -> Self {
        let folder = folder();
        let mut copy = Command::new(self.programs.join("pg_basebackup"));
        copy.arg("--pgdata").arg(folder.join("data")).args(["--write-recovery-conf", "--checkpoint=fast", "--no-sync"]);
        copy.args(["--host=127.0.0.1", "--username=postgres"]).arg(format!("--port={}", self.port));
        let done = as_user(&mut copy, self.user, &folder).status().expect("pg_basebackup runs");
        assert!(done.success(), "pg_basebackup failed");
        Self::on(self.programs.clone(), folder).await
    }

    /// Starts a server on the data in a folder.
    async fn on(programs: PathBuf, folder: PathBuf) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let user = user();
        let child = spawn(&programs, &folder, user, port);
        let mut server = Self { programs, folder, user, port, child };
        server.wait().await;
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Requires a password of this user from the next start on.
    pub(crate) fn lock(&self, user: &str) {
        let file = self.folder.join("data/pg_hba.conf");
        let rest = std::fs::read_to_string(&file).expect("its rules");
        std::fs::write(file, format!("host all {user} 127.0.0.1/32 scram-sha-256\n{rest}")).expect("its rules");
    }

    /// Stops all its processes where they are (SIGSTOP), or continues them (SIGCONT).
    pub(crate) fn freeze(&self, frozen: bool) {
        let id = self.child.id();
        let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).expect("its sessions");
        let signal = if frozen { "-STOP" } else { "-CONT" };
        let all = children.split_whitespace().map(str::to_owned).chain([id.to_string()]);
        let done = Command::new("kill").arg(signal).args(all).status().expect("kill runs");
        assert!(done.success(), "its processes are there");
    }

    /// SIGKILL to the postmaster, by its process id. Its sessions end when they notice it.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it has ended");
    }

    /// Starts it again on the same data.
    pub(crate) async fn restart(&mut self) {
        self.child = spawn(&self.programs, &self.folder, self.user, self.port);
        self.wait().await;
    }

    /// Waits until it answers. It does not start before the sessions of its predecessor have ended.
    async fn wait(&mut self) {
        let begun = Instant::now();
        loop {
            let mut options = ConnectOptions::new(self.url());
            options.max_connections(1).connect_timeout(Duration::from_secs(1)).sqlx_logging(false);
            if let Ok(db) = Database::connect(options).await {
                let _ = db.close().await;
                return;
            }
            assert!(begun.elapsed() < Duration::from_secs(60), "PostgreSQL does not start");
            if self.child.try_wait().expect("its state").is_some() {
                self.child = spawn(&self.programs, &self.folder, self.user, self.port);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for OwnServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        // Its sessions still write while they end.
        for _ in 0..50 {
            if std::fs::remove_dir_all(&self.folder).is_ok() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

/// A folder for a server.
fn folder() -> PathBuf {
    let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock").as_nanos();
    let folder = std::env::temp_dir().join(format!("resourceful-fault-postgres-{}-{nanos}", std::process::id()));
    std::fs::DirBuilder::new().mode(0o700).create(&folder).expect("a folder");
    if let Some((uid, gid)) = user() {
        chown(&folder, Some(uid), Some(gid)).expect("the folder is its user's");
    }
    folder
}

/// The user that runs the server, because PostgreSQL refuses to run as root.
pub(crate) fn user() -> Option<(u32, u32)> {
    (id(&["-u"]) == Some(0)).then(|| {
        let name = ["postgres", "nobody"].into_iter().find(|name| id(&["-u", name]).is_some());
        let name = name.expect("as root, PostgreSQL needs a user `postgres` or `nobody`");
        (id(&["-u", name]).expect("a user"), id(&["-g", name]).expect("a group"))
    })
}

/// `synchronous_commit` stays on; `fsync` matters for machines that lose power, not for processes that are killed.
fn spawn(programs: &Path, folder: &Path, user: Option<(u32, u32)>, port: u16) -> Child {
    let mut postgres = Command::new(programs.join("postgres"));
    postgres.arg("-D").arg(folder.join("data")).arg("-k").arg(folder).args(["-p", &port.to_string()]);
    postgres.args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]);
    as_user(&mut postgres, user, folder).spawn().expect("postgres starts")
}

pub(crate) fn as_user<'a>(command: &'a mut Command, user: Option<(u32, u32)>, folder: &Path) -> &'a mut Command {
    if let Some((uid, gid)) = user {
        command.uid(uid).gid(gid);
    }
    command.current_dir(folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null())
}

fn programs() -> Option<PathBuf> {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let debian = debian.map(|version| version.path().join("bin"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = debian.chain(std::env::split_paths(&path).collect::<Vec<_>>());
    folders.find(|folder| folder.join("initdb").is_file() && folder.join("postgres").is_file())
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).stderr(Stdio::null()).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
