//! The OpenAPI document (a snapshot), `/health` and the pages about problems.

use resourceful::testing::TestDatabase;

use crate::support::{ada, app, close_pool, refused};

#[test]
fn the_document_is_the_one_that_was_reviewed() {
    let app = app(TestDatabase::Sqlite);
    let document = app.anonymous().get("/openapi.json");
    assert_eq!((document.status, document.header("content-type")), (200, Some("application/json")));
    let text = format!("{:#}\n", document.json());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/openapi.json");
    if std::env::var_os("UPDATE_OPENAPI").is_some() {
        std::fs::write(path, &text).expect("openapi.json can be written");
    }
    let reviewed = std::fs::read_to_string(path).expect("tests/openapi.json");
    assert!(text == reviewed, "the OpenAPI document has changed: review it with UPDATE_OPENAPI=1 and git diff");
}

#[test]
fn health() {
    let app = app(TestDatabase::Sqlite);
    assert_eq!(app.anonymous().get("/health/live").status, 200);
    assert_eq!(app.anonymous().get("/health/ready").status, 200);
    assert_eq!(app.anonymous().send("HEAD", "/health/live", &[], None).status, 200, "load balancers ask so");
    let wrong = app.anonymous().send("POST", "/health/live", &[], None);
    refused(&wrong, 405, "method-not-allowed", "POST");
    assert_eq!(wrong.header("allow"), Some("GET, HEAD"));
    app.block_on(close_pool(&app));
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let answer = app.anonymous().get("/health/ready");
    refused(&answer, 503, "unavailable", "no database");
    assert_eq!(app.anonymous().get("/health/live").status, 200, "liveness does not depend on the database");
    let answer = ada(&app).get("/api/v1/projects");
    refused(&answer, 503, "unavailable", "no database");
    assert_eq!(answer.header("retry-after"), Some("1"));
    refused(
        &app.anonymous().get("/api/v1/projects"),
        401,
        "unauthenticated",
        "what fails before the database needs none",
    );
}

#[test]
fn problem_pages() {
    let app = app(TestDatabase::Sqlite);
    let page = app.anonymous().send("GET", "/problems/validation-error", &[("accept", "text/html")], None);
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Validation failed"));
    refused(&app.anonymous().get("/problems/nonsense"), 404, "not-found", "an unknown slug");
    for problem in resourceful::error::catalogue::all() {
        assert_eq!(app.anonymous().get(&format!("/problems/{}", problem.slug)).status, 200, "{}", problem.slug);
    }
    let list = app.anonymous().send("GET", "/problems", &[("accept", "application/json")], None).json();
    let listed: Vec<&str> =
        list["codes"].as_array().expect("codes").iter().filter_map(|entry| entry["code"].as_str()).collect();
    let known: Vec<&str> = resourceful::error::codes::all().map(|entry| entry.code.as_str()).collect();
    assert_eq!(listed, known);
    let page = app.anonymous().send("GET", "/problems", &[("accept", "text/html")], None);
    assert!(known.iter().all(|code| page.text().contains(&format!("<code>{code}</code>"))), "{}", page.text());
}
