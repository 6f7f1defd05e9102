//! A server of documents, as a provider has one for its metadata and its keys.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use flate2::Compression;
use flate2::write::GzEncoder;

/// How a server answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    Plain,
    /// It has `application/jwk-set+json` and nothing else: 406 for whoever does not accept that.
    KeySetTypeOnly,
    /// It compresses for everybody who does not ask for the opposite.
    CompressedUnlessIdentity,
    AlwaysGzip,
    AlwaysBrotli,
    /// A small gzip file with a very long document.
    TooLongInside,
}

type Documents = Arc<Mutex<HashMap<String, (String, Manner)>>>;

pub(super) struct Published {
    pub(super) url: String,
    documents: Documents,
}

impl Published {
    pub(super) fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let documents = Documents::default();
        let shared = Arc::clone(&documents);
        // It ends with the process of the tests.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let documents = Arc::clone(&shared);
                std::thread::spawn(move || answer(&stream, &documents));
            }
        });
        Self { url, documents }
    }

    pub(super) fn put(&self, path: &str, document: String, manner: Manner) {
        self.documents.lock().expect("a lock").insert(path.to_owned(), (document, manner));
    }
}

fn answer(mut stream: &TcpStream, documents: &Documents) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().transpose()?.unwrap_or_default();
    let mut headers = HashMap::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.trim().to_lowercase(), value.trim().to_lowercase());
    }
    let asked = |name: &str, word: &str| headers.get(name).is_some_and(|value| value.contains(word));
    let found = documents.lock().expect("a lock").get(first.split(' ').nth(1).unwrap_or_default()).cloned();
    let (status, more, body) = match found {
        None => (404, "Content-Type: text/html", b"<h1>Not found</h1>".to_vec()),
        Some((document, manner)) => match manner {
            Manner::KeySetTypeOnly if !asked("accept", "application/jwk-set+json") => (406, "X: y", Vec::new()),
            Manner::KeySetTypeOnly => (200, "Content-Type: application/jwk-set+json", document.into_bytes()),
            Manner::CompressedUnlessIdentity if asked("accept-encoding", "identity") => {
                (200, "X: y", document.into_bytes())
            }
            Manner::Plain => (200, "Content-Type: application/json; charset=utf-8", document.into_bytes()),
            Manner::CompressedUnlessIdentity | Manner::AlwaysBrotli => {
                (200, "Content-Encoding: br", document.into_bytes())
            }
            Manner::AlwaysGzip => (200, "Content-Encoding: gzip", gzip(document.as_bytes())),
            Manner::TooLongInside => {
                (200, "Content-Encoding: gzip", gzip(&[document.as_bytes(), &vec![b' '; 2 << 20]].concat()))
            }
        },
    };
    write!(stream, "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n{more}\r\n\r\n", body.len())?;
    stream.write_all(&body)
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).and_then(|()| encoder.finish()).expect("memory takes everything")
}
