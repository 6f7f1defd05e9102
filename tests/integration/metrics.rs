//! `/metrics`: what is counted and under which labels, who may read it, and that nothing of a request is in it.

mod dashboard;
mod page;
mod places;
mod states;

use std::io::{Read, Write};
use std::net::TcpStream;

use resourceful::prelude::*;
use resourceful::serde_json::json;
use resourceful::testing::{TestApp, TestDatabase};

use self::page::Page;
use crate::support::{ada, app_with, created, project};

pub(crate) const BOTH: [TestDatabase; 2] = [TestDatabase::Sqlite, TestDatabase::Postgres];

/// In development metrics are open.
const OPEN: (&str, &str) = ("ENVIRONMENT", "development");

fn app(database: TestDatabase) -> TestApp {
    app_with(database, &[OPEN], |app| app)
}

/// The metrics of an application that serves them to everyone.
#[track_caller]
fn metrics(app: &TestApp) -> Page {
    let answer = app.anonymous().get("/metrics");
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    Page::parse(&answer.text())
}

#[test]
fn requests_are_counted_by_the_template_of_their_route() {
    for database in BOTH {
        let app = app(database);
        let caller = ada(&app);
        let id = project(&caller, "Counted")["id"].as_str().expect("an id").to_owned();
        let one = format!("/api/v1/projects/{id}");
        let other = format!("/api/v1/projects/{}", Uuid::now_v7());
        for path in [&one, &one, &other] {
            caller.get(path);
        }
        for (query, status) in [("?sort=-name", 200), ("/", 200), ("?sort=nonsense", 400)] {
            assert_eq!(caller.get(&format!("/api/v1/projects{query}")).status, status, "{query}");
        }
        caller.post("/api/v1/projects", json!({"name": ""}));
        caller.delete("/api/v1/projects");
        app.anonymous().get(&one);
        caller.send("HEAD", &one, &[], None);
        caller.send("OPTIONS", &one, &[], None);
        caller.send("BREW", &one, &[], None);
        caller.get("/api/v1/projects/statistics");
        caller.get("/api/v1/projects/explode");
        app.anonymous().get("/health/live");
        app.anonymous().get("/openapi.json");
        app.anonymous().get("/problems/not-found");
        app.anonymous().get(&format!("/api/v1/{id}"));
        app.anonymous().get(&format!("/{id}/{id}"));
        let page = metrics(&app);
        let (list, item) = ("/api/v1/projects", "/api/v1/projects/{id}");
        let expected = [
            ("POST", list, "201", 1),
            ("GET", item, "200", 2),
            ("GET", item, "404", 1),
            ("GET", item, "401", 1),
            ("GET", list, "200", 2),
            ("GET", list, "400", 1),
            ("POST", list, "422", 1),
            ("DELETE", list, "405", 1),
            ("HEAD", item, "200", 1),
            ("OPTIONS", item, "204", 1),
            ("other", item, "405", 1),
            ("GET", "/api/v1/projects/statistics", "200", 1),
            ("GET", "/api/v1/projects/explode", "500", 1),
            ("GET", "/health/live", "200", 1),
            ("GET", "/openapi.json", "200", 1),
            ("GET", "/problems/{slug}", "200", 1),
            ("GET", "unknown", "404", 2),
        ];
        for (method, route, status, count) in expected {
            let labels = [("method", method), ("route", route), ("status", status)];
            assert_eq!(
                page.value("http_requests_total", &labels),
                Some(f64::from(count)),
                "{labels:?} on {database:?}"
            );
        }
        let all: f64 = page.all("http_requests_total").map(|sample| sample.value).sum();
        assert_eq!(all, expected.iter().map(|row| f64::from(row.3)).sum::<f64>(), "no other series");
        for (method, route, count) in [("GET", item, 4.0), ("GET", list, 3.0), ("GET", "unknown", 2.0)] {
            let labels = [("method", method), ("route", route)];
            assert_eq!(page.value("http_request_duration_seconds_count", &labels), Some(count));
            assert!(page.value("http_request_duration_seconds_sum", &labels) > Some(0.0));
        }
        let problems =
            [("not-found", 3.0), ("unauthenticated", 1.0), ("validation-error", 1.0), ("internal-error", 1.0)];
        for (problem, count) in problems.into_iter().chain([("method-not-allowed", 2.0)]) {
            assert_eq!(page.value("resourceful_problems_total", &[("problem", problem)]), Some(count), "{problem}");
        }
        assert_eq!(page.value("http_requests_in_flight", &[]), Some(1.0), "the reading itself");
    }
}

