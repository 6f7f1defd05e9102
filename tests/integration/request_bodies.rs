//! Request bodies: malformed JSON, wrong types, unknown and read-only fields, content types.

use resourceful::serde_json::{Value, json};

use crate::support::{ada, created, field_errors, ok, on_both, project, refused};

const JSON: (&str, &str) = ("content-type", "application/json");

#[test]
fn malformed_bodies() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth)).into_bytes();
    let in_field = |depth: usize| [b"{\"name\":".to_vec(), deep(depth), b"}".to_vec()].concat();
    let cases: Vec<(&str, Vec<u8>, u16, &str)> = vec![
        ("empty", Vec::new(), 400, "malformed-json"),
        ("blank", b" \n".to_vec(), 400, "malformed-json"),
        ("null", b"null".to_vec(), 422, "validation-error"),
        ("array", b"[]".to_vec(), 422, "validation-error"),
        ("text", b"\"x\"".to_vec(), 422, "validation-error"),
        ("number", b"1".to_vec(), 422, "validation-error"),
        ("two texts", br#"{"a":1}{"b":2}"#.to_vec(), 400, "malformed-json"),
        ("trailing comma", br#"{"name":"a",}"#.to_vec(), 400, "malformed-json"),
        ("comment", br#"{"name":"a"/* x */}"#.to_vec(), 400, "malformed-json"),
        ("NaN", br#"{"name":NaN}"#.to_vec(), 400, "malformed-json"),
        ("single quotes", br#"{'name':'a'}"#.to_vec(), 400, "malformed-json"),
        ("byte order mark", b"\xef\xbb\xbf{\"name\":\"a\"}".to_vec(), 400, "malformed-json"),
        ("UTF-16", b"{\0\"\0n\0\"\0:\0\x31\0}\0".to_vec(), 400, "malformed-json"),
        ("doubled key", br#"{"name":"a","name":"b"}"#.to_vec(), 400, "malformed-json"),
        ("doubled key, escaped", br#"{"name":"a","n\u0061me":"b"}"#.to_vec(), 400, "malformed-json"),
        ("doubled key, nested", br#"{"name":{"x":1,"x":2}}"#.to_vec(), 400, "malformed-json"),
        ("invalid UTF-8", b"{\"name\":\"\xff\"}".to_vec(), 400, "malformed-json"),
        ("overlong UTF-8", b"{\"name\":\"\xc0\xaf\"}".to_vec(), 400, "malformed-json"),
        ("lone surrogate", br#"{"name":"\ud800"}"#.to_vec(), 400, "malformed-json"),
        ("a huge number", br#"{"name":1e400}"#.to_vec(), 400, "malformed-json"),
        ("129 levels", in_field(129), 400, "malformed-json"),
        ("10,000 levels", in_field(10_000), 400, "malformed-json"),
        ("100,000 levels", in_field(100_000), 400, "malformed-json"),
        (
            "1,000 keys",
            json!((0..1000).map(|n| (format!("k{n}"), json!(1))).collect::<std::collections::BTreeMap<_, _>>())
                .to_string()
                .into_bytes(),
            422,
            "validation-error",
        ),
        ("a key of 64 KiB", format!("{{\"{}\":1}}", "k".repeat(65_536)).into_bytes(), 422, "validation-error"),
        ("one byte over 1 MiB", vec![b' '; 1024 * 1024 + 1], 413, "payload-too-large"),
    ];
    on_both(|app| {
        let ada = ada(app);
        for (what, body, status, slug) in &cases {
            refused(&ada.send("POST", "/api/v1/projects", &[JSON], Some(body.clone())), *status, slug, what);
        }
        assert_eq!(ok(ada.get("/api/v1/projects/count"))["total"], 0);
    });
}

#[test]
fn the_number_of_listed_errors_is_limited() {
    on_both(|app| {
        let many: std::collections::BTreeMap<String, u8> =
            (0..20_000).map(|number| (format!("k{number}"), 1)).collect();
        let answer = ada(app).post("/api/v1/projects", &many);
        refused(&answer, 422, "validation-error", "20,000 unknown fields");
        assert_eq!(field_errors(&answer).len(), 50);
        let items: Vec<Value> = (0..100).map(|_| json!({"a": 1, "b": 2})).collect();
        assert!(field_errors(&ada(app).post("/api/v1/projects/bulk", &items)).len() <= 52);
    });
}

#[test]
fn a_merge_patch_merges_into_json_fields() {
    on_both(|app| {
        let ada = ada(app);
        let row = json!({
            "small": 1, "medium": 2, "large": 3, "single": 0.5, "double": 0.25, "exact": "1.50", "text": "x", "flag": true,
            "key": "0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60", "day": "2026-01-31", "time": "13:45:00", "local": "2026-01-31T13:45:00",
            "moment": "2026-01-31T13:45:00Z", "status": "open", "json": {"a": {"b": 1, "c": 2}, "d": [1]},
            "settings": {"theme": "dark", "size": 1}, "bytes": ""
        });
        let path = format!("/api/v1/everythings/{}", created(ada.post("/api/v1/everythings", &row))["id"]);
        let merge = |body: Value| {
            ada.send(
                "PATCH",
                &path,
                &[("content-type", "application/merge-patch+json")],
                Some(body.to_string().into_bytes()),
            )
        };
        let merged =
            ok(merge(json!({"json": {"a": {"b": null, "e": 3}, "d": "new"}, "settings": {"size": 2}, "text": "y"})));
        assert_eq!((&merged["json"], &merged["text"]), (&json!({"a": {"c": 2, "e": 3}, "d": "new"}), &json!("y")));
        assert_eq!(merged["settings"], json!({"theme": "dark", "size": 2}));
        refused(&merge(json!({"settings": {"theme": null}})), 422, "validation-error", "what is merged is checked");
        assert_eq!(ok(ada.get(&path)), merged, "and rolled back");
        let replaced = ok(ada.patch(&path, json!({"json": {"x": 1}})));
        assert_eq!(replaced["json"], json!({"x": 1}), "plain JSON replaces");
        let missing = ada.send(
            "PATCH",
            "/api/v1/everythings/99",
            &[("content-type", "application/merge-patch+json")],
            Some(b"{\"json\":{}}".to_vec()),
        );
        refused(&missing, 404, "not-found", "no such row");
    });
}

#[test]
fn content_types() {
    let cases: &[(&str, &[(&str, &str)], u16)] = &[
        ("none", &[], 415),
        ("text", &[("content-type", "text/plain")], 415),
        ("UTF-16", &[("content-type", "application/json; charset=utf-16")], 415),
        ("form", &[("content-type", "application/x-www-form-urlencoded")], 415),
        ("multipart", &[("content-type", "multipart/form-data; boundary=x")], 415),
        ("gzip", &[JSON, ("content-encoding", "gzip")], 415),
        ("UTF-8", &[("content-type", "application/json; charset=UTF-8")], 201),
        ("capitals", &[("content-type", "Application/JSON")], 201),
        ("identity", &[JSON, ("content-encoding", "identity")], 201),
    ];
    on_both(|app| {
        let ada = ada(app);
        for (what, headers, status) in cases {
            let answer = ada.send("POST", "/api/v1/projects", headers, Some(br#"{"name":"x"}"#.to_vec()));
            assert_eq!(answer.status, *status, "{what}: {}", answer.text());
            if *status == 415 {
                refused(&answer, 415, "unsupported-media-type", what);
                assert_eq!(answer.header("accept"), Some("application/json"), "{what}");
            }
        }
    });
}

#[test]
fn unknown_hidden_and_read_only_fields_are_refused() {
    let id = "0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60";
    let cases = [
        ("ownerId", json!("auth0|eve"), "read-only"),
        ("ownerId", json!(null), "read-only"),
        ("id", json!(id), "read-only"),
        ("createdAt", json!("2026-01-01T00:00:00Z"), "read-only"),
        ("updatedAt", json!("2026-01-01T00:00:00Z"), "read-only"),
        ("version", json!(1), "unknown-field"),
        ("deletedAt", json!(null), "unknown-field"),
        ("isAdmin", json!(true), "unknown-field"),
        ("OwnerId", json!("x"), "unknown-field"),
        ("owner_id", json!("x"), "unknown-field"),
        ("owner.id", json!("x"), "unknown-field"),
        ("owner[id]", json!("x"), "unknown-field"),
        ("is_active", json!(true), "unknown-field"),
    ];
    on_both(|app| {
        let ada = ada(app);
        let row = project(&ada, "Engine");
        let path = format!("/api/v1/projects/{}", row["id"].as_str().expect("an id"));
        for (field, value, code) in &cases {
            let mut body = json!({"name": "x"});
            body[field] = value.clone();
            for answer in [
                ada.post("/api/v1/projects", &body),
                ada.put(&path, &body),
                ada.patch(&path, json!({*field: value})),
                ada.post("/api/v1/projects/self", &body),
            ] {
                refused(&answer, 422, "validation-error", field);
                assert_eq!(field_errors(&answer), [(format!("/{field}"), (*code).to_owned())]);
            }
        }
        assert_eq!(ok(ada.get(&path)), row, "nothing was changed");
        let hidden = ada.post("/api/v1/members", json!({"name": "m", "secret": "x"}));
        refused(&hidden, 422, "validation-error", "a hidden field");
        assert_eq!(
            field_errors(&hidden),
            [("/secret".to_owned(), "unknown-field".to_owned())],
            "a hidden field is not there at all"
        );
        assert!(!hidden.text().contains("allowed: email, name, secret"));
        let near = ada.post("/api/v1/projects", json!({"name": "x", "isActiv": true}));
        assert!(near.text().contains("did you mean `isActive`?"), "{}", near.text());
    });
}

#[test]
fn all_broken_rules_are_reported_at_once() {
    let valid = json!({"name": "abc", "amount": "1", "level": 0, "ratio": 1.0, "currency": "EUR"});
    let cases: Vec<(&str, Value, Option<&str>)> = vec![
        ("name", json!("ab"), Some("length")),
        ("name", json!("abcdef"), Some("length")),
        ("name", json!("𝒳𝒳𝒳𝒳𝒳"), None),
        ("name", json!("𝒳𝒳𝒳𝒳𝒳𝒳"), Some("length")),
        ("name", json!("     "), None),
        ("amount", json!("0.01"), None),
        ("amount", json!("0.009"), Some("range")),
        ("amount", json!("999.999999"), None),
        ("amount", json!("1000"), Some("range")),
        ("level", json!(-10), None),
        ("level", json!(-11), Some("range")),
        ("ratio", json!(1.5), None),
        ("ratio", json!(1.5000001), Some("range")),
        ("currency", json!("eur"), Some("pattern")),
        ("currency", json!("EURO"), Some("pattern")),
        ("email", json!("ada@example.com"), None),
        ("email", json!("ada"), Some("email")),
        ("email", json!("a@b.c\r\nBcc: x@y"), Some("email")),
        ("email", json!("@example.com"), Some("email")),
        ("site", json!("https://example.com/a?b#c"), None),
        ("site", json!("javascript:alert(1)"), Some("url")),
        ("site", json!("/relative"), Some("url")),
        ("site", json!("https://exa mple.com"), Some("url")),
        ("colour", json!("red"), None),
        ("colour", json!("Red"), Some("one-of")),
        ("even", json!(4), None),
        ("even", json!(5), Some("check")),
        ("even", json!(null), None),
        ("blob", json!("AAECAw=="), None),
        ("blob", json!("AAECAwQ="), Some("length")),
        ("name", json!(null), Some("required")),
    ];
    on_both(|app| {
        let ada = ada(app);
        let path = format!("/api/v1/ledgers/{}", created(ada.post("/api/v1/ledgers", &valid))["id"]);
        for (field, value, code) in &cases {
            let mut body = valid.clone();
            body[field] = value.clone();
            for answer in [ada.post("/api/v1/ledgers", &body), ada.patch(&path, json!({*field: value}))] {
                match code {
                    None => assert!(answer.status < 300, "{field} = {value}: {}", answer.text()),
                    Some(code) => {
                        refused(&answer, 422, "validation-error", &format!("{field} = {value}"));
                        assert_eq!(
                            field_errors(&answer),
                            [(format!("/{field}"), (*code).to_owned())],
                            "{field} = {value}"
                        );
                    }
                }
            }
        }
        let all =
            ada.post("/api/v1/ledgers", json!({"name": "x", "amount": "0", "level": -100, "email": "x", "extra": 1}));
        let places: Vec<String> = field_errors(&all).into_iter().map(|(place, _)| place).collect();
        assert_eq!(places, ["/extra", "/name", "/amount", "/level", "/ratio", "/currency", "/email"]);
        let missing = ada.put(&path, json!({}));
        assert_eq!(
            field_errors(&missing).iter().filter(|(_, code)| code == "required").count(),
            5,
            "PUT needs every required field"
        );
    });
}
