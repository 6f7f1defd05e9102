//! Rates of requests: who is counted for what, and what responses say about it. Redis is in `shared.rs`, the number of
//! requests at the same time in `overload.rs`.

mod overload;
mod shared;

use std::time::Duration;

use resourceful::prelude::*;
use resourceful::rates::RateClass;
use resourceful::serde_json::json;
use resourceful::storage::{Key, UploadOptions};
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};
use resourceful::{FileRef, actix_web::web};

use crate::support::refused;

/// Something that callers may do everything with.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Ticket {
    pub id: i32,
    #[resource(search, filter)]
    pub title: String,
    #[resource(file(max = "1MiB", types("application/pdf")))]
    pub scan: Option<FileRef>,
}

/// Something that anonymous callers may read.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(public(list, get))]
pub struct Poster {
    pub id: i32,
    pub title: String,
}

/// Sends mail, so to say.
#[post("/invite", requires("tickets:write"))]
async fn invite() -> Result<Json<bool>> {
    Ok(Json(true))
}

/// A report.
#[get("/report", requires("tickets:read"))]
async fn report() -> Result<Json<bool>> {
    Ok(Json(true))
}

fn start(settings: &[(&str, &str)]) -> TestApp {
    TestApp::start_with(TestDatabase::Sqlite, settings, build)
}

fn build(app: resourceful::App) -> resourceful::App {
    app.resource::<Poster>()
        .resource_with::<Ticket>(|routes| {
            routes.service(report).rate_class(RateClass::Mail, |routes| routes.service(invite))
        })
        .actix_scope("/plain", Requirement::Permission("tickets:read"), |config| {
            config.route("/any", web::route().to(async || "any"));
        })
}

fn user<'a>(app: &'a TestApp, id: &str) -> Caller<'a> {
    app.as_user(CurrentUser::new(id).with_permissions(["tickets:*"]))
}

/// The members of a field, each with its parameters: `[("user", [("r", 2), ("t", 1)])]`.
fn members(answer: &Answer, field: &str) -> Vec<(String, Vec<(String, u64)>)> {
    let text = answer.header(field).unwrap_or_default();
    let member = |text: &str| {
        let mut parts = text.trim().split(';');
        let name = parts.next().and_then(|name| name.strip_prefix('"')?.strip_suffix('"')).expect("a string");
        let parameters = parts.map(|part| {
            let (name, value) = part.split_once('=').expect("a parameter");
            (name.to_owned(), value.parse().expect("a number"))
        });
        (name.to_owned(), parameters.collect())
    };
    text.split(',').filter(|text| !text.is_empty()).map(member).collect()
}

/// The names of the limits that a request counted for, and how many requests are left of each.
fn left(answer: &Answer) -> Vec<(String, u64)> {
    let policies = members(answer, "ratelimit-policy");
    let all = members(answer, "ratelimit");
    assert_eq!(
        policies.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        all.iter().map(|(name, _)| name).collect::<Vec<_>>()
    );
    all.into_iter()
        .map(|(name, parameters)| {
            assert_eq!(parameters.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["r", "t"]);
            (name, parameters[0].1)
        })
        .collect()
}

#[track_caller]
fn too_many(answer: &Answer, limit: &str) {
    refused(answer, 429, "rate-limited", limit);
    assert!(answer.json()["detail"].as_str().is_some_and(|detail| detail.contains(&format!("`{limit}`"))), "{limit}");
    let seconds: u64 = answer.header("retry-after").and_then(|text| text.parse().ok()).expect("a number of seconds");
    let all = members(answer, "ratelimit");
    let (_, parameters) = all.iter().find(|(name, _)| name == limit).expect("the limit is named");
    assert_eq!(parameters[..], [("r".to_owned(), 0), ("t".to_owned(), seconds)]);
    assert!(seconds >= 1);
}

