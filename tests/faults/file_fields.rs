//! Files of rows: an upload of any size takes a constant amount of memory, and a process that is killed during uploads leaves no row
//! without its file, and no file without its row once the storage was swept. `FILE_MIB` is the size of the large file (256 by
//! default).

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use resourceful::serde_json::{self, Value};

use crate::harness::{Random, rounds};
use crate::s3_server::{self, S3Server};

const MIB: usize = 1024 * 1024;

/// The server in a separate process.
struct Server {
    child: Child,
    _stdin: ChildStdin,
    address: SocketAddr,
}

impl Server {
    fn start(folder: &Path, settings: &[(&str, String)]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_files-server"))
            .current_dir(folder)
            .envs([
                ("ENVIRONMENT", "test"),
                ("PORT", "0"),
                ("HOST", "127.0.0.1"),
                ("WORKERS", "2"),
                ("LOG_LEVEL", "off"),
            ])
            .env("BODY_TIMEOUT", "120")
            .envs(settings.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let stdin = child.stdin.take().expect("its input");
        let mut lines = BufReader::new(child.stdout.take().expect("its output")).lines();
        let port = loop {
            let line = lines.next().expect("the server says where it is").expect("a line");
            if let Some((_, rest)) = line.split_once("http://localhost:") {
                break rest.split('/').next().and_then(|port| port.parse().ok()).expect("a port");
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, _stdin: stdin, address: SocketAddr::from(([127, 0, 0, 1], port)) }
    }

    fn memory(&self, figure: &str) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("the server runs");
        let line = status.lines().find_map(|line| line.strip_prefix(figure)).expect("a line");
        let kib = line.trim_matches([':', '\t', ' ']).split(' ').next().and_then(|kib| kib.parse::<usize>().ok());
        kib.expect("KiB") * 1024
    }

    fn forget_peak(&self) {
        std::fs::write(format!("/proc/{}/clear_refs", self.child.id()), "5").expect("a process of this user");
    }

    fn kill(mut self) {
        self.child.kill().expect("it can be killed");
        self.child.wait().expect("it has ended");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(Duration::from_secs(120)))?;
    Ok(stream)
}

/// The status and the body of an answer.
fn answer(mut stream: TcpStream) -> std::io::Result<(u16, Vec<u8>)> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    let end =
        bytes.windows(4).position(|four| four == b"\r\n\r\n").ok_or_else(|| std::io::Error::other("no answer"))?;
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status =
        head.get(9..12).and_then(|status| status.parse().ok()).ok_or_else(|| std::io::Error::other("no status"))?;
    let length =
        head.to_lowercase().split_once("content-length: ").and_then(|(_, rest)| rest.lines().next()?.parse().ok());
    let body = bytes.split_off(end + 4);
    if length.is_some_and(|length: usize| length != body.len()) {
        return Err(std::io::Error::other("a part of an answer"));
    }
    Ok((status, body))
}

