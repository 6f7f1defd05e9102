//! Signed links to read a file: what they allow, and how it is answered.

use std::net::TcpStream;
use std::time::Duration;

use resourceful::storage::{FileName, Key, Storage, StorageErrorKind, UploadOptions};
use resourceful::testing::{TestApp, TestDatabase};

use super::exchange::exchange;
use super::{block_on, key, put, text};
use crate::support::s3::S3Server;

pub(super) const HOUR: Duration = Duration::from_secs(3600);

pub(super) struct Local {
    pub(super) app: TestApp,
    pub(super) storage: Storage,
    pub(super) folder: tempfile::TempDir,
}

/// An application whose files are in a folder.
pub(super) fn local() -> Local {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().display().to_string();
    let settings = [("STORAGE_PROVIDER", "local"), ("STORAGE_LOCAL_PATH", path.as_str())];
    let app = TestApp::start_with(TestDatabase::Sqlite, &settings, |app| app);
    let storage = app.ctx().storage();
    Local { app, storage, folder }
}

impl Local {
    fn store(&self, name: &str, content_type: &str, content: &'static str) -> Key {
        let key = key(name);
        let upload = self.storage.upload(&key, text(content), UploadOptions::new(content_type));
        self.app.block_on(upload).expect("stored");
        key
    }

    fn link(&self, key: &Key, name: Option<&str>) -> String {
        let name = name.map(|name| FileName::parse(name).expect("a name"));
        self.app.block_on(self.storage.signed_url(key, HOUR, name.as_ref())).expect("a link")
    }
}

#[test]
fn a_link_is_for_one_file_and_one_time() {
    let local = local();
    let (one, other) = (local.store("a/one.txt", "text/plain", "one"), local.store("a/two.txt", "text/plain", "two"));
    let caller = local.app.anonymous();
    let get = |path: &str| {
        let answer = caller.get(path);
        (answer.status, answer.text())
    };
    let link = local.link(&one, None);
    assert!(link.starts_with("/files/a/one.txt?expires="), "{link}");
    assert_eq!(get(&link), (200, "one".to_owned()));
    let named = local.link(&one, Some("Grüße.txt"));
    assert_eq!(get(&named), (200, "one".to_owned()));

    let missing = get(&local.link(&key("a/missing.txt"), None));
    assert_eq!(missing.0, 404);
    let same = |path: String| {
        let (status, text) = get(&path);
        let text = text.replace(path.split('?').next().expect("a path"), "PATH");
        assert_eq!(status, 404, "{path}");
        // Nothing tells a link that was changed from a file that is missing.
        assert!(text.contains("Not found, or the link has expired"), "{path}: {text}");
    };
    let query = link.split_once('?').expect("a query").1.to_owned();
    for path in [
        format!("/files/{other}?{query}"),
        format!("/files/{one}"),
        format!("/files/{one}?"),
        format!("{link}A"),
        format!("{link}&name=x.html"),
        format!("/files/{one}?name=x.html&{query}"),
        link.replace("expires=", "expires=1"),
        link.replace("expires=", "Expires="),
        link.replace("signature=", "signature=A"),
        link[..link.len() - 1].to_owned(),
        named.replace("name=", "name=x"),
        format!("/files/a%2Fone.txt?{query}"),
        format!("/files/a%2fone%2etxt?{query}"),
        format!("/files//etc/passwd?{query}"),
        format!("/files/..%2f..%2fetc%2fpasswd?{query}"),
        format!("/files/a/one.txt~?{query}"),
        format!("/files/~tmp/x?{query}"),
        format!("/files/a/one.txt%00?{query}"),
        "/files/".to_owned(),
        "/files/?expires=1&signature=x".to_owned(),
    ] {
        same(path);
    }
    // A client that sends paths as they are
    for path in
        ["/files/a/../a/one.txt", "/files/../files/a/one.txt", "/files/a/./one.txt", "/files/a/b/%2e%2e/one.txt"]
    {
        let answer = exchange(local.app.address(), "GET", &format!("{path}?{query}"), &[], b"");
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
    }
    // Two seconds, because times have no fractions.
    let short = local.app.block_on(local.storage.signed_url(&one, Duration::from_secs(1), None)).expect("a link");
    std::thread::sleep(Duration::from_millis(2_100));
    same(short);
    for wrong in [Duration::ZERO, Duration::from_millis(999), Duration::from_secs(8 * 24 * 3600), Duration::MAX] {
        let answer = local.app.block_on(local.storage.signed_url(&one, wrong, None));
        assert_eq!(answer.expect_err("refused").kind(), StorageErrorKind::Invalid, "{wrong:?}");
    }
    for method in ["POST", "PATCH", "DELETE"] {
        let answer = caller.send(method, &link, &[], None);
        assert_eq!((answer.status, answer.header("allow")), (405, Some("GET, HEAD, PUT")), "{method}");
    }
    assert_eq!(caller.send("PUT", &link, &[("content-type", "text/plain")], Some(b"x".into())).status, 404);
    assert_eq!(get(&link), (200, "one".to_owned()));
    // Another application has another secret.
    let stranger = self::local();
    stranger.store("a/one.txt", "text/plain", "one");
    assert_eq!(stranger.app.anonymous().get(&link).status, 404);
    // Links of a public address begin with it.
    let public = local.storage.clone().with_public_url("https://files.example.com/");
    let url = local.app.block_on(public.url(&one)).expect("a link");
    assert!(url.starts_with("https://files.example.com/files/a/one.txt?expires="), "{url}");
}

