//! `Cache-Control`, `Vary` and compression of every kind of answer.

use resourceful::prelude::*;
use resourceful::serde_json::json;
use resourceful::testing::{Answer, TestApp, TestDatabase};

use super::{resources, user};
use crate::support::created;

/// A public resource that says no age.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(table = "public_words", path = "public-words", public(list, get), sort = "text")]
pub struct Word {
    pub id: Uuid,
    pub text: String,
}

/// A public resource whose answers depend on the caller.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(table = "public_offers", path = "public-offers", public(list))]
pub struct Offer {
    pub id: Uuid,
    pub text: String,
    #[resource(read = "offers:price")]
    pub price: Option<i32>,
}

/// Says nothing about caches.
#[get("/silent", public)]
async fn silent() -> Json<&'static str> {
    Json("x")
}

/// Says that it may be kept.
#[get("/kept", public)]
async fn kept() -> resourceful::actix_web::HttpResponse {
    resourceful::actix_web::HttpResponse::Ok().insert_header(("cache-control", "public, max-age=5")).json("x")
}

/// Fails, and would like that to be kept.
#[get("/failing", public)]
async fn failing() -> resourceful::actix_web::HttpResponse {
    resourceful::actix_web::HttpResponse::NotFound().insert_header(("cache-control", "public, max-age=5")).json("x")
}

fn server() -> TestApp {
    TestApp::start_on(TestDatabase::Sqlite, |app| {
        resources(app)
            .resource::<Word>()
            .resource::<Offer>()
            .scope("/by-hand", Requirement::Public, |routes| routes.service(silent).service(kept).service(failing))
    })
}

#[test]
fn who_may_keep_an_answer() {
    let app = server();
    let ada = app.as_user(user("ada", "one", &[]).with_permissions(["public_words:write", "public_words:read"]));
    let word = created(ada.post("/api/v1/public-words", json!({"text": "x"})));
    let word = format!("public-words/{}", word["id"].as_str().expect("an id"));
    let anyone = app.anonymous();
    let cases: Vec<(&str, Answer, &str)> = vec![
        ("public with an age", anyone.get("/api/v1/cached-entries"), "public, max-age=2"),
        ("its count", anyone.get("/api/v1/cached-entries/count"), "public, max-age=2"),
        ("the same with a token", ada.get("/api/v1/cached-entries"), "private, no-cache"),
        ("public without an age", anyone.get("/api/v1/public-words"), "no-cache"),
        ("a row of it", anyone.get(&format!("/api/v1/{word}")), "no-cache"),
        ("HEAD", anyone.send("HEAD", "/api/v1/cached-entries", &[], None), "public, max-age=2"),
        ("public with guarded fields", anyone.get("/api/v1/public-offers"), "private, no-cache"),
        ("private", ada.get("/api/v1/cached-plans"), "private, no-cache"),
        ("own rows", ada.get("/api/v1/cached-plans/self"), "private, no-cache"),
        ("a search", ada.post("/api/v1/cached-plans/search", json!({})), "no-store"),
        ("a write", ada.post("/api/v1/public-words", json!({"text": "y"})), "no-store"),
        ("a deletion", ada.delete(&format!("/api/v1/cached-plans/{}", Uuid::nil())), "no-store"),
        ("a missing row", anyone.get(&format!("/api/v1/public-words/{}", Uuid::nil())), "no-store"),
        ("a wrong parameter", anyone.get("/api/v1/cached-entries?colour=red"), "no-store"),
        ("401", anyone.get("/api/v1/cached-plans"), "no-store"),
        ("403", app.as_user(CurrentUser::new("eve")).get("/api/v1/cached-plans"), "no-store"),
        ("an unknown path", anyone.get("/api/v1/nothing"), "no-store"),
        ("an unknown path outside", anyone.get("/nothing"), "no-store"),
        ("405", anyone.delete("/api/v1/cached-entries"), "no-store"),
        ("a silent endpoint", anyone.get("/api/v1/by-hand/silent"), "no-store"),
        ("an endpoint that says so", anyone.get("/api/v1/by-hand/kept"), "public, max-age=5"),
        ("its error", anyone.get("/api/v1/by-hand/failing"), "no-store"),
    ];
    for (what, answer, expected) in cases {
        assert_eq!(answer.header("cache-control"), Some(expected), "{what}: {}", answer.status);
        let vary = answer.header("vary").unwrap_or_default();
        if what != "an unknown path outside" {
            assert_eq!(vary, "Authorization, Accept-Encoding, Origin", "{what}");
        }
    }
}

