//! The memory that the upload and the download of a large file take: less than 64 MiB, on a disk and on S3. `FILE_MIB` is the size of
//! the file (256 by default; 128 on S3, whose server in these tests computes its checksums without optimization).

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::block_on;
use crate::resource_limits::Server;
use crate::s3_server;

const MIB: usize = 1024 * 1024;
const MOST: usize = 64 * MIB;

fn size(usual: usize) -> usize {
    let mib = std::env::var("FILE_MIB").ok().and_then(|text| text.parse::<usize>().ok());
    mib.unwrap_or(usual) * MIB
}

/// The bytes at this place of the file, which differ from those of other places.
fn portion(number: usize) -> Vec<u8> {
    let seed = (number as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    seed.to_le_bytes().iter().copied().cycle().take(64 * 1024).collect()
}

async fn upload(address: SocketAddr, size: usize) {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    let head =
        format!("PUT /api/v1/blobs/large HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: {size}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.expect("sent");
    for number in 0..size / (64 * 1024) {
        stream.write_all(&portion(number)).await.expect("sent");
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

async fn download(address: SocketAddr, size: usize) {
    let mut stream = TcpStream::connect(address).await.expect("the server listens");
    let head = "GET /api/v1/blobs/large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await.expect("the head"));
    }
    assert!(head.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&head));
    let mut buffer = vec![0; 64 * 1024];
    for number in 0..size / (64 * 1024) {
        stream.read_exact(&mut buffer).await.expect("the file");
        assert!(buffer == portion(number), "another content at {number}");
    }
    assert_eq!(stream.read(&mut buffer).await.expect("the end"), 0);
}

fn measure(what: &str, usual: usize, settings: &[(&str, &str)]) {
    let size = size(usual);
    let limit = (4 * 1024 * MIB).to_string();
    let settings = [settings, &[("UPLOAD_LIMIT", &*limit)]].concat();
    let server = Server::start(&settings);
    // Before the first file: what is allocated for files and kept counts, too.
    let idle = server.status("VmRSS");
    server.forget_peak();
    block_on(upload(server.address, size));
    let uploaded = server.status("VmHWM").saturating_sub(idle);
    server.forget_peak();
    block_on(download(server.address, size));
    let downloaded = server.status("VmHWM").saturating_sub(idle);
    let mib = size / MIB;
    println!("{what}: {mib} MiB uploaded in {} MiB, downloaded in {} MiB", uploaded / MIB, downloaded / MIB);
    assert!(uploaded < MOST && downloaded < MOST, "{what}: {uploaded} and {downloaded} bytes");
}

#[test]
fn a_file_of_any_size_takes_a_constant_amount_on_disk() {
    measure("on disk", 256, &[]);
}

#[test]
fn a_file_of_any_size_takes_a_constant_amount_on_s3() {
    let s3 = s3_server::S3Server::start();
    let settings = s3.settings();
    let endpoint = settings.endpoint.expect("an endpoint");
    let credential = |name: &str| {
        let found = settings.credentials.iter().find(|(of, _)| of == name);
        found.map(|(_, secret)| secret.0.clone()).expect("it has both")
    };
    let (id, secret) = (credential("AWS_ACCESS_KEY_ID"), credential("AWS_SECRET_ACCESS_KEY"));
    let given = [
        ("STORAGE_PROVIDER", "s3"),
        ("S3_BUCKET", s3_server::BUCKET),
        ("S3_ENDPOINT", &endpoint),
        // The server of the tests is slow.
        ("S3_TIMEOUT", "60"),
        ("AWS_ACCESS_KEY_ID", &id),
        ("AWS_SECRET_ACCESS_KEY", &secret),
    ];
    measure("on S3", 128, &given);
    assert_eq!(s3.leftovers(), Vec::<String>::new());
}