#[test]
fn how_a_file_is_answered() {
    let local = local();
    let caller = local.app.anonymous();
    for (content_type, name, disposition) in [
        ("image/png", None, "inline"),
        ("text/plain", None, "inline"),
        ("text/html", None, "attachment"),
        ("image/svg+xml", None, "attachment"),
        ("application/pdf", None, "attachment"),
        ("application/x-unknown", None, "attachment"),
        ("IMAGE/PNG; a=b", None, "inline"),
        ("text/html;charset=utf-8", None, "attachment"),
        ("image/png", Some("a b.png"), "attachment; filename=\"a b.png\""),
        ("text/html", Some("x.html"), "attachment; filename=\"x.html\""),
        (
            "image/png",
            Some("Gr\u{fc}\u{df}e \"1\" 100%.png"),
            "attachment; filename=\"Gr__e _1_ 100_.png\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe%20%221%22%20100%25.png",
        ),
    ] {
        let key = local.store("shown", content_type, "<script>alert(1)</script>");
        let answer = caller.get(&local.link(&key, name));
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some(content_type));
        assert_eq!(answer.header("content-disposition"), Some(disposition), "{content_type} {name:?}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("accept-ranges"), Some("bytes"));
        assert_eq!(answer.header("cache-control"), Some("private, no-cache"));
        assert_eq!(answer.header("content-length"), Some("25"));
        assert!(answer.header("last-modified").is_some_and(|date| date.ends_with(" GMT")));
        let policy = answer.header("content-security-policy").expect("a policy");
        assert!(policy.contains("sandbox") && policy.contains("default-src 'none'") && !policy.contains("allow-"));
    }
    // The stored name is used where a type is shown.
    let options = UploadOptions::new("text/plain").file_name(FileName::parse("notes.txt").expect("a name"));
    local.app.block_on(local.storage.upload(&key("named"), text("x"), options)).expect("stored");
    let answer = caller.get(&local.link(&key("named"), None));
    assert_eq!(answer.header("content-disposition"), Some("inline; filename=\"notes.txt\""));
}

