//! Images: where they end, and how large they are.

use resourceful::serde_json::json;

use super::{PNG, ada, document, on_all, stored, upload, uploaded};
use crate::support::{field_errors, refused};

/// A JPEG of this size behind a preview of 300 KiB in its segments, as cameras write them.
fn jpeg(size: Option<(u16, u16)>) -> Vec<u8> {
    let mut all = b"\xff\xd8".to_vec();
    for _ in 0..5 {
        all.extend_from_slice(b"\xff\xe1\xf0\x02");
        all.resize(all.len() + 0xf000, b'p');
    }
    if let Some((width, height)) = size {
        all.extend_from_slice(b"\xff\xc0\x00\x0b\x08");
        all.extend_from_slice(&height.to_be_bytes());
        all.extend_from_slice(&width.to_be_bytes());
        all.extend_from_slice(b"\x01\x01\x11\x00");
    }
    all.extend_from_slice(b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00pixels\xff\x00\xff\xd9");
    all
}

#[test]
fn two_files_in_one_are_refused() {
    on_all(|app| {
        let ada = ada(app);
        let path = document(&ada, json!({}));
        let attachment = format!("{path}/attachment");
        uploaded(&ada, &attachment, "text/plain", b"before");
        let before = stored(app);
        let photo = jpeg(Some((40, 30)));
        let mut pdf = PNG.to_vec();
        // A chunk that programs skip, which begins in the first KiB.
        pdf.splice(33..33, b"\x00\x00\x00\x09tEXt%PDF-1.7\ncrc!".iter().copied());
        for (content_type, content) in [
            ("image/png", [PNG, b"PK\x03\x04 an archive"].concat()),
            ("image/png", [PNG, b"<script>alert(1)</script>"].concat()),
            ("image/png", [PNG, PNG].concat()),
            ("image/png", pdf.clone()),
            ("image/jpeg", [photo.as_slice(), b"PK\x03\x04"].concat()),
            ("image/jpeg", [photo.as_slice(), b"\0\0\0\x18ftypmp42"].concat()),
        ] {
            let answer = upload(&ada, &attachment, content_type, &content);
            refused(&answer, 415, "unsupported-media-type", content_type);
            assert_eq!(stored(app), before);
        }
        // A field that takes everything takes these, too.
        let scanner = app.as_user(super::user("auth0|ada").with_permissions([
            "documents:read",
            "documents:write",
            "documents:read:scan",
            "documents:write:scan",
        ]));
        for content in [[PNG, b"PK\x03\x04"].concat(), pdf] {
            uploaded(&scanner, &format!("{path}/scan"), "image/png", &content);
            assert_eq!(ada.get(&attachment).text(), "before");
        }
        // Cameras add further images, and some programs zeros.
        for content in [photo.clone(), [photo.as_slice(), &photo, &[0; 50]].concat()] {
            assert_eq!(uploaded(&ada, &attachment, "image/jpeg", &content)["attachment"]["size"], content.len());
        }
    });
}

#[test]
fn the_size_of_a_photograph_is_found_behind_its_preview() {
    on_all(|app| {
        let ada = ada(app);
        let path = format!("{}/attachment", document(&ada, json!({})));
        let row = uploaded(&ada, &path, "image/jpeg", &jpeg(Some((400, 300))));
        assert_eq!((&row["attachment"]["width"], &row["attachment"]["height"]), (&json!(400), &json!(300)));
        let before = stored(app);
        for (size, code) in [(Some((8000, 6000)), "range"), (None, "type")] {
            let answer = upload(&ada, &path, "image/jpeg", &jpeg(size));
            refused(&answer, 422, "validation-error", code);
            assert_eq!(field_errors(&answer), [("/attachment".to_owned(), code.to_owned())]);
        }
        assert_eq!(stored(app), before);
    });
}
