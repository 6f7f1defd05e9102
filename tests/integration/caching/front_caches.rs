//! Real caches in front of the server, Debian's Varnish and nginx, both told to keep whatever the server allows: they serve
//! public answers, and never one caller's answer, or a refusal, to another.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path as FilePath, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use resourceful::prelude::*;
use resourceful::serde_json::json;
use resourceful::testing::{TestApp, TestDatabase};

use super::{resources, user};
use crate::support::created;

/// A page that anyone may read.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(
    table = "public_leaves",
    path = "public-leaves",
    public(list, get),
    sort = "id",
    cache(ttl = "10m", max_age = "2s")
)]
pub struct Leaf {
    pub id: String,
    pub text: String,
}

/// The program of a cache that a variable names, or that is installed.
fn program(variable: &str, name: &str) -> Option<PathBuf> {
    let named = std::env::var_os(variable).filter(|name| !name.is_empty()).map(PathBuf::from);
    let installed = ["/usr/sbin", "/usr/bin"].map(|folder| FilePath::new(folder).join(name));
    let found = named.into_iter().chain(installed).find(|path| path.is_file());
    if found.is_none() {
        println!("NOT RUN: this test starts {name}, which is not installed on this machine");
    }
    found
}

/// A running cache.
struct Front {
    child: Child,
    folder: PathBuf,
    address: SocketAddr,
}