fn send(address: SocketAddr, method: &str, path: &str, body: &[u8]) -> std::io::Result<(u16, Vec<u8>)> {
    let content_type = if method == "POST" { "application/json" } else { "application/octet-stream" };
    let mut stream = connect(address)?;
    let length = body.len();
    let head = format!(
        "{method} /api/v1/papers{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    answer(stream)
}

fn json(answer: std::io::Result<(u16, Vec<u8>)>) -> Value {
    let (status, body) = answer.expect("an answer");
    assert!((200..300).contains(&status), "{status}: {}", String::from_utf8_lossy(&body));
    serde_json::from_slice(&body).unwrap_or_default()
}

/// The settings of a storage in S3.
fn in_s3(server: &S3Server) -> Vec<(&'static str, String)> {
    let settings = server.settings();
    let credential = |name: &str| {
        let found = settings.credentials.iter().find(|(of, _)| of == name);
        found.map(|(_, secret)| secret.0.clone()).expect("it has both")
    };
    vec![
        ("STORAGE_PROVIDER", "s3".to_owned()),
        ("S3_BUCKET", s3_server::BUCKET.to_owned()),
        ("S3_ENDPOINT", settings.endpoint.clone().expect("an endpoint")),
        // The server of the tests is slow.
        ("S3_TIMEOUT", "60".to_owned()),
        ("AWS_ACCESS_KEY_ID", credential("AWS_ACCESS_KEY_ID")),
        ("AWS_SECRET_ACCESS_KEY", credential("AWS_SECRET_ACCESS_KEY")),
    ]
}

/// Uploads a file of this many bytes, and downloads it again.
fn upload(address: SocketAddr, path: &str, size: usize) {
    let portion = vec![7_u8; 64 * 1024];
    let mut stream = connect(address).expect("connects");
    let head =
        format!("PUT /api/v1/papers{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n");
    stream.write_all(head.as_bytes()).expect("sent");
    for _ in 0..size / portion.len() {
        stream.write_all(&portion).expect("sent");
    }
    let row = json(answer(stream));
    assert_eq!(row["scan"]["size"], size);
}

fn download(address: SocketAddr, path: &str, size: usize) {
    let mut stream = connect(address).expect("connects");
    stream.write_all(format!("GET /api/v1/papers{path} HTTP/1.0\r\nHost: a\r\n\r\n").as_bytes()).expect("sent");
    let mut buffer = vec![0; 64 * 1024];
    let mut read = 0;
    loop {
        match stream.read(&mut buffer).expect("the file") {
            0 => break,
            count => read += count,
        }
    }
    assert!(read > size && read < size + 4096, "{read} bytes of {size}");
}

fn measure(what: &str, settings: &[(&str, String)]) {
    let mib = std::env::var("FILE_MIB").ok().and_then(|text| text.parse::<usize>().ok()).unwrap_or(256);
    let folder = tempfile::tempdir().expect("a folder");
    let server = Server::start(folder.path(), settings);
    let row = json(send(server.address, "POST", "", b"{}"));
    let path = format!("/{}/scan", row["id"]);
    // Before the first file: what is allocated for files and kept counts, too.
    let idle = server.memory("VmRSS");
    server.forget_peak();
    upload(server.address, &path, mib * MIB);
    let uploaded = server.memory("VmHWM").saturating_sub(idle);
    server.forget_peak();
    download(server.address, &path, mib * MIB);
    let downloaded = server.memory("VmHWM").saturating_sub(idle);
    println!("{what}: {mib} MiB uploaded in {} MiB, downloaded in {} MiB", uploaded / MIB, downloaded / MIB);
    assert!(uploaded < 64 * MIB && downloaded < 64 * MIB, "{what}: {uploaded} and {downloaded} bytes");
}

#[test]
fn the_file_of_a_row_takes_a_constant_amount_of_memory_on_disk() {
    measure("on disk", &[]);
}

#[test]
fn the_file_of_a_row_takes_a_constant_amount_of_memory_on_s3() {
    let server = S3Server::start();
    measure("on S3", &in_s3(&server));
    assert!(server.leftovers().is_empty(), "{:?}", server.leftovers());
}

/// Begins uploads that stop after some bytes. Returns their connections.
fn stalled(address: SocketAddr, path: &str, count: usize, bytes: usize) -> Vec<TcpStream> {
    let portion = vec![7_u8; 64 * 1024];
    let begin = || {
        let mut stream = connect(address).expect("connects");
        let length = 100 * MIB;
        let head = format!(
            "PUT /api/v1/papers{path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("sent");
        // One that is refused does not read all of it.
        stream.set_write_timeout(Some(Duration::from_secs(1))).expect("a timeout");
        for _ in 0..bytes / portion.len() {
            if stream.write_all(&portion).is_err() {
                break;
            }
        }
        stream
    };
    std::thread::scope(|scope| {
        let begun: Vec<_> = (0..count).map(|_| scope.spawn(begin)).collect();
        begun.into_iter().map(|stream| stream.join().expect("no panic")).collect()
    })
}

fn stall(what: &str, settings: &[(&str, String)]) {
    let folder = tempfile::tempdir().expect("a folder");
    let room = 32 * MIB;
    let settings = [settings, &[("UPLOADS_LIMIT", room.to_string())]].concat();
    let server = Server::start(folder.path(), &settings);
    let row = json(send(server.address, "POST", "", b"{}"));
    let path = format!("/{}/scan", row["id"]);
    let idle = server.memory("VmRSS");
    server.forget_peak();
    let streams = stalled(server.address, &path, 50, 6 * MIB);
    // Some get no memory, and are told so; the others wait for their clients.
    let is_busy = |mut stream: TcpStream| {
        stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
        let mut bytes = vec![0; 4096];
        let count = stream.read(&mut bytes).unwrap_or_default();
        let head = String::from_utf8_lossy(&bytes[..count]).to_lowercase();
        let is_busy = head.starts_with("http/1.1 503");
        assert!(!is_busy || head.contains("retry-after: "), "{head}");
        is_busy
    };
    let busy = std::thread::scope(|scope| {
        let read: Vec<_> = streams.into_iter().map(|stream| scope.spawn(move || is_busy(stream))).collect();
        read.into_iter().map(|answer| answer.join().expect("no panic")).filter(|is_busy| *is_busy).count()
    });
    let used = server.memory("VmHWM").saturating_sub(idle);
    println!("{what}: 50 uploads that stop use {} MiB, {busy} were told to come again", used / MIB);
    // What connections use, and what the allocator keeps of memory that has grown, comes in addition. Without a bound they would use
    // 300 MiB, and more if they went on.
    assert!(used < 4 * room, "{what}: {used} bytes");
    // All of them are gone now, and their memory is free.
    let mut answered = send(server.address, "PUT", &path, &vec![7; MIB]);
    for _ in 0..100 {
        if answered.as_ref().is_ok_and(|(status, _)| *status == 200) {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
        answered = send(server.address, "PUT", &path, &vec![7; MIB]);
    }
    assert_eq!(json(answered)["scan"]["size"], MIB);
}

#[test]
fn uploads_that_stop_use_a_bounded_amount_of_memory_on_disk() {
    stall("on disk", &[]);
}

#[test]
fn uploads_that_stop_use_a_bounded_amount_of_memory_on_s3() {
    let server = S3Server::start();
    stall("on S3", &in_s3(&server));
}

/// Uploads files into new rows and into old ones until the server ends. Returns the digests of the last acknowledged files.
fn load(address: SocketAddr, number: usize) -> Vec<(i64, String)> {
    let mut acknowledged: Vec<(i64, String)> = Vec::new();
    for count in 0_usize.. {
        let id = match acknowledged.get(count % 5) {
            Some((id, _)) if count % 2 == 0 => *id,
            _ => match send(address, "POST", "", b"{}") {
                Ok((201, body)) => {
                    serde_json::from_slice::<Value>(&body).ok().and_then(|row| row["id"].as_i64()).expect("an id")
                }
                _ => break,
            },
        };
        let content = format!("{number} {count} ").repeat(2000 + count % 7 * 1000);
        match send(address, "PUT", &format!("/{id}/scan"), content.as_bytes()) {
            Ok((200, body)) => {
                let row: Value = serde_json::from_slice(&body).expect("JSON");
                let digest = row["scan"]["sha256"].as_str().expect("a digest").to_owned();
                acknowledged.retain(|(known, _)| *known != id);
                acknowledged.push((id, digest));
            }
            Ok((status, body)) => panic!("{status}: {}", String::from_utf8_lossy(&body)),
            Err(_) => {
                // It may have been written, or not.
                acknowledged.retain(|(known, _)| *known != id);
                break;
            }
        }
    }
    acknowledged
}

#[test]
fn a_killed_server_leaves_no_row_without_its_file_and_no_file_without_its_row() {
    let folder = tempfile::tempdir().expect("a folder");
    let files = folder.path().join("files");
    let settings = [
        ("STORAGE_LOCAL_PATH", files.display().to_string()),
        ("DATABASE_URL", format!("sqlite://{}?mode=rwc", folder.path().join("app.db").display())),
    ];
    let mut random = Random::new(9);
    let mut acknowledged = Vec::new();
    let (mut killed, mut swept) = (0, 0);
    for _ in 0..rounds(30) {
        let server = Server::start(folder.path(), &settings);
        let address = server.address;
        let clients: Vec<_> = (0..4).map(|number| std::thread::spawn(move || load(address, number))).collect();
        std::thread::sleep(Duration::from_millis(200 + random.below(400)));
        server.kill();
        killed += 1;
        acknowledged.extend(clients.into_iter().flat_map(|client| client.join().expect("no panic")));
        // Every second time, so that some files of dead processes grow old.
        if killed % 2 == 0 {
            let server = Server::start(folder.path(), &settings);
            swept += json(send(server.address, "POST", "/sweep", b"")).as_u64().unwrap_or_default();
        }
    }
    let server = Server::start(folder.path(), &settings);
    swept += json(send(server.address, "POST", "/sweep", b"")).as_u64().unwrap_or_default();
    let mut rows = 0;
    for page in 1.. {
        let page = json(send(server.address, "GET", &format!("?size=100&page={page}"), b""));
        let items = page["items"].as_array().expect("rows");
        for row in items.iter().filter(|row| !row["scan"].is_null()) {
            rows += 1;
            let (status, body) = send(server.address, "GET", &format!("/{}/scan", row["id"]), b"").expect("an answer");
            assert_eq!((status, body.len() as u64), (200, row["scan"]["size"].as_u64().expect("a size")), "{row}");
        }
        if items.is_empty() {
            break;
        }
    }
    for (id, digest) in &acknowledged {
        let row = json(send(server.address, "GET", &format!("/{id}"), b""));
        assert_eq!(row["scan"]["sha256"], digest.as_str(), "an acknowledged file is lost");
    }
    let contents = files_below(&files.join("papers").join("scan"));
    println!(
        "{killed} times killed: {} files acknowledged, {rows} in rows, {swept} swept, {contents} in the storage",
        acknowledged.len()
    );
    assert_eq!(contents, rows, "files in the storage and rows with a file");
    assert_eq!(json(send(server.address, "POST", "/sweep", b"")), 0);
}

/// How many files are in a folder.
fn files_below(folder: &Path) -> usize {
    let entries = std::fs::read_dir(folder).expect("a folder").flatten();
    entries.filter(|entry| entry.path().is_file()).count()
}