#[test]
fn ten_thousand_unknown_paths_and_methods_make_no_series() {
    // The connection that reads is idle while the others send.
    let app = app_with(TestDatabase::Sqlite, &[OPEN, ("KEEP_ALIVE", "600")], |app| app);
    let caller = ada(&app);
    let known = project(&caller, "Known")["id"].as_str().expect("an id").to_owned();
    let token = app.issuer().token(&crate::support::user("auth0|ada"));
    let head = |number: u32| {
        let tail = format!("{number:x}-{}", number.wrapping_mul(2_654_435_761));
        let (method, path) = match number % 5 {
            0 => ("GET".to_owned(), format!("/{tail}")),
            1 => ("GET".to_owned(), format!("/api/v1/{tail}?{tail}={tail}")),
            2 => ("GET".to_owned(), format!("/api/v1/projects/{tail}")),
            3 => (format!("M{number}"), format!("/api/v1/projects/{known}")),
            _ => ("GET".to_owned(), format!("/problems/{tail}")),
        };
        let connection = if number % 100 == 99 { "close" } else { "keep-alive" };
        format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\nConnection: {connection}\r\n\r\n"
        )
    };
    // A hundred requests on a connection.
    let send = |numbers: std::ops::Range<u32>| {
        let mut stream = TcpStream::connect(app.address()).expect("the server listens");
        let heads: String = numbers.clone().map(head).collect();
        stream.write_all(heads.as_bytes()).expect("requests");
        let mut answers = Vec::new();
        stream.read_to_end(&mut answers).expect("answers");
        let refused = String::from_utf8_lossy(&answers).matches("HTTP/1.1 4").count();
        assert_eq!(refused, numbers.len());
    };
    send(0..100);
    metrics(&app);
    let before = metrics(&app);
    (1..100).for_each(|hundred| send(hundred * 100..(hundred + 1) * 100));
    let after = metrics(&app);
    let series = |page: &Page| page.samples.iter().map(|sample| format!("{sample}")).collect::<Vec<_>>();
    assert_eq!(series(&before), series(&after), "the series are the same");
    let labels = [("method", "GET"), ("route", "unknown"), ("status", "404")];
    assert_eq!(after.value("http_requests_total", &labels), Some(4000.0));
}

#[test]
fn nothing_of_a_request_is_in_the_metrics() {
    const CANARY: &str = "hunter2canary";
    for database in BOTH {
        let settings = [OPEN, ("OUTBOX_INTERVAL", "0.05")];
        let app = app_with(database, &settings, |app| {
            app.mail().deliver("canary", |_, message| async move {
                let text: String = message.payload()?;
                Err(resourceful::events::Undelivered::permanent(text))
            })
        });
        let mut user = CurrentUser::new(format!("auth0|{CANARY}")).with_permissions(crate::support::all_permissions());
        user.email = Some(format!("{CANARY}@example.com"));
        let token = app.issuer().token(&user);
        let caller = app.with_token(token.as_str());
        let row = created(caller.post("/api/v1/projects", json!({"name": CANARY, "description": CANARY})));
        let id = row["id"].as_str().expect("an id");
        let headers = [("x-request-id", CANARY), ("user-agent", CANARY), ("referer", CANARY)];
        for path in [
            format!("/api/v1/projects/{id}"),
            format!("/api/v1/projects?name={CANARY}&search={CANARY}"),
            format!("/api/v1/{CANARY}"),
            format!("/{CANARY}?token={token}"),
            format!("/problems/{CANARY}"),
            "/api/v1/projects/explode".to_owned(),
        ] {
            caller.send("GET", &path, &headers, None);
            app.with_token(format!("{CANARY}.{CANARY}.{CANARY}")).send("GET", &path, &headers, None);
            caller.send(CANARY, &path, &headers, Some(CANARY.into()));
        }
        app.block_on(app.ctx().transaction(async |tx| {
            resourceful::events::Outbox::add(&tx, "canary", &CANARY.to_owned()).await.map(drop)
        }))
        .expect("a message");
        states::until("the delivery", || {
            let failed = [("outcome", "failed")];
            metrics(&app).value("resourceful_outbox_deliveries_total", &failed) == Some(1.0)
        });
        let text = app.anonymous().get("/metrics").text();
        Page::parse(&text);
        for secret in [CANARY, token.as_str(), id, "auth0|", "@example.com", "127.0.0.1", "localhost"] {
            assert!(!text.contains(secret), "{secret} on {database:?}: {text}");
        }
    }
}

#[test]
fn an_application_adds_metrics_of_its_own() {
    let app = app_with(TestDatabase::Sqlite, &[OPEN], |app| {
        app.metrics(|| {
            "# HELP shop_orders_total Orders.\n# TYPE shop_orders_total counter\nshop_orders_total 3\n# EOF\n".into()
        })
    });
    let page = metrics(&app);
    assert_eq!(page.value("shop_orders_total", &[]), Some(3.0));
    let app = app_with(TestDatabase::Sqlite, &[OPEN], |app| app.metrics(|| panic!("a mistake")));
    assert!(metrics(&app).value("resourceful_ready", &[]) == Some(1.0), "the others are served all the same");
}