impl Front {
    /// `command` makes the command from the cache's own folder and its port.
    fn start(name: &str, command: impl FnOnce(&FilePath, u16) -> Command) -> Self {
        let free = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = free.expect("a port");
        let folder = std::env::temp_dir().join(format!("resourceful-{name}-{}-{}", std::process::id(), address.port()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let mut command = command(&folder, address.port());
        let log = std::fs::File::create(folder.join("log")).expect("a log");
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let mut front = Self { child: command.spawn().expect("it starts"), folder, address };
        let (begun, mut started) = (Instant::now(), Instant::now());
        while TcpStream::connect(address).is_err() {
            // On a busy machine the worker process of Varnish can fail to launch, and is not launched again.
            if started.elapsed() > Duration::from_secs(8) {
                let _ = front.child.kill();
                let _ = front.child.wait();
                front.child = command.spawn().expect("it starts again");
                started = Instant::now();
            }
            let log = || std::fs::read_to_string(front.folder.join("log")).unwrap_or_default();
            assert!(begun.elapsed() < Duration::from_secs(30), "{name} does not listen: {}", log());
            std::thread::sleep(Duration::from_millis(20));
        }
        front
    }

    fn varnish(program: &FilePath, server: SocketAddr) -> Self {
        Self::start("varnish", |folder, port| {
            // The rules that come with Varnish pass every request with a token; these do not.
            let rules = format!(
                "vcl 4.1;\nbackend default {{ .host = \"127.0.0.1\"; .port = \"{}\"; }}\n\
                 sub vcl_recv {{ if (req.method == \"GET\") {{ return (hash); }} }}\n\
                 sub vcl_deliver {{ if (obj.hits > 0) {{ set resp.http.X-Cache = \"HIT\"; }} }}\n",
                server.port()
            );
            let file = folder.join("rules.vcl");
            std::fs::write(&file, rules).expect("its rules");
            let mut command = Command::new(program);
            command.args(["-F", "-j", "none", "-s", "malloc,16m", "-a"]).arg(format!("127.0.0.1:{port}"));
            command.arg("-n").arg(folder.join("work")).arg("-f").arg(file);
            command
        })
    }

    fn nginx(program: &FilePath, server: SocketAddr) -> Self {
        Self::start("nginx", |folder, port| {
            let at = folder.display();
            let temporary =
                ["client_body", "fastcgi", "uwsgi", "scgi"].map(|kind| format!("{kind}_temp_path {at}/{kind};"));
            let settings = format!(
                "daemon off; master_process off; pid {at}/pid; error_log {at}/errors;\nevents {{}}\nhttp {{\n\
                 access_log off; {}\nproxy_temp_path {at}/proxy; proxy_cache_path {at}/kept keys_zone=kept:1m;\n\
                 server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://{server}; proxy_http_version 1.1;\n\
                 proxy_cache kept; proxy_cache_revalidate on; add_header X-Cache $upstream_cache_status always; }} }} }}\n",
                temporary.join(" ")
            );
            let file = folder.join("nginx.conf");
            std::fs::write(&file, settings).expect("its settings");
            let mut command = Command::new(program);
            command.arg("-p").arg(folder).arg("-e").arg(folder.join("errors")).arg("-c").arg(file);
            command
        })
    }

    fn get(&self, path: &str, headers: &[(&str, &str)]) -> Reply {
        let mut stream = TcpStream::connect(self.address).expect("the cache listens");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a timeout");
        let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        // Version 1.0, so that the response has no chunks.
        stream
            .write_all(format!("GET {path} HTTP/1.0\r\nHost: api.test\r\n{headers}\r\n").as_bytes())
            .expect("a request");
        let mut reply = Vec::new();
        stream.read_to_end(&mut reply).expect("a response");
        let end = reply.windows(4).position(|window| window == b"\r\n\r\n").expect("a head");
        let body = reply.split_off(end + 4);
        let head = String::from_utf8(reply).expect("text");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        Reply { status, head, body: String::from_utf8_lossy(&body).into_owned() }
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        // Varnish ends its child on SIGTERM only.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

struct Reply {
    status: u16,
    head: String,
    body: String,
}

impl Reply {
    fn header(&self, name: &str) -> Option<&str> {
        self.head
            .lines()
            .filter_map(|line| line.split_once(": "))
            .find(|(one, _)| one.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Each response of the server has its own.
    fn id(&self) -> &str {
        self.header("x-request-id").expect("a request id")
    }
}

fn server() -> TestApp {
    TestApp::start_on(TestDatabase::Sqlite, |app| resources(app).resource::<Leaf>())
}

#[test]
fn varnish_serves_what_is_public_and_nothing_else() {
    let Some(program) = program("TEST_VARNISH", "varnishd") else { return };
    let app = server();
    check(&app, &Front::varnish(&program, app.address()));
}

#[test]
fn nginx_serves_what_is_public_and_nothing_else() {
    let Some(program) = program("TEST_NGINX", "nginx") else { return };
    let app = server();
    let front = Front::nginx(&program, app.address());
    check(&app, &front);
    // What is outdated is asked for again, and 304 is enough.
    let path = "/api/v1/public-leaves?size=5";
    let first = front.get(path, &[]);
    std::thread::sleep(Duration::from_millis(3300));
    let again = front.get(path, &[]);
    assert_eq!((again.header("x-cache"), &again.body), (Some("REVALIDATED"), &first.body), "{}", again.head);
    assert_eq!(front.get(path, &[]).header("x-cache"), Some("HIT"), "for another two seconds");
}

fn check(app: &TestApp, front: &Front) {
    let bearer = |user: &CurrentUser| format!("Bearer {}", app.issuer().token(user));
    let writer = user("ada", "one", &["public_leaves:write", "public_leaves:read", "steps:all"]);
    let [ada, bob] = [bearer(&writer), bearer(&user("bob", "two", &["public_leaves:read"]))];
    let eve = bearer(&CurrentUser::new("eve"));
    let direct = app.as_user(writer);
    let leaf = |id: &str| created(direct.post("/api/v1/public-leaves", json!({"id": id, "text": "x".repeat(2000)})));
    leaf("first");
    let list = "/api/v1/public-leaves";

    let public = front.get(list, &[]);
    assert_eq!((public.status, public.header("cache-control")), (200, Some("public, max-age=2")), "{}", public.head);
    let again = front.get(list, &[]);
    assert_eq!((again.id(), again.header("x-cache")), (public.id(), Some("HIT")), "within its age: {}", again.head);
    // With a token it is another answer, which nobody else gets.
    for token in [&ada, &bob, &ada] {
        let own = front.get(list, &[("Authorization", token)]);
        assert_eq!((own.status, own.header("cache-control")), (200, Some("private, no-cache")), "{}", own.head);
        assert_ne!(own.header("x-cache"), Some("HIT"));
    }
    assert_eq!(front.get(list, &[]).header("cache-control"), Some("public, max-age=2"));

    // Every caller gets their own rows at the same address, and nobody the refusal of another.
    created(direct.post("/api/v1/cached-plans", json!({"name": "of ada"})));
    let own = "/api/v1/cached-plans/self";
    for (who, token, status, sees) in [
        ("nobody", None, 401, false),
        ("ada", Some(&ada), 200, true),
        ("bob", Some(&bob), 200, false),
        ("eve", Some(&eve), 403, false),
        ("ada", Some(&ada), 200, true),
        ("nobody", None, 401, false),
        ("bob", Some(&bob), 200, false),
    ] {
        let headers: Vec<(&str, &str)> = token.iter().map(|token| ("Authorization", token.as_str())).collect();
        let reply = front.get(own, &headers);
        assert_eq!((reply.status, reply.body.contains("of ada")), (status, sees), "{who}: {}", reply.body);
        assert_ne!(reply.header("x-cache"), Some("HIT"), "{who}");
    }

    // A missing row is there as soon as it has been made.
    let row = "/api/v1/public-leaves/second";
    assert_eq!(front.get(row, &[]).status, 404);
    leaf("second");
    assert_eq!(front.get(row, &[]).status, 200);

    // Each client gets the coding that it accepts.
    let path = "/api/v1/public-leaves?page=1";
    for _ in 0..2 {
        let (plain, coded) = (front.get(path, &[]), front.get(path, &[("Accept-Encoding", "gzip")]));
        assert!(plain.header("content-encoding").is_none() && plain.body.contains("xxxx"), "{}", plain.head);
        assert_eq!(coded.header("content-encoding"), Some("gzip"), "{}", coded.head);
        assert!(
            !coded.body.contains("xxxx") && coded.header("etag").is_none_or(|tag| tag.starts_with("W/")),
            "{}",
            coded.head
        );
    }
}