#[test]
fn conditions_and_head() {
    let local = local();
    let caller = local.app.anonymous();
    // Long enough to be compressed, if it were an ordinary answer
    let content: &'static str = "0123456789".repeat(1000).leak();
    let link = local.link(&local.store("ten", "text/plain", content), None);
    let send = |method: &str, headers: &[(&str, &str)]| caller.send(method, &link, headers, None);
    let whole = send("GET", &[("accept-encoding", "gzip")]);
    let (tag, date) = (whole.header("etag").expect("a tag"), whole.header("last-modified").expect("a date"));
    assert!(tag.starts_with('"') && whole.header("content-encoding").is_none());
    let head = send("HEAD", &[]);
    assert_eq!((head.status, head.body.len()), (200, 0));
    for name in ["etag", "last-modified", "content-type", "content-length", "content-disposition", "accept-ranges"] {
        assert_eq!(head.header(name), whole.header(name), "{name}");
    }
    assert_eq!(send("HEAD", &[("range", "bytes=0-1")]).status, 200);
    let (old, weak) = ("Tue, 01 Jan 2019 00:00:00 GMT", format!("W/{tag}"));
    for (headers, status) in [
        (&[("if-none-match", tag)][..], 304),
        (&[("if-none-match", &*weak)], 304),
        (&[("if-none-match", "*")], 304),
        (&[("if-none-match", "\"other\"")], 200),
        (&[("if-none-match", tag), ("range", "bytes=0-1")], 304),
        (&[("if-modified-since", date)], 304),
        (&[("if-modified-since", old)], 200),
        (&[("if-modified-since", "nonsense")], 200),
        (&[("if-none-match", "\"other\""), ("if-modified-since", date)], 200),
        (&[("if-match", tag)], 200),
        (&[("if-match", "*")], 200),
        (&[("if-match", "\"other\"")], 412),
        (&[("if-unmodified-since", date)], 200),
        (&[("if-unmodified-since", old)], 412),
        (&[("if-match", tag), ("if-unmodified-since", old)], 200),
        (&[("if-none-match", "nonsense")], 400),
        (&[("range", "bytes=0-1"), ("if-range", tag)], 206),
        (&[("range", "bytes=0-1"), ("if-range", &*weak)], 200),
        (&[("range", "bytes=0-1"), ("if-range", "\"other\"")], 200),
        (&[("range", "bytes=0-1"), ("if-range", date)], 206),
        (&[("range", "bytes=0-1"), ("if-range", old)], 200),
        (&[("range", "bytes=99999-"), ("if-range", "\"other\"")], 200),
    ] {
        let answer = send("GET", headers);
        assert_eq!(answer.status, status, "{headers:?}");
        if status == 304 {
            let answered = answer.header("etag").map(|tag| tag.trim_start_matches("W/"));
            assert_eq!((answered, answer.body.len()), (Some(tag), 0), "{headers:?}");
        }
        let expected: &[u8] = match status {
            200 => content.as_bytes(),
            206 => b"01",
            _ => continue,
        };
        assert!(answer.body == expected, "{headers:?}");
    }
}

/// A range of RFC 9110 section 14.1.2, and what is answered: the status, the content range, the body. `None` for the header that a
/// whole file does not have.
const RANGES: &[(&str, u16, Option<&str>, &str)] = &[
    ("bytes=0-0", 206, Some("bytes 0-0/10"), "0"),
    ("bytes=0-4", 206, Some("bytes 0-4/10"), "01234"),
    ("bytes=5-", 206, Some("bytes 5-9/10"), "56789"),
    ("bytes=9-9", 206, Some("bytes 9-9/10"), "9"),
    ("bytes=0-", 206, Some("bytes 0-9/10"), "0123456789"),
    ("bytes=0-500", 206, Some("bytes 0-9/10"), "0123456789"),
    ("bytes=-1", 206, Some("bytes 9-9/10"), "9"),
    ("bytes=-10", 206, Some("bytes 0-9/10"), "0123456789"),
    ("bytes=-500", 206, Some("bytes 0-9/10"), "0123456789"),
    ("bytes=10-", 416, Some("bytes */10"), ""),
    ("bytes=10-20", 416, Some("bytes */10"), ""),
    ("bytes=500-", 416, Some("bytes */10"), ""),
    ("bytes=5-4", 416, Some("bytes */10"), ""),
    ("bytes=abc", 416, Some("bytes */10"), ""),
    ("bytes=", 200, None, "0123456789"),
    ("bytes=-", 416, Some("bytes */10"), ""),
    ("bytes=--1", 416, Some("bytes */10"), ""),
    ("bytes=1.5-3", 416, Some("bytes */10"), ""),
    ("lines=0-4", 200, None, "0123456789"),
];

/// The same where nginx does something else.
const OWN: &[(&str, u16, Option<&str>, &str)] = &[
    ("bytes=-0", 416, Some("bytes */10"), ""),
    ("bytes=0-99999999999999999999999", 206, Some("bytes 0-9/10"), "0123456789"),
    ("bytes=99999999999999999999999-", 416, Some("bytes */10"), ""),
    ("bytes=0-1, 3-4", 200, None, "0123456789"),
    ("bytes 0-4", 416, Some("bytes */10"), ""),
    ("BYTES=0-4", 206, Some("bytes 0-4/10"), "01234"),
];

