//! CORS: preflight requests, and what pages of other origins can read.

use resourceful::CurrentUser;
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

use crate::resources::Note;
use crate::support::refused;

const APP: &str = "https://app.example";

fn start(settings: &[(&str, &str)]) -> TestApp {
    TestApp::start_with(TestDatabase::Sqlite, settings, |app| app.resource::<Note>())
}

fn preflight(caller: &Caller<'_>, path: &str, origin: &str, method: &str, headers: &str) -> Answer {
    let mut all = vec![("origin", origin), ("access-control-request-method", method)];
    if !headers.is_empty() {
        all.push(("access-control-request-headers", headers));
    }
    caller.send("OPTIONS", path, &all, None)
}

fn list(answer: &Answer, name: &str) -> Vec<String> {
    let text = answer.header(name).unwrap_or_default().to_lowercase();
    text.split(',').map(|word| word.trim().to_owned()).filter(|word| !word.is_empty()).collect()
}

#[test]
fn preflights_are_allowed_or_refused_with_the_name_of_the_reason() {
    let settings = [
        ("CORS_ORIGINS", "https://app.example,http://localhost:3000"),
        ("CORS_HEADERS", "X-Tenant"),
        ("CORS_MAX_AGE", "60"),
    ];
    let app = start(&settings);
    let caller = app.anonymous();
    let statements = app.ctx().statements();
    let allowed = [
        "",
        "authorization,content-type",
        "traceparent, tracestate",
        "If-None-Match",
        "if-match",
        "Idempotency-Key",
        "dpop",
        "x-request-id",
        "x-tenant, X-TENANT",
        "accept-language",
    ];
    for path in ["/api/v1/notes", "/api/v1/notes/1", "/api/v1/nothing", "/health/live", "/openapi.json"] {
        for origin in [APP, "http://localhost:3000"] {
            for headers in allowed {
                for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
                    let answer = preflight(&caller, path, origin, method, headers);
                    assert_eq!(answer.status, 200, "{method} {path} with {headers}: {}", answer.text());
                    assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
                    assert_eq!(answer.header("access-control-max-age"), Some("60"));
                    assert_eq!(answer.header("access-control-allow-credentials"), None);
                    assert!(list(&answer, "access-control-allow-methods").contains(&method.to_lowercase()));
                    let told = list(&answer, "access-control-allow-headers");
                    let asked = headers.split(',').map(|name| name.trim().to_lowercase());
                    asked
                        .filter(|name| !name.is_empty())
                        .for_each(|name| assert!(told.contains(&name), "{name}: {told:?}"));
                }
            }
        }
        for (origin, method, headers, named) in [
            ("https://evil.example", "GET", "", "`https://evil.example`"),
            ("https://app.example.evil.example", "GET", "", "`https://app.example.evil.example`"),
            ("https://evilapp.example", "GET", "", "`https://evilapp.example`"),
            ("http://app.example", "GET", "", "`http://app.example`"),
            ("https://app.example:8443", "GET", "", "`https://app.example:8443`"),
            ("https://APP.example", "GET", "", "`https://APP.example`"),
            ("null", "GET", "", "`null`"),
            ("*", "GET", "", "`*`"),
            (APP, "BREW", "", "`BREW`"),
            (APP, "TRACE", "", "`TRACE`"),
            (APP, "GET", "x-tenent", "`x-tenent`; did you mean `x-tenant`?"),
            (APP, "GET", "authorization, cookie", "`cookie`"),
            (APP, "GET", "authorization,,dpop", "``"),
        ] {
            let answer = preflight(&caller, path, origin, method, headers);
            refused(&answer, 403, "forbidden", named);
            assert!(answer.json()["detail"].as_str().is_some_and(|detail| detail.contains(named)), "{}", answer.text());
            assert_eq!(answer.header("access-control-allow-origin"), None);
        }
    }
    assert_eq!(app.ctx().statements(), statements, "none of it needs the database");
}

#[test]
fn exposed_headers_and_credentials() {
    let app = start(&[("CORS_ORIGINS", APP), ("CORS_EXPOSED_HEADERS", "x-own"), ("CORS_CREDENTIALS", "true")]);
    let reader = app.as_user(CurrentUser::new("a").with_permissions(["notes:add"]));
    for (answer, status) in [
        (reader.send("GET", "/api/v1/notes", &[("origin", APP)], None), 200),
        (app.anonymous().send("POST", "/api/v1/notes", &[("origin", APP)], None), 401),
    ] {
        assert_eq!((answer.status, answer.header("access-control-allow-origin")), (status, Some(APP)));
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
        assert!(list(&answer, "vary").contains(&"origin".to_owned()));
        let exposed = list(&answer, "access-control-expose-headers");
        let own = ["x-own", "location", "retry-after", "www-authenticate", "x-request-id", "etag", "ratelimit"];
        let of_files = ["accept-ranges", "content-disposition", "content-range", "last-modified"];
        for name in own.into_iter().chain(of_files) {
            assert!(exposed.contains(&name.to_owned()), "{name}: {exposed:?}");
        }
    }
    let strange = reader.send("GET", "/api/v1/notes", &[("origin", "https://evil.example")], None);
    assert_eq!(strange.header("access-control-allow-origin"), None);
}

#[test]
fn without_origins_nothing_is_allowed_and_a_wildcard_excludes_credentials() {
    let app = start(&[]);
    let answer = preflight(&app.anonymous(), "/api/v1/notes", APP, "GET", "");
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (204, None), "{}", answer.text());
    let app = start(&[("CORS_ORIGINS", "*")]);
    for header in ["traceparent", "content-disposition", "range", "if-range", "if-modified-since"] {
        let answer = preflight(&app.anonymous(), "/api/v1/notes", APP, "GET", header);
        let origin = answer.header("access-control-allow-origin");
        assert_eq!((answer.status, origin), (200, Some("*")), "{header}: {}", answer.text());
    }
    let answer = preflight(&app.anonymous(), "/api/v1/notes", APP, "GET", "range");
    assert_eq!(answer.header("access-control-allow-credentials"), None);
}
