//! What can be uploaded, and what is refused.

use resourceful::serde_json::json;
use resourceful::testing::{Caller, TestApp, TestDatabase};

use super::{BOMB, PDF, PNG, ada, document, on_all, stored, upload, uploaded};
use crate::support::{field_errors, refused};

/// A form with these parts: names, content types and contents.
fn form(parts: &[(&str, &str, &[u8])]) -> Vec<u8> {
    let mut body = Vec::new();
    for (head, content_type, content) in parts {
        let head = format!("--xyz\r\nContent-Disposition: form-data; {head}\r\nContent-Type: {content_type}\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--xyz--\r\n");
    body
}

const FORM: &[(&str, &str)] = &[("content-type", "multipart/form-data; boundary=xyz")];

#[test]
fn a_row_shows_its_file_and_never_its_key() {
    on_all(|app| {
        let ada = ada(app);
        let path = document(&ada, json!({}));
        let row = uploaded(&ada, &format!("{path}/attachment"), "image/png", PNG);
        let expected = json!({
            "name": "attachment.png",
            "size": PNG.len(),
            "contentType": "image/png",
            "width": 40,
            "height": 30,
            "url": format!("{}/attachment", path.trim_start_matches("/api/v1/")),
        });
        for (name, value) in expected.as_object().expect("an object") {
            assert_eq!(row["attachment"][name], *value, "{name}: {row}");
        }
        assert_eq!(row["attachment"]["sha256"].as_str().map(str::len), Some(64));
        assert_eq!(row["attachment"].as_object().map(|file| file.len()), Some(7));
        assert_eq!(row["version"], 2);
        assert_eq!(ada.get(&path).json(), row);
        let keys = stored(app);
        assert_eq!(keys.len(), 1, "{keys:?}");
        assert!(keys[0].starts_with("documents/attachment/") && keys[0].ends_with(".png"), "{keys:?}");
        assert!(!row.to_string().contains(keys[0].as_str()));
    });
}

#[test]
fn names_of_files() {
    on_all(|app| {
        let ada = ada(app);
        let path = format!("{}/attachment", document(&ada, json!({})));
        let send = |caller: &Caller<'_>, disposition: &str| {
            let headers = [("content-type", "text/plain"), ("content-disposition", disposition)];
            caller.send("PUT", &path, &headers, Some(b"Hello".to_vec()))
        };
        for (disposition, name) in [
            ("attachment; filename=\"plan.txt\"", "plan.txt"),
            ("attachment; filename=plan.txt", "plan.txt"),
            ("attachment; filename=\"plan.txt\"; filename*=UTF-8''Pl%C3%A4ne%20%E2%82%AC.txt", "Pläne €.txt"),
            ("attachment; filename=\"x#1.exe\"", "x#1.exe"),
            ("attachment", "attachment.txt"),
        ] {
            let answer = send(&ada, disposition);
            assert_eq!(answer.status, 200, "{disposition}: {}", answer.text());
            assert_eq!(answer.json()["attachment"]["name"], name, "{disposition}");
        }
        // SECURITY 4.1 G 106: nothing of it is stored, and the former file stays.
        let before = stored(app);
        for name in ["../../x", "..\\\\x", "/etc/passwd", "C:\\\\x", "CON", ".", "..", &"a".repeat(300)] {
            let answer = send(&ada, &format!("attachment; filename=\"{name}\""));
            refused(&answer, 422, "invalid-file-name", name);
        }
        refused(&send(&ada, "attachment; filename*=UTF-8''a%00b"), 422, "invalid-file-name", "NUL");
        refused(&send(&ada, "attachment; filename*=UTF-8''a%2Fb"), 422, "invalid-file-name", "an encoded slash");
        refused(&send(&ada, "attachment; filename*=UTF-8''%ff"), 400, "invalid-request", "not UTF-8");
        refused(&send(&ada, ";;;"), 400, "invalid-request", "no disposition");
        assert_eq!(stored(app), before);
    });
}