#[test]
fn ranges() {
    let local = local();
    let caller = local.app.anonymous();
    let link = local.link(&local.store("ten", "text/plain", "0123456789"), None);
    for (range, status, content_range, body) in RANGES.iter().chain(OWN) {
        let answer = caller.send("GET", &link, &[("range", range)], None);
        assert_eq!((answer.status, answer.header("content-range")), (*status, *content_range), "{range}");
        if *status < 400 {
            assert_eq!(answer.text(), *body, "{range}");
            assert_eq!(answer.header("content-length"), Some(&*body.len().to_string()), "{range}");
        } else {
            assert_eq!(answer.problem().as_deref(), Some("range-not-satisfiable"), "{range}");
        }
    }
    let empty = local.link(&local.store("empty", "text/plain", ""), None);
    for range in ["bytes=0-", "bytes=-5", "bytes=0-0"] {
        let answer = caller.send("GET", &empty, &[("range", range)], None);
        assert_eq!((answer.status, answer.header("content-length")), (200, Some("0")), "{range}");
    }
}

/// The table above, against the server that everyone compares with.
#[test]
fn nginx_answers_the_same_ranges_alike() {
    let Ok(program) = std::env::var("TEST_NGINX") else {
        println!("skipped: TEST_NGINX names no nginx");
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let address = std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a free port");
    std::fs::write(folder.path().join("ten"), "0123456789").expect("written");
    let root = folder.path().display();
    let config = format!(
        "daemon off; pid {root}/pid; error_log {root}/error.log; worker_processes 1; events {{}}\n\
         http {{ access_log off; client_body_temp_path {root}/b; proxy_temp_path {root}/p; fastcgi_temp_path {root}/f; \
         uwsgi_temp_path {root}/u; scgi_temp_path {root}/s; server {{ listen {address}; root {root}; }} }}"
    );
    std::fs::write(folder.path().join("nginx.conf"), config).expect("written");
    // The workers of a server that was started by root are another user.
    #[cfg(unix)]
    std::fs::set_permissions(folder.path(), std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("readable");
    let mut server = std::process::Command::new(program)
        .arg("-c")
        .arg(folder.path().join("nginx.conf"))
        .arg("-p")
        .arg(folder.path())
        .spawn()
        .expect("nginx starts");
    for _ in 0..100 {
        if TcpStream::connect(address).is_ok() {
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut differences = Vec::new();
    for (range, status, content_range, body) in RANGES {
        let answer = exchange(address, "GET", "/ten", &[("range", range)], b"");
        let found = (answer.status, answer.header("content-range"));
        if found != (*status, content_range.map(str::to_owned)) || (*status < 400 && answer.body != *body) {
            differences.push(format!("{range}: {found:?}"));
        }
    }
    let _ = std::process::Command::new("kill").arg(server.id().to_string()).status();
    let _ = server.wait();
    assert!(differences.is_empty(), "{differences:?}");
}

#[test]
fn links_of_s3_are_its_own() {
    let server = S3Server::start();
    let storage = server.storage();
    block_on(async {
        put(&storage, "a/one.txt", "one").await;
        put(&storage, "a/two.txt", "two").await;
    });
    let name = FileName::parse("Gr\u{fc}\u{df}e.txt").expect("a name");
    let one = key("a/one.txt");
    let url = block_on(storage.signed_url(&one, HOUR, Some(&name))).expect("a link");
    let path = url.strip_prefix(&format!("http://{}", server.address)).expect("an address of the server");
    assert!(path.contains("X-Amz-Expires=3600"), "{path}");
    let read = |path: &str| exchange(server.address, "GET", path, &[], b"");
    let answer = read(path);
    assert_eq!((answer.status, answer.body.as_str()), (200, "one"));
    for changed in [
        path.replace("one.txt", "two.txt"),
        path.replace("X-Amz-Expires=3600", "X-Amz-Expires=7200"),
        path.replace("response-content-disposition=attachment", "response-content-disposition=inline"),
        path.split('?').next().expect("a path").to_owned(),
    ] {
        assert_ne!(changed, path);
        assert_eq!(read(&changed).status, 403, "{changed}");
    }
    // The client of S3 would sign for eight days, and S3 would refuse the link.
    let eight_days = block_on(storage.signed_url(&one, Duration::from_secs(8 * 24 * 3600), None));
    assert_eq!(eight_days.expect_err("refused").kind(), StorageErrorKind::Invalid);
    // Behind a public address nothing is signed.
    let public = storage.clone().with_public_url("https://cdn.example.com");
    assert_eq!(block_on(public.url(&one)).expect("an address"), "https://cdn.example.com/a/one.txt");
    assert!(block_on(storage.url(&one)).expect("an address").contains("X-Amz-Signature="));
}
