//! A server that speaks the protocol of S3, in the process of the tests. It checks signatures and keeps objects in a folder.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::mpsc;
use std::time::Duration;

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use resourceful::SecretText;
use resourceful::storage::{S3Settings, Storage, s3};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use tempfile::TempDir;
use tokio::sync::oneshot;

pub(crate) const BUCKET: &str = "files";
const ACCESS_KEY: &str = "AKIAEXAMPLE";
const SECRET_KEY: &str = "the-secret-key-of-the-tests";

/// The server, which ends when this value is dropped.
pub(crate) struct S3Server {
    folder: TempDir,
    pub(crate) address: SocketAddr,
    end: Option<oneshot::Sender<()>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl S3Server {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join(BUCKET)).expect("a bucket");
        let root = folder.path().to_owned();
        let (started, starting) = mpsc::channel();
        let (end, ended) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async move {
                tokio::select! {
                    () = serve(&root, started) => {}
                    _ = ended => {}
                }
            });
        });
        let address = starting.recv().expect("the server starts");
        Self { folder, address, end: Some(end), thread: Some(thread) }
    }

    /// The settings of a client of this server.
    pub(crate) fn settings(&self) -> S3Settings {
        settings_at(self.address)
    }

    /// A storage in the bucket of this server.
    pub(crate) fn storage(&self) -> Storage {
        Storage::new(s3(&self.settings()).expect("valid settings"))
    }

    /// Every file that belongs to an upload which is not complete.
    pub(crate) fn leftovers(&self) -> Vec<String> {
        let names = std::fs::read_dir(self.folder.path()).expect("the folder").flatten();
        let names = names.map(|entry| entry.file_name().to_string_lossy().into_owned());
        names.filter(|name| name.contains("upload") || name.contains(".tmp.")).collect()
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        drop(self.end.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The settings of a client of the server behind this address.
pub(crate) fn settings_at(address: SocketAddr) -> S3Settings {
    let credentials = [("AWS_ACCESS_KEY_ID", ACCESS_KEY), ("AWS_SECRET_ACCESS_KEY", SECRET_KEY)];
    S3Settings {
        bucket: BUCKET.to_owned(),
        region: "us-east-1".to_owned(),
        endpoint: Some(format!("http://{address}")),
        path_style: true,
        // It is compiled without optimization, and may share a busy machine.
        timeout: Duration::from_secs(60),
        credentials: credentials.map(|(name, value)| (name.to_owned(), SecretText(value.to_owned()))).into(),
    }
}

async fn serve(root: &Path, started: mpsc::Sender<SocketAddr>) {
    let mut service = S3ServiceBuilder::new(s3s_fs::FileSystem::new(root).expect("a folder"));
    service.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
    let service = service.build();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    started.send(listener.local_addr().expect("an address")).expect("the test waits");
    while let Ok((connection, _)) = listener.accept().await {
        let service = service.clone();
        tokio::spawn(async move {
            let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(connection), service).await;
        });
    }
}
