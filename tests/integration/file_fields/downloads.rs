//! Downloads: headers, ranges, conditions.

use resourceful::serde_json::json;

use super::{PDF, PNG, ada, document, on_all, stored, uploaded};
use crate::support::refused;

#[test]
fn a_download_is_the_file_and_cannot_run() {
    on_all(|app| {
        let ada = ada(app);
        let path = format!("{}/attachment", document(&ada, json!({})));
        refused(&ada.get(&path), 404, "not-found", "no file yet");
        for (content_type, content, disposition) in [
            ("image/png", PNG, "inline; filename=\"attachment.png\""),
            ("application/pdf", PDF, "attachment; filename=\"attachment.pdf\""),
            ("text/plain", b"<html><script>".as_slice(), "inline; filename=\"attachment.txt\""),
            ("text/csv", b"a,b", "attachment; filename=\"attachment.csv\""),
        ] {
            uploaded(&ada, &path, content_type, content);
            let answer = ada.get(&path);
            assert_eq!((answer.status, answer.body.as_slice()), (200, content), "{content_type}");
            for (name, value) in [
                ("content-type", content_type),
                ("x-content-type-options", "nosniff"),
                ("accept-ranges", "bytes"),
                ("cache-control", "private, no-cache"),
                ("content-length", content.len().to_string().as_str()),
            ] {
                assert_eq!(answer.header(name), Some(value), "{content_type}: {name}");
            }
            let shown = answer.header("content-disposition").unwrap_or_default();
            assert!(shown.starts_with(disposition), "{content_type}: {shown}");
            let policy = answer.header("content-security-policy").unwrap_or_default();
            assert!(policy.contains("sandbox") && policy.contains("default-src 'none'"), "{policy}");
            let head = ada.send("HEAD", &path, &[], None);
            assert_eq!((head.status, head.body.len()), (200, 0));
            assert_eq!(head.header("content-length"), answer.header("content-length"));
            assert_eq!(head.header("etag"), answer.header("etag"));
        }
        assert_eq!(stored(app).len(), 1);
        // HTML and SVG are never shown, even where a field takes everything.
        let scanner = app.as_user(super::user("auth0|ada").with_permissions([
            "documents:read",
            "documents:write",
            "documents:read:scan",
            "documents:write:scan",
        ]));
        let scan = path.replace("/attachment", "/scan");
        for (content_type, content) in [
            ("text/html", b"<html><script>alert(1)</script>".as_slice()),
            ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
        ] {
            uploaded(&scanner, &scan, content_type, content);
            let answer = scanner.get(&scan);
            assert_eq!((answer.status, answer.body.as_slice()), (200, content));
            assert_eq!(answer.header("content-type"), Some(content_type));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
            let shown = answer.header("content-disposition").unwrap_or_default();
            assert!(shown.starts_with("attachment; "), "{content_type}: {shown}");
            let policy = answer.header("content-security-policy").unwrap_or_default();
            assert!(policy.contains("sandbox"), "{policy}");
        }
    });
}

#[test]
fn parts_and_conditions() {
    on_all(|app| {
        let ada = ada(app);
        let path = format!("{}/attachment", document(&ada, json!({})));
        uploaded(&ada, &path, "text/plain", b"0123456789");
        let get = |name: &str, value: &str| ada.send("GET", &path, &[(name, value)], None);
        for (range, status, content) in [
            ("bytes=0-3", 206, "0123"),
            ("bytes=7-", 206, "789"),
            ("bytes=-2", 206, "89"),
            ("bytes=-100", 206, "0123456789"),
            ("bytes=5-100", 206, "56789"),
            ("bytes=0-1,4-5", 200, "0123456789"),
            ("lines=1-2", 200, "0123456789"),
        ] {
            let answer = get("range", range);
            assert_eq!((answer.status, answer.text().as_str()), (status, content), "{range}");
        }
        let outside = get("range", "bytes=10-");
        refused(&outside, 416, "range-not-satisfiable", "behind the end");
        assert_eq!(outside.header("content-range"), Some("bytes */10"));
        let etag = ada.get(&path).header("etag").expect("a tag").to_owned();
        assert_eq!(get("if-none-match", &etag).status, 304);
        assert_eq!(get("if-none-match", "\"other\"").status, 200);
        uploaded(&ada, &path, "text/plain", b"9876543210");
        assert_eq!(get("if-none-match", &etag).status, 200, "another file has another tag");
        refused(&ada.get(&format!("{path}?a=1")), 400, "unknown-parameter", "a parameter");
    });
}