#[test]
fn each_user_has_a_budget_and_responses_say_what_is_left() {
    let app = start(&[("RATE_LIMIT", "3/day")]);
    let (ada, grace) = (user(&app, "auth0|ada"), user(&app, "auth0|grace"));
    // Also what is refused counts: a client that only collects errors is the one to slow down.
    for (expected, path, status) in
        [(2, "/api/v1/tickets", 200), (1, "/api/v1/tickets/7", 404), (0, "/api/v1/tickets?size=0", 400)]
    {
        let answer = ada.get(path);
        assert_eq!(answer.status, status, "{}", answer.text());
        assert_eq!(answer.header("ratelimit-policy"), Some("\"user\";q=3;w=86400"));
        assert_eq!(left(&answer), [("user".to_owned(), expected)], "{path}");
        let seconds = members(&answer, "ratelimit")[0].1[1].1;
        assert!((1..=28_800).contains(&seconds), "{seconds} until there is one more");
    }
    for _ in 0..3 {
        too_many(&ada.get("/api/v1/tickets"), "user");
        // The body of a refused request is not read.
        too_many(&ada.post("/api/v1/tickets", "no ticket"), "user");
    }
    // Another token of the same user
    too_many(&user(&app, "auth0|ada").get("/api/v1/tickets"), "user");
    // Another user, and callers without a token, who count by their address
    assert_eq!(left(&grace.get("/api/v1/tickets")), [("user".to_owned(), 2)]);
    for expected in [2, 1, 0] {
        assert_eq!(left(&app.anonymous().get("/api/v1/posters")), [("user".to_owned(), expected)]);
    }
    too_many(&app.anonymous().get("/api/v1/posters"), "user");
    assert_eq!(left(&grace.get("/api/v1/tickets")), [("user".to_owned(), 1)]);
    // What monitors, browsers and people need is not counted.
    for (method, path, status) in [
        ("GET", "/health/live", 200),
        ("GET", "/health/ready", 200),
        ("OPTIONS", "/api/v1/tickets", 204),
        ("GET", "/openapi.json", 200),
        ("GET", "/problems/rate-limited", 200),
    ] {
        let answer = ada.send(method, path, &[], None);
        assert_eq!((answer.status, answer.header("ratelimit")), (status, None), "{method} {path}");
    }
}

#[test]
fn a_client_that_waits_for_as_long_as_told_is_let_in() {
    let app = start(&[("RATE_LIMIT", "2/second")]);
    for _ in 0..2 {
        // Many at the same time, so that some are refused however slow the machine is.
        let refused = std::thread::scope(|scope| {
            let send = || {
                let ada = user(&app, "auth0|ada");
                (0..8).map(|_| ada.get("/api/v1/tickets")).rfind(|answer| answer.status == 429)
            };
            let clients: Vec<_> = (0..16).map(|_| scope.spawn(send)).collect();
            clients.into_iter().filter_map(|client| client.join().expect("no panic")).last()
        });
        let refused = refused.expect("128 requests are too many");
        too_many(&refused, "user");
        let seconds = refused.header("retry-after").and_then(|text| text.parse().ok()).expect("seconds");
        std::thread::sleep(Duration::from_secs(seconds));
        assert_eq!(user(&app, "auth0|ada").get("/api/v1/tickets").status, 200);
    }
}

