//! A small HTTP server that counts its requests and sends configured responses.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// What the server does with a request.
#[derive(Clone)]
pub(super) enum Answer {
    /// 200 with this body and these additional header lines.
    Body(String, &'static str),
    /// This status, with a valid key set as the body and these additional header lines.
    Status(u16, String, String),
    /// 200 with an endless body without a length.
    Endless,
    /// No response; the connection stays open.
    Stall,
    /// The head and half of the body, then nothing.
    Half(String),
    /// The head, then the bytes of the body one by one, with pauses.
    Drip(String),
    /// The connection is closed.
    Close,
    /// The first for the paths that end like this, the second for all others.
    Split(&'static str, Box<Answer>, Box<Answer>),
}

pub(super) struct Server {
    pub(super) url: String,
    hits: Arc<AtomicUsize>,
    answer: Arc<Mutex<Answer>>,
    paths: Arc<Mutex<Vec<String>>>,
}

impl Server {
    pub(super) async fn start(answer: Answer) -> Self {
        Self::start_at(([127, 0, 0, 1], 0).into(), answer).await
    }

    pub(super) async fn start_at(address: SocketAddr, answer: Answer) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let url = format!("http://{}/jwks.json", listener.local_addr().unwrap());
        let hits = Arc::new(AtomicUsize::new(0));
        let answer = Arc::new(Mutex::new(answer));
        let paths = Arc::<Mutex<Vec<String>>>::default();
        let (counter, current, asked) = (hits.clone(), answer.clone(), paths.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                counter.fetch_add(1, Ordering::SeqCst);
                let answer = current.lock().unwrap().clone();
                tokio::spawn(serve(stream, answer, asked.clone()));
            }
        });
        Self { url, hits, answer, paths }
    }

    pub(super) fn answer(&self, answer: Answer) {
        *self.answer.lock().unwrap() = answer;
    }

    /// The paths of the requests so far.
    pub(super) fn paths(&self) -> Vec<String> {
        self.paths.lock().unwrap().clone()
    }

    pub(super) fn hits(&self) -> usize {
        self.hits.load(Ordering::SeqCst)
    }
}

async fn serve(mut stream: TcpStream, mut answer: Answer, asked: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut buffer = [0; 1024];
        match stream.read(&mut buffer).await? {
            0 => return Ok(()),
            read => request.extend_from_slice(&buffer[..read]),
        }
    }
    let path = String::from_utf8_lossy(&request).split(' ').nth(1).unwrap_or_default().to_owned();
    while let Answer::Split(end, one, other) = answer {
        answer = if path.ends_with(end) { *one } else { *other };
    }
    asked.lock().unwrap().push(path);
    // Long enough that concurrent requests find the fetch in progress
    tokio::time::sleep(Duration::from_millis(20)).await;
    let head = |status: u16, length: usize, more: &str| {
        format!("HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {length}\r\n{more}\r\n")
    };
    match answer {
        Answer::Body(body, more) => stream.write_all((head(200, body.len(), more) + &body).as_bytes()).await,
        Answer::Status(status, body, more) => {
            stream.write_all((head(status, body.len(), &more) + &body).as_bytes()).await
        }
        Answer::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n").await?;
            loop {
                stream.write_all(&[b' '; 16 * 1024]).await?;
            }
        }
        Answer::Half(body) => {
            stream.write_all(head(200, body.len(), "").as_bytes()).await?;
            stream.write_all(&body.as_bytes()[..body.len() / 2]).await?;
            std::future::pending().await
        }
        Answer::Drip(body) => {
            stream.write_all(head(200, body.len(), "").as_bytes()).await?;
            for byte in body.bytes() {
                stream.write_all(&[byte]).await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(())
        }
        Answer::Stall => std::future::pending().await,
        Answer::Close | Answer::Split(..) => Ok(()),
    }
}