#[test]
fn the_content_decides_the_type() {
    on_all(|app| {
        let ada = ada(app);
        let path = document(&ada, json!({}));
        let attachment = format!("{path}/attachment");
        for (claimed, content, found) in [
            ("image/png", PNG, "image/png"),
            ("application/octet-stream", PNG, "image/png"),
            ("application/pdf", PDF, "application/pdf"),
            ("application/x-pdf", PDF, "application/pdf"),
            ("text/csv; charset=utf-8", b"a,b\n1,2\n", "text/csv"),
            ("text/plain", b"<html><script>alert(1)</script>", "text/plain"),
        ] {
            let row = uploaded(&ada, &attachment, claimed, content);
            assert_eq!(row["attachment"]["contentType"], found, "{claimed}");
        }
        let elf = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0>\0\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0";
        let before = stored(app);
        for (claimed, content) in [
            ("image/jpeg", PNG),
            ("image/png", PDF),
            ("image/png", elf.as_slice()),
            ("application/octet-stream", elf),
            ("text/plain", elf),
            ("text/plain", PNG),
            ("text/plain", b"%PDF-1.7\n"),
            ("image/svg+xml", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            ("text/html", b"<html>"),
            ("application/json", b"{}"),
        ] {
            let answer = upload(&ada, &attachment, claimed, content);
            refused(&answer, 415, "unsupported-media-type", claimed);
            let detail = answer.json()["detail"].as_str().unwrap_or_default().to_owned();
            assert!(detail.contains("image/png, image/jpeg, application/pdf, text/plain, text/csv"), "{detail}");
        }
        let coded = [("content-type", "text/plain"), ("content-encoding", "gzip")];
        refused(&ada.send("PUT", &attachment, &coded, Some(b"x".to_vec())), 415, "unsupported-media-type", "coded");
        let empty = upload(&ada, &attachment, "text/plain", b"");
        refused(&empty, 422, "validation-error", "empty");
        assert_eq!(field_errors(&empty), [("/attachment".to_owned(), "length".to_owned())]);
        let bomb = upload(&ada, &attachment, "image/png", BOMB);
        refused(&bomb, 422, "validation-error", "a bomb");
        assert_eq!(field_errors(&bomb), [("/attachment".to_owned(), "range".to_owned())]);
        let broken = upload(&ada, &attachment, "image/png", &PNG[..12]);
        refused(&broken, 422, "validation-error", "a PNG without its header");
        assert_eq!(stored(app), before);
        // The rules of the field, whose file is in the storage when they are checked.
        let note = upload(&ada, &format!("{path}/note"), "text/plain", &[b'a'; 101]);
        refused(&note, 422, "validation-error", "a check");
        assert_eq!(field_errors(&note), [("/note".to_owned(), "check".to_owned())]);
        assert_eq!(stored(app), before);
    });
}

#[test]
fn sizes_are_limited() {
    on_all(|app| {
        let ada = ada(app);
        let path = format!("{}/note", document(&ada, json!({})));
        let limit = upload(&ada, &path, "text/plain", &[b'a'; 1025]);
        refused(&limit, 413, "payload-too-large", "announced");
        assert!(limit.json()["detail"].as_str().is_some_and(|detail| detail.contains("1024")), "{}", limit.text());
        let large = form(&[("name=\"file\"; filename=\"a.txt\"", "text/plain", &[b'a'; 1025])]);
        refused(&ada.send("PUT", &path, FORM, Some(large)), 413, "payload-too-large", "in a form");
        let larger = form(&[("name=\"file\"; filename=\"a.txt\"", "text/plain", &[b'a'; 100_000])]);
        refused(&ada.send("PUT", &path, FORM, Some(larger)), 413, "payload-too-large", "announced by a form");
        // The limit for JSON does not apply: a file may be larger than any of those bodies.
        let attachment = path.replace("/note", "/attachment");
        uploaded(&ada, &attachment, "text/plain", &vec![b'a'; 1024 * 1024]);
        refused(
            &upload(&ada, &attachment, "text/plain", &vec![b'a'; 1024 * 1024 + 1]),
            413,
            "payload-too-large",
            "1 MiB",
        );
        assert_eq!(stored(app).len(), 1);
    });
}

#[test]
fn bodies_without_a_length_are_counted_and_slow_ones_end() {
    use std::io::{Read, Write};
    let settings = [("BODY_TIMEOUT", "0.5")];
    let app = TestApp::start_with(TestDatabase::Sqlite, &settings, |app| {
        app.resource::<super::Folder>().resource::<super::Document>().resource::<super::Strict>()
    });
    let ada = ada(&app);
    let path = format!("{}/note", document(&ada, json!({})));
    let token = app.issuer().token(&super::user("auth0|ada"));
    let send = |headers: &str, body: &[u8]| {
        let mut stream = std::net::TcpStream::connect(app.address()).expect("connects");
        stream.set_read_timeout(Some(std::time::Duration::from_secs(60))).expect("a timeout");
        let head = format!(
            "PUT {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nauthorization: Bearer {token}\r\n{headers}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("sent");
        let _ = stream.write_all(body);
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        String::from_utf8_lossy(&answer).into_owned()
    };
    let chunked = |content: &[u8]| {
        let mut body = Vec::new();
        for part in content.chunks(10_000) {
            body.extend_from_slice(format!("{:x}\r\n", part.len()).as_bytes());
            body.extend_from_slice(part);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"0\r\n\r\n");
        body
    };
    let raw = "content-type: text/plain\r\ntransfer-encoding: chunked";
    let in_form = "content-type: multipart/form-data; boundary=xyz\r\ntransfer-encoding: chunked";
    let whole = form(&[("name=\"file\"; filename=\"a.txt\"", "text/plain", &[b'a'; 90])]);
    // What is in front of the first part counts, too, and so do its headers.
    let preamble = [[b'p'; 50].repeat(4000), b"\r\n".to_vec(), whole.clone()].concat();
    let lines = [b"p\r\n".repeat(100_000), whole.clone()].concat();
    let header = format!("--xyz\r\nX: {}\r\n", "h".repeat(66_000));
    for (what, headers, body, status) in [
        ("a chunked body", raw, chunked(&[b'a'; 100]), " 200 "),
        ("a chunked body beyond the limit", raw, chunked(&[b'a'; 1025]), " 413 "),
        ("a chunked form", in_form, chunked(&whole), " 200 "),
        ("a long preamble", in_form, chunked(&lines), " 413 "),
        ("a long line in front", in_form, chunked(&preamble), " 4"),
        ("a long header", in_form, chunked(header.as_bytes()), " 4"),
        ("a body that stops", "content-type: text/plain\r\ncontent-length: 90", b"only this".to_vec(), " 408 "),
        ("a chunked body that stops", raw, b"5\r\nhello\r\n".to_vec(), " 408 "),
    ] {
        let answer = send(headers, &body);
        assert!(answer.lines().next().is_some_and(|line| line.contains(status)), "{what}: {answer}");
    }
    assert_eq!(stored(&app).len(), 1);
    // A client that asks first is told to go on, and may learn at once that its file is too large.
    for (length, status) in [(90, "HTTP/1.1 200"), (2000, "HTTP/1.1 413")] {
        let mut stream = std::net::TcpStream::connect(app.address()).expect("connects");
        stream.set_read_timeout(Some(std::time::Duration::from_secs(60))).expect("a timeout");
        let head = format!(
            "PUT {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\nexpect: 100-continue\r\ncontent-type: text/plain\r\ncontent-length: {length}\r\n\r\n"
        );
        stream.write_all(head.as_bytes()).expect("sent");
        let mut first = [0; 25];
        stream.read_exact(&mut first).expect("an answer");
        assert_eq!(String::from_utf8_lossy(&first), "HTTP/1.1 100 Continue\r\n\r\n");
        if length == 90 {
            stream.write_all(&[b'a'; 90]).expect("sent");
        }
        let mut second = [0; 12];
        stream.read_exact(&mut second).expect("an answer");
        assert_eq!(String::from_utf8_lossy(&second), status);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_told_and_the_former_file_stays() {
    use resourceful::storage::{LocalFiles, Storage};
    let Some(disk) = crate::support::small_disk::SmallDisk::mount(1) else { return };
    let app = super::app(TestDatabase::Sqlite, Some(Storage::new(LocalFiles::open(disk.path()).expect("a folder"))));
    let ada = ada(&app);
    let path = format!("{}/attachment", document(&ada, json!({})));
    uploaded(&ada, &path, "text/plain", b"before");
    let before = stored(&app);
    refused(&upload(&ada, &path, "text/plain", &vec![b'a'; 1024 * 1024]), 507, "storage-full", "a full disk");
    assert_eq!((stored(&app), ada.get(&path).text().as_str()), (before, "before"));
    uploaded(&ada, &path, "text/plain", &vec![b'a'; 300_000]);
}

#[test]
fn forms_have_one_file() {
    on_all(|app| {
        let ada = ada(app);
        let path = format!("{}/attachment", document(&ada, json!({})));
        let send = |parts: &[(&str, &str, &[u8])]| ada.send("PUT", &path, FORM, Some(form(parts)));
        let row = send(&[("name=\"file\"; filename=\"Pläne.png\"", "image/png", PNG)]);
        assert_eq!(row.status, 200, "{}", row.text());
        assert_eq!(row.json()["attachment"]["name"], "Pläne.png");
        assert_eq!(ada.get(&path).body, PNG);
        assert_eq!(send(&[("name=\"file\"", "image/png", PNG)]).json()["attachment"]["name"], "attachment.png");
        let before = stored(app);
        let file: (&str, &str, &[u8]) = ("name=\"file\"; filename=\"a.txt\"", "text/plain", b"a");
        for (parts, code) in [
            (&[][..], "required"),
            (&[("name=\"other\"", "text/plain", b"a".as_slice())], "unknown-field"),
            (&[("name=\"other\"", "text/plain", b"a".as_slice()), file], "unknown-field"),
            (&[file, file], "not-allowed"),
            (&[file, ("name=\"other\"", "text/plain", b"a".as_slice())], "not-allowed"),
        ] {
            let answer = send(parts);
            refused(&answer, 422, "validation-error", code);
            assert_eq!(field_errors(&answer), [("/file".to_owned(), code.to_owned())]);
        }
        refused(&send(&[("name=\"file\"; filename=\"../x\"", "text/plain", b"a")]), 422, "invalid-file-name", "a path");
        refused(&send(&[("name=\"file\"", "image/jpeg", PNG)]), 415, "unsupported-media-type", "a wrong claim");
        let malformed: [(&str, &[u8]); 4] = [
            (
                "multipart/form-data; boundary=xyz",
                b"--xyz\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\nhello",
            ),
            ("multipart/form-data; boundary=xyz", b"no form"),
            ("multipart/form-data", b"--xyz--\r\n"),
            ("multipart/form-data; boundary=xyz", b"--xyz\r\nContent-Type: text/plain\r\n\r\nhello\r\n--xyz--\r\n"),
        ];
        for (content_type, body) in malformed {
            let answer = ada.send("PUT", &path, &[("content-type", content_type)], Some(body.to_vec()));
            assert!(matches!(answer.status, 400 | 422), "{content_type}: {} {}", answer.status, answer.text());
            assert!(answer.problem().is_some());
        }
        assert_eq!(stored(app), before);
    });
}