#[test]
fn addresses_are_counted_before_tokens_are_verified() {
    let settings = [("RATE_LIMIT_ADDRESS", "3/day"), ("TRUSTED_PROXIES", "127.0.0.1,10.0.0.0/8")];
    let app = start(&settings);
    let send =
        |caller: &Caller<'_>, from: &str| caller.send("GET", "/api/v1/tickets", &[("x-forwarded-for", from)], None);
    let (ada, forged) = (user(&app, "auth0|ada"), app.with_token("a.b.c"));
    for expected in [2, 1, 0] {
        let answer = send(&forged, "203.0.113.9");
        refused(&answer, 401, "invalid-token", "a forged token");
        assert_eq!(left(&answer), [("address".to_owned(), expected)]);
    }
    too_many(&send(&forged, "203.0.113.9"), "address");
    // A user of the same address, and what a client writes in front of it
    for from in ["203.0.113.9", "198.51.100.1, 203.0.113.9", "10.9.9.9, 203.0.113.9, 10.0.0.7", "203.0.113.9:4000"] {
        too_many(&send(&ada, from), "address");
    }
    for (from, expected) in [
        ("203.0.113.10", 2),
        ("2001:db8:0:1::1", 2),
        ("2001:db8:0:1:ffff::2", 1),
        ("[2001:db8:0:1::3]:443", 0),
        ("2001:db8:0:2::1", 2),
    ] {
        assert_eq!(left(&send(&ada, from)), [("address".to_owned(), expected)], "{from}");
    }
    too_many(&send(&ada, "2001:db8:0:1::4"), "address");
    // Without trusted proxies the header changes nothing.
    let app = start(&settings[..1]);
    let ada = user(&app, "auth0|ada");
    for (number, expected) in [(1, 2), (2, 1), (3, 0)] {
        assert_eq!(left(&send(&ada, &format!("203.0.113.{number}"))), [("address".to_owned(), expected)]);
    }
    too_many(&send(&ada, "203.0.113.4"), "address");
}

#[test]
fn classes_of_endpoints_have_rates_of_their_own() {
    let app = start(&[
        ("RATE_LIMIT", "100/day"),
        ("RATE_LIMIT_ADDRESS", "1000/day"),
        ("RATE_LIMIT_READ", "50/day"),
        ("RATE_LIMIT_WRITE", "40/day"),
        ("RATE_LIMIT_SEARCH", "30/day"),
        ("RATE_LIMIT_UPLOAD", "2/day"),
        ("RATE_LIMIT_MAIL", "1/day"),
    ]);
    let ada = user(&app, "auth0|ada");
    let ticket = json!({"title": "Paper jam"});
    let bytes = |value: resourceful::serde_json::Value| Some(resourceful::serde_json::to_vec(&value).expect("JSON"));
    let table: [(&str, &str, Option<Vec<u8>>, u16, &str, u64); 16] = [
        ("POST", "/tickets", bytes(ticket.clone()), 201, "write", 39),
        ("PUT", "/tickets/1", bytes(ticket.clone()), 200, "write", 38),
        ("PATCH", "/tickets/1", bytes(json!({"title": "Paper"})), 200, "write", 37),
        ("DELETE", "/tickets/7", None, 404, "write", 36),
        ("GET", "/tickets", None, 200, "read", 49),
        ("GET", "/tickets/1", None, 200, "read", 48),
        ("HEAD", "/tickets/count", None, 200, "read", 47),
        ("GET", "/tickets/report", None, 200, "read", 46),
        ("GET", "/tickets?q=paper", None, 200, "search", 29),
        ("GET", "/tickets/count?%71=paper", None, 200, "search", 28),
        ("POST", "/tickets/search", bytes(json!({"filter": {"title": "Paper"}})), 200, "search", 27),
        ("PUT", "/tickets/1/scan", Some(b"%PDF-1.7\n".to_vec()), 200, "upload", 1),
        ("GET", "/tickets/1/scan", None, 200, "read", 45),
        ("GET", "/plain/any", None, 200, "read", 44),
        ("POST", "/plain/any", None, 200, "write", 35),
        ("POST", "/tickets/invite", None, 200, "mail", 0),
    ];
    for (place, (method, path, body, status, class, expected)) in table.into_iter().enumerate() {
        let kind = if path.ends_with("scan") { "application/pdf" } else { "application/json" };
        let answer = ada.send(method, &format!("/api/v1{path}"), &[("content-type", kind)], body);
        assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        let all = [("address", 999), ("user", 99)].map(|(name, rate)| (name.to_owned(), rate - place as u64));
        assert_eq!(left(&answer), [&all[..], &[(class.to_owned(), expected)]].concat(), "{method} {path}");
    }
    // A class that refuses costs nothing of the budget of all requests, and the other classes are not affected.
    for _ in 0..3 {
        let answer = ada.post("/api/v1/tickets/invite", ());
        too_many(&answer, "mail");
        assert_eq!(left(&answer)[1], ("user".to_owned(), 84));
    }
    assert_eq!(left(&ada.get("/api/v1/tickets"))[1..], [("user".to_owned(), 83), ("read".to_owned(), 43)]);
    assert_eq!(user(&app, "auth0|grace").post("/api/v1/tickets/invite", ()).status, 200);
}

