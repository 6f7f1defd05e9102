//! The attachment of a task, as a client uses it: uploaded, downloaded, shown smaller, removed.

mod support;

use std::io::{Read, Write};
use std::net::TcpStream;

use resourceful::serde_json::{Value, from_slice};
use support::Place;

const PNG: &[u8] = include_bytes!("../../../tests/integration/file_fields/photo.png");

struct Client {
    host: String,
    token: String,
}

impl Client {
    /// Sends a request. The answer is its status, its head in lower case and its body.
    fn send(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> (u16, String, Vec<u8>) {
        let Self { host, token } = self;
        let length = body.len();
        let head = format!(
            "{method} /api/v1/{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n{headers}\r\n"
        );
        let mut stream = TcpStream::connect(host.replace("localhost", "127.0.0.1")).expect("the server listens");
        stream.write_all(&[head.as_bytes(), body].concat()).expect("sent");
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).expect("an answer");
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let body = answer.split_off(end + 4);
        let head = String::from_utf8_lossy(&answer).to_lowercase();
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, head, body)
    }

    #[track_caller]
    fn create(&self, path: &str, body: &str) -> String {
        let (status, _, body) = self.send("POST", path, "Content-Type: application/json\r\n", body.as_bytes());
        assert_eq!(status, 201, "{}", String::from_utf8_lossy(&body));
        from_slice::<Value>(&body).expect("JSON")["id"].as_str().expect("an id").to_owned()
    }
}

#[test]
fn a_task_has_an_attachment() {
    let place = Place::new();
    let token = place.run(&["token", "--sub", "auth0|ada"]).trim().to_owned();
    let server = place.serve();
    let address =
        server.greeting().lines().find_map(|line| line.trim().strip_prefix("API")).map(str::trim).expect("an address");
    let host = address.trim_start_matches("http://").trim_end_matches("/api/v1").to_owned();
    let client = Client { host, token };
    let project = client.create("projects", "{\"name\": \"Bridge\"}");
    let task = client.create("tasks", &format!("{{\"projectId\": \"{project}\", \"title\": \"Draw it\"}}"));
    let path = format!("tasks/{task}/attachment");
    let named = "Content-Type: image/png\r\nContent-Disposition: attachment; filename=\"bridge.png\"\r\n";
    let (status, _, body) = client.send("PUT", &path, named, PNG);
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    let row: Value = from_slice(&body).expect("JSON");
    assert_eq!((&row["attachment"]["name"], &row["attachment"]["width"]), (&"bridge.png".into(), &40.into()));
    assert_eq!(row["attachment"]["url"], path.as_str());
    let (status, head, body) = client.send("GET", &path, "", b"");
    assert_eq!((status, body.as_slice()), (200, PNG));
    assert!(head.contains("content-disposition: inline; filename=\"bridge.png\""), "{head}");
    assert_eq!(client.send("GET", &format!("{path}/thumbs/200x200"), "", b"").0, 200);
    assert_eq!(client.send("PUT", &path, "Content-Type: image/png\r\n", b"no image").0, 415);
    assert_eq!(client.send("DELETE", &path, "", b"").0, 204);
    assert_eq!(client.send("GET", &path, "", b"").0, 404);
}
