//! Smaller copies of images.

use resourceful::serde_json::json;

use super::{PDF, PNG, ada, document, on_all, stored, uploaded};
use crate::support::refused;

/// The width and the height in the header of a PNG.
fn size(png: &[u8]) -> (u32, u32) {
    let number = |at: usize| png[at..at + 4].iter().fold(0, |number, byte| number << 8 | u32::from(*byte));
    (number(16), number(20))
}

#[test]
fn copies_are_made_once_and_removed_with_the_image() {
    on_all(|app| {
        let ada = ada(app);
        let path = format!("{}/attachment", document(&ada, json!({})));
        uploaded(&ada, &path, "image/png", PNG);
        let small = format!("{path}/thumbs/20x20");
        let answer = ada.get(&small);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("image/png")), "{}", answer.text());
        assert_eq!(size(&answer.body), (20, 15));
        assert_eq!(size(&ada.get(&format!("{path}/thumbs/400x400")).body), (40, 30), "never larger than the image");
        let keys = stored(app);
        assert_eq!(keys.len(), 3, "{keys:?}");
        let again = ada.get(&small);
        assert_eq!((again.header("etag"), &again.body), (answer.header("etag"), &answer.body));
        assert_eq!(stored(app), keys);
        let head = ada.send("HEAD", &small, &[], None);
        assert_eq!((head.status, head.body.len(), head.header("etag")), (200, 0, answer.header("etag")));
        assert_eq!(head.header("content-length"), answer.header("content-length"));
        let tag = answer.header("etag").expect("a tag");
        assert_eq!(ada.send("GET", &small, &[("if-none-match", tag)], None).status, 304);
        refused(&ada.get(&format!("{path}/thumbs/21x21")), 404, "not-found", "another size");
        refused(&ada.delete(&small), 405, "method-not-allowed", "DELETE");
        assert_eq!(ada.delete(&path).status, 204);
        assert!(stored(app).is_empty(), "{:?}", stored(app));
        refused(&ada.get(&small), 404, "not-found", "no file");
        uploaded(&ada, &path, "application/pdf", PDF);
        refused(&ada.get(&small), 404, "not-found", "no image");
        // Its header says that it is an image, and the rest is missing.
        uploaded(&ada, &path, "image/png", &PNG[..60]);
        refused(&ada.get(&small), 404, "not-found", "a damaged image");
        // What is known about it is kept, so that it is not read again for each request and each size.
        let known = stored(app);
        assert!(known.len() == 2 && known.iter().any(|key| key.contains("-thumbs/damaged-")), "{known:?}");
        refused(&ada.get(&format!("{path}/thumbs/400x400")), 404, "not-found", "another size");
        assert_eq!(stored(app), known);
        assert_eq!(ada.delete(&path).status, 204);
        assert!(stored(app).is_empty(), "{:?}", stored(app));
    });
}

#[test]
fn many_callers_share_one_copy() {
    on_all(|app| {
        let caller = ada(app);
        let path = format!("{}/attachment", document(&caller, json!({})));
        uploaded(&caller, &path, "image/png", PNG);
        let small = format!("{path}/thumbs/20x20");
        std::thread::scope(|scope| {
            let callers: Vec<_> = (0..8).map(|_| scope.spawn(|| ada(app).get(&small).body)).collect();
            let bodies: Vec<_> = callers.into_iter().map(|caller| caller.join().expect("an answer")).collect();
            assert!(bodies.iter().all(|body| *body == bodies[0] && size(body) == (20, 15)));
        });
        assert_eq!(stored(app).len(), 2);
    });
}