#[test]
fn signed_links_count_for_the_address() {
    let folder = tempfile::tempdir().expect("a folder");
    let app = start(&[
        ("RATE_LIMIT_ADDRESS", "4/day"),
        ("RATE_LIMIT_UPLOAD", "1/day"),
        ("STORAGE_PROVIDER", "local"),
        ("STORAGE_LOCAL_PATH", &folder.path().display().to_string()),
    ]);
    let (storage, key) = (app.ctx().storage(), Key::parse("letters/one").expect("a key"));
    let minute = Duration::from_secs(60);
    let upload =
        app.block_on(storage.presigned_upload(&key, minute, UploadOptions::new("text/plain"))).expect("a link").url;
    let send = || app.anonymous().send("PUT", &upload, &[("content-type", "text/plain")], Some(b"Dear Ada".to_vec()));
    let answer = send();
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(left(&answer), [("address".to_owned(), 3), ("upload".to_owned(), 0)]);
    too_many(&send(), "upload");
    let download = app.block_on(storage.signed_url(&key, minute, None)).expect("a link");
    assert_eq!(app.anonymous().get(&download).text(), "Dear Ada");
    // A guessed link counts as well.
    assert_eq!(app.anonymous().get("/files/letters/two?signature=guessed").status, 404);
    too_many(&app.anonymous().get(&download), "address");
}

#[test]
fn pages_of_other_origins_can_read_what_the_limits_say() {
    let app = start(&[("RATE_LIMIT", "1/day"), ("CORS_ORIGINS", "https://app.example")]);
    let ada = user(&app, "auth0|ada");
    let origin = ("origin", "https://app.example");
    for _ in 0..5 {
        let preflight = [origin, ("access-control-request-method", "GET")];
        assert_eq!(ada.send("OPTIONS", "/api/v1/tickets", &preflight, None).status, 200);
    }
    for status in [200, 429, 429] {
        let answer = ada.send("GET", "/api/v1/tickets", &[origin], None);
        assert_eq!(answer.status, status);
        assert_eq!(answer.header("access-control-allow-origin"), Some("https://app.example"));
        let exposed = answer.header("access-control-expose-headers").unwrap_or_default().to_lowercase();
        for name in ["ratelimit", "ratelimit-policy", "retry-after"] {
            assert!(exposed.split(',').any(|exposed| exposed.trim() == name), "{name}: {exposed}");
        }
    }
}

#[test]
fn the_document_has_429_only_where_there_are_limits() {
    for (settings, expected) in [(&[("RATE_LIMIT_READ", "9/second")][..], true), (&[], false)] {
        let app = start(settings);
        let document = app.anonymous().get("/openapi.json").json();
        let response = &document["paths"]["/api/v1/tickets"]["get"]["responses"]["429"]["$ref"];
        assert_eq!(response.as_str(), expected.then_some("#/components/responses/TooManyRequests"));
        let headers = &document["components"]["responses"]["TooManyRequests"]["headers"];
        for name in ["Retry-After", "RateLimit", "RateLimit-Policy"] {
            assert_eq!(headers[name].is_object(), expected, "{name}");
        }
        let answer = user(&app, "auth0|ada").post("/api/v1/tickets", json!({"title": "a"}));
        assert_eq!((answer.status, answer.header("ratelimit")), (201, None), "this class has no limit");
    }
}