/// Tags and conditions work the same for kept answers, and whoever asks first.
#[test]
fn conditions_on_kept_answers() {
    let app = server();
    let ada = app.as_user(user("ada", "one", &[]));
    let plan = created(ada.post("/api/v1/cached-plans", json!({"name": "a"})));
    let row = format!("/api/v1/cached-plans/{}", plan["id"].as_str().expect("an id"));
    for path in [row.as_str(), "/api/v1/cached-plans", "/api/v1/cached-plans/count"] {
        let get = |headers: &[(&str, &str)]| ada.send("GET", path, headers, None);
        let other = app.as_user(user("bob", "one", &[])).get(path);
        let tag = other.header("etag").expect("a tag").to_owned();
        let weak = format!("W/{tag}");
        // The first request has a condition already: what is kept is the whole answer.
        for (sent, answered) in [(&tag, &tag), (&weak, &weak), (&tag, &tag)] {
            let answer = get(&[("if-none-match", sent)]);
            assert_eq!((answer.status, answer.body.len()), (304, 0), "{path}");
            assert_eq!(answer.header("etag"), Some(answered.as_str()), "in the form that the client has: {path}");
            assert_eq!(answer.header("cache-control"), Some("private, no-cache"), "{path}");
            assert_eq!(answer.header("vary"), Some("Authorization, Accept-Encoding, Origin"), "{path}");
        }
        let statements = app.ctx().statements();
        let whole = get(&[]);
        assert_eq!((whole.status, whole.body, app.ctx().statements()), (200, other.body, statements), "{path}");
        assert_eq!(get(&[("if-none-match", "\"other\"")]).status, 200, "{path}");
        assert_eq!(get(&[("if-match", "\"other\"")]).status, 412, "{path}");
    }
    assert_eq!(ada.patch(&row, json!({"name": "b"})).status, 200);
    let tag = ada.get(&row).header("etag").expect("a tag").to_owned();
    let changed = ada.send(
        "PATCH",
        &row,
        &[("if-match", &tag), ("content-type", "application/json")],
        Some(b"{\"name\":\"c\"}".to_vec()),
    );
    assert_eq!(changed.status, 200, "the tag of a kept answer is good for a write: {}", changed.text());
    assert_eq!(ada.send("GET", &row, &[("if-none-match", &tag)], None).status, 200);
}

#[test]
fn compression() {
    let app = server();
    let ada = app.as_user(user("ada", "one", &[]).with_permissions(["public_words:write", "public_words:delete"]));
    let list = |coding: &str| {
        app.anonymous().send("GET", "/api/v1/public-words?size=100", &[("accept-encoding", coding)], None)
    };
    assert_eq!(list("gzip").header("content-encoding"), None, "too short");
    let mut id = String::new();
    for number in 0..60 {
        let word =
            created(ada.post("/api/v1/public-words", json!({"text": format!("word {number} {}", "x".repeat(2000))})));
        id = word["id"].as_str().expect("an id").to_owned();
    }
    let plain = list("identity");
    assert_eq!(plain.header("content-encoding"), None);
    for coding in ["gzip", "br, gzip;q=0.5", "*"] {
        let coded = list(coding);
        assert_eq!((coded.status, coded.header("content-encoding")), (200, Some("gzip")), "{coding}");
        assert_eq!(coded.header("vary"), Some("Authorization, Accept-Encoding, Origin"));
        assert!(coded.body.len() < plain.body.len() / 4, "{} of {}", coded.body.len(), plain.body.len());
        assert_eq!(unzipped(&coded.body), plain.body, "{coding}");
        assert!(coded.header("etag").is_none_or(|tag| tag.starts_with("W/")), "a coded answer has a weak tag");
    }
    for coding in ["br", "gzip;q=0", "identity"] {
        assert_eq!(list(coding).body, plain.body, "{coding}");
    }
    let head = app.anonymous().send("HEAD", "/api/v1/public-words?size=5", &[("accept-encoding", "gzip")], None);
    assert_eq!((head.header("content-encoding"), head.body.len()), (Some("gzip"), 0));
    // One row is never coded: whoever changes it needs its strong tag.
    let row = app.anonymous().send("GET", &format!("/api/v1/public-words/{id}"), &[("accept-encoding", "gzip")], None);
    assert_eq!((row.status, row.header("content-encoding")), (200, None));
    assert!(row.body.len() > 1024);
}

fn unzipped(body: &[u8]) -> Vec<u8> {
    let mut command = std::process::Command::new("gzip");
    command.args(["-dc"]).stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    let mut child = command.spawn().expect("gzip");
    let mut input = child.stdin.take().expect("its input");
    let body = body.to_vec();
    let writing = std::thread::spawn(move || std::io::Write::write_all(&mut input, &body).expect("it reads"));
    let output = child.wait_with_output().expect("it ends");
    writing.join().expect("all was written");
    assert!(output.status.success());
    output.stdout
}
