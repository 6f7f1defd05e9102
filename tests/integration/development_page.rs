//! The page `/`: only in development, and it shows nothing that requests carry.

use resourceful::serde_json::json;
use resourceful::testing::{TestApp, TestDatabase};

use crate::support::{ada, app_with};

const PAGES: [&str; 4] = ["/", "/development/requests", "/development/page.css", "/development/page.js"];

fn app(settings: &[(&str, &str)]) -> TestApp {
    app_with(TestDatabase::Sqlite, settings, |app| app)
}

#[test]
fn only_development_has_it() {
    let app = app(&[]);
    for path in PAGES.iter().chain(&["/development/token", "/docs/sign-in.js"]) {
        let answer = app.anonymous().get(path);
        assert_eq!((answer.status, answer.problem().as_deref()), (404, Some("not-found")), "{path}");
    }
    assert_eq!(app.anonymous().post("/development/token", json!({"user": "ada"})).status, 404);
    assert!(!app.anonymous().get("/docs").text().contains("sign-in"));
}

#[test]
fn it_tells_what_runs_here_and_runs_nothing_of_others() {
    let app = app(&[("ENVIRONMENT", "development")]);
    // Path, type, what is in it
    for (path, content_type, within) in [
        ("/", "text/html; charset=utf-8", "<title>Tests</title>"),
        ("/", "text/html; charset=utf-8", "href=\"/docs\""),
        ("/", "text/html; charset=utf-8", "href=\"/metrics\""),
        ("/", "text/html; charset=utf-8", "<code>/api/v1/projects/{id}/activate</code></td><td>projects:admin</td>"),
        ("/development/requests", "text/html; charset=utf-8", "None yet"),
        ("/development/page.css", "text/css; charset=utf-8", "prefers-color-scheme:dark"),
        ("/development/page.js", "text/javascript; charset=utf-8", "setInterval"),
    ] {
        let answer = app.anonymous().get(path);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(content_type)), "{path}");
        assert!(answer.text().contains(within), "{path} has no {within}: {}", answer.text());
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}");
        assert_eq!(app.anonymous().post(path, json!({})).status, 405, "{path}");
    }
    let page = app.anonymous().get("/");
    let policy = page.header("content-security-policy").expect("a policy");
    assert!(policy.starts_with("default-src 'none'; script-src 'self'; style-src 'self';"), "{policy}");
    assert!(!page.text().contains("<script>") && !page.text().contains("<style"), "{}", page.text());
    // This test has an issuer of its own, so the server gives no tokens.
    assert!(!page.text().contains("Copy a token"), "{}", page.text());
    // Another page that leads its own name to this machine
    for path in PAGES {
        for (host, status) in [("localhost:8000", 200), ("[::1]:8000", 200), ("evil.example", 404)] {
            assert_eq!(app.anonymous().send("GET", path, &[("host", host)], None).status, status, "{path} {host}");
        }
    }
}

#[test]
fn the_last_requests_have_no_values() {
    let app = app(&[("ENVIRONMENT", "development"), ("METRICS_PERMISSION", "metrics:read")]);
    let ada = ada(&app);
    let rows = || app.anonymous().get("/development/requests").text().to_owned();
    let created = ada.post("/api/v1/projects", json!({"name": "canary-body"}));
    let id = created.json()["id"].as_str().expect("an id").to_owned();
    let request_id = created.header("x-request-id").expect("an id").to_owned();
    ada.get(&format!("/api/v1/projects/{id}?fields=id"));
    ada.get("/api/v1/projects?filter=name:eq:canary-filter");
    app.anonymous().get("/api/v1/canary-path?q=canary-query");
    app.anonymous().send("GET", "/api/v1/projects", &[("x-request-id", "given-by-the-client")], None);
    let seen = rows();
    for part in [
        "<b>POST</b> <code>/api/v1/projects</code>",
        "<b>GET</b> <code>/api/v1/projects/{id}</code>",
        "<td class=\"refused\">401</td>",
        "<td>auth0|ada</td>",
        "no such path",
        "given-by-the-client",
        &request_id,
    ] {
        assert!(seen.contains(part), "no {part} in {seen}");
    }
    for canary in ["canary", &id, "fields=id"] {
        assert!(!seen.contains(canary), "{canary} in {seen}");
    }
    // A write has statements, and the newest request is the first.
    let post = seen.split("<tr>").find(|row| row.contains("<b>POST</b>")).expect("the row");
    assert!(!post.contains("<td class=\"number\">0</td>"), "{post}");
    assert!(seen.find("given-by-the-client") < seen.find("no such path"), "{seen}");
    // The pages of development are not among them, and their number is bounded.
    for path in ["/", "/docs", "/mail", "/health/ready", "/openapi.json", "/problems", "/metrics"] {
        app.anonymous().get(path);
    }
    assert_eq!(rows().matches("<tr>").count(), 5, "{}", rows());
    for _ in 0..60 {
        app.anonymous().get("/nothing");
    }
    assert_eq!(rows().matches("<tr>").count(), 50);
}
