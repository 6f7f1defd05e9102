//! Files in the JSON of rows, and conditions on the rows of files.

use resourceful::serde_json::{Value, json};

use super::{PNG, ada, document, on_all, stored, upload, uploaded};
use crate::support::{created, field_errors, ok, refused};

#[test]
fn no_json_writes_a_file_and_a_put_keeps_it() {
    on_all(|app| {
        let ada = ada(app);
        let path = document(&ada, json!({}));
        let file = uploaded(&ada, &format!("{path}/attachment"), "image/png", PNG)["attachment"].clone();
        for value in [Value::Null, file.clone(), json!("x")] {
            let body = json!({"name": "Plan", "attachment": value});
            for answer in [
                ada.post("/api/v1/documents", body.clone()),
                ada.put(&path, body.clone()),
                ada.patch(&path, body.clone()),
                ada.send(
                    "PATCH",
                    &path,
                    &[("content-type", "application/merge-patch+json")],
                    Some(body.to_string().into()),
                ),
            ] {
                refused(&answer, 422, "validation-error", "a file in JSON");
                assert_eq!(field_errors(&answer), [("/attachment".to_owned(), "read-only".to_owned())]);
            }
        }
        let secret = ada.patch(&path, json!({"secret": null}));
        assert_eq!(field_errors(&secret), [("/secret".to_owned(), "unknown-field".to_owned())]);
        assert_eq!(ok(ada.put(&path, json!({"name": "New"})))["attachment"], file);
        assert_eq!(ok(ada.patch(&path, json!({"name": "Newer"})))["attachment"], file);
        assert_eq!(ok(ada.get(&format!("{path}?fields=attachment")))["attachment"], file);
        assert_eq!(ok(ada.get(&format!("{path}?fields=name"))).get("attachment"), None);
        assert_eq!(ok(ada.get("/api/v1/documents"))["items"][0]["attachment"], file);
        for query in ["attachment=x", "sort=attachment", "attachment[isNull]=true"] {
            assert_eq!(ada.get(&format!("/api/v1/documents?{query}")).status, 400, "{query}");
        }
        let bulk = ada.post("/api/v1/documents/bulk", json!([{"name": "a"}, {"name": "b"}]));
        assert_eq!(created(bulk)[1]["attachment"], Value::Null);
        assert_eq!(stored(app).len(), 1);
    });
}

#[test]
fn conditions_are_those_of_the_row() {
    on_all(|app| {
        let ada = ada(app);
        let row = document(&ada, json!({}));
        let path = format!("{row}/attachment");
        let tag = |answer: &resourceful::testing::Answer| answer.header("etag").expect("a tag").to_owned();
        let first = tag(&ada.get(&row));
        let send = |method: &str, condition: &str, body: &[u8]| {
            let headers = [("content-type", "text/plain"), ("if-match", condition)];
            ada.send(method, &path, &headers, Some(body.to_vec()))
        };
        let answer = send("PUT", &first, b"one");
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(tag(&answer), tag(&ada.get(&row)), "the tag of the row");
        assert_eq!(answer.header("content-location"), Some(row.as_str()));
        refused(&send("PUT", &first, b"two"), 412, "precondition-failed", "an old tag");
        refused(&send("DELETE", &first, b""), 412, "precondition-failed", "an old tag");
        refused(&send("PUT", "x", b"two"), 400, "invalid-request", "a malformed tag");
        assert_eq!(ada.get(&path).text(), "one");
        assert_eq!(stored(app).len(), 1);
        assert_eq!(send("DELETE", &tag(&answer), b"").status, 204);
        refused(&ada.get(&path), 404, "not-found", "removed");
        refused(&ada.delete(&path), 404, "not-found", "removed already");
        assert!(stored(app).is_empty());
    });
}

#[test]
fn hooks_run_and_required_conditions_are_required() {
    on_all(|app| {
        let ada = ada(app);
        created(ada.post("/api/v1/stricts", json!({"id": "a b/ä"})));
        let row = "/api/v1/stricts/a%20b%2F%C3%A4";
        let path = format!("{row}/paper");
        refused(&upload(&ada, &path, "text/plain", b"one"), 428, "precondition-required", "PUT");
        refused(&ada.delete(&path), 428, "precondition-required", "DELETE");
        let send = |name: &str, body: &[u8]| {
            let tag = ada.get(row).header("etag").expect("a tag").to_owned();
            let disposition = format!("attachment; filename=\"{name}\"");
            let headers = [
                ("content-type", "text/plain"),
                ("if-match", tag.as_str()),
                ("content-disposition", disposition.as_str()),
            ];
            ada.send("PUT", &path, &headers, Some(body.to_vec()))
        };
        let answer = ok(send("one.txt", b"one"));
        assert_eq!((&answer["changes"], &answer["paper"]["url"]), (&json!(1), &json!("stricts/a%20b%2F%C3%A4/paper")));
        assert_eq!(ada.get(&format!("/api/v1/{}", answer["paper"]["url"].as_str().expect("a path"))).text(), "one");
        let before = stored(app);
        refused(&send("refused.txt", b"two"), 409, "refused-name", "a hook");
        assert_eq!(stored(app), before, "the refused file is gone, the former is not");
        assert_eq!(ada.get(&path).text(), "one");
        assert_eq!(ok(send("two.txt", b"two"))["changes"], 2);
        assert_eq!(stored(app).len(), 1);
        assert_ne!(stored(app), before);
    });
}
