//! Errors that prevent the comparison of code and tenant, and the messages about them.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use resourceful::serde_json::json;

use crate::support::Place;
use crate::tenant::{Fault, State, Tenant};
use crate::{own, wanted};

const NEVER: Fault = Fault { to: "GET /nothing", times: 0, status: 200, headers: "", body: "" };
const API: &str = "GET /api/v2/resource-servers/";

#[test]
fn faults() {
    let place = Place::new();
    let limited = |headers| Fault { to: API, times: 2, status: 429, headers, body: "{\"message\": \"Global limit\"}" };
    let forever = |status| Fault { to: API, times: 99, status, body: "<html>", ..NEVER };
    for (what, fault, requests, expected) in [
        ("429 twice, then success", limited("retry-after: 0\r\n"), 3, Ok(())),
        ("429 without a time", limited(""), 3, Ok(())),
        ("429 until a time in the past", limited("x-ratelimit-reset: 1\r\n"), 3, Ok(())),
        ("500 once", Fault { times: 1, ..forever(500) }, 2, Ok(())),
        (
            "429 for an hour",
            limited("retry-after: 3600\r\n"),
            1,
            Err(&["too many requests", "requests a wait of 3600 s", "Try again later"][..]),
        ),
        ("500 each time", forever(503), 5, Err(&["could not read the API (5 attempts)", "status 503"])),
        (
            "a response that is not JSON",
            Fault { status: 200, ..forever(0) },
            1,
            Err(&["cannot be read", "AUTH0_MANAGEMENT_URL"]),
        ),
        (
            "other JSON",
            Fault { status: 200, body: "{\"id\": 7}", ..forever(0) },
            1,
            Err(&["cannot be read", "The response may not come from Auth0"]),
        ),
        (
            "no such API",
            Fault { status: 404, body: "{\"message\": \"The resource server does not exist\"}", ..forever(0) },
            1,
            Err(&["no API with the identifier \"https://api.example.com/\"", "AUTH0_AUDIENCE"]),
        ),
        (
            "a scope is missing",
            Fault {
                status: 403,
                body: "{\"message\": \"Insufficient scope, expected any of: read:resource_servers\"}",
                ..forever(0)
            },
            1,
            Err(&["lacks read:resource_servers", "Machine to Machine Applications"]),
        ),
        (
            "an error message with control characters",
            Fault { status: 400, body: r#"{"message": "bad\u001b[31m\nthing"}"#, ..forever(0) },
            1,
            Err(&["status 400, \"bad[31mthing\""]),
        ),
    ] {
        let tenant = Tenant::start(State { scopes: wanted(&place), faults: vec![fault], ..State::default() });
        let (succeeds, output, errors) = place.output(&["permissions", "diff"], &tenant.environment());
        assert_eq!(succeeds, expected.is_ok(), "{what}: {output}{errors}");
        for part in expected.err().unwrap_or_default() {
            assert!(errors.contains(part), "{what}: {part} in {errors}");
        }
        let count = tenant.state().requests.iter().filter(|request| request.starts_with(API)).count();
        assert_eq!(count, requests, "{what}");
    }
}

#[test]
fn credentials() {
    let place = Place::new();
    let token = |status, body| Fault { to: "POST /oauth/token", times: 99, status, headers: "", body };
    let refused = "{\"error\": \"access_denied\", \"error_description\": \"Client is not authorized\"}";
    let all = "read:resource_servers update:resource_servers read:roles create:roles update:roles";
    std::fs::write(place.path("roles.json"), r#"{"roles": [{"name": "a"}]}"#).expect("a file");
    for (arguments, fault, granted, parts) in [
        (&["permissions", "diff"][..], token(403, refused), None, &["Authorize the application", "/api/v2/"][..]),
        (&["permissions", "diff"], token(401, refused), None, &["Check AUTH0_MANAGEMENT_CLIENT_ID and"]),
        (&["permissions", "diff"], token(404, ""), None, &["custom domain", "AUTH0_MANAGEMENT_URL"]),
        (&["permissions", "diff"], token(200, "{}"), None, &["cannot be read", "access_token"]),
        (&["permissions", "diff"], NEVER, Some("read:clients"), &["lacks read:resource_servers."]),
        (
            &["permissions", "sync", "--apply", "--roles", "roles.json"],
            NEVER,
            Some("read:resource_servers"),
            &["lacks read:roles, update:resource_servers, create:roles, update:roles."],
        ),
        (
            &["permissions", "sync", "--roles", "roles.json"],
            NEVER,
            Some("read:resource_servers"),
            &["lacks read:roles."],
        ),
        (&["permissions", "sync", "--apply", "--roles", "roles.json"], NEVER, Some(all), &[]),
        (
            &["permissions", "sync", "--apply"],
            Fault { to: "PATCH /api/v2/resource-servers/", times: 1, status: 403, ..NEVER },
            None,
            &["lacks update:resource_servers"],
        ),
        // It is not known whether the role was created, so the request is not repeated.
        (
            &["permissions", "sync", "--apply", "--roles", "roles.json"],
            Fault { to: "POST /api/v2/roles", times: 1, status: 502, ..NEVER },
            None,
            &["could not create a role", "It is not known whether the request took effect"],
        ),
    ] {
        let granted = granted.map(str::to_owned);
        let tenant = Tenant::start(State { faults: vec![fault], granted, ..State::default() });
        let (succeeds, output, errors) = place.output(arguments, &tenant.environment());
        assert_eq!(succeeds, parts.is_empty(), "{arguments:?}: {output}{errors}");
        for part in parts {
            assert!(errors.contains(part), "{part} in {errors}");
        }
        assert!(!errors.contains("the-hidden-word"), "{errors}");
    }
    let tenant = Tenant::start(State::default());
    let mut wrong = tenant.environment();
    wrong[2].1 = "another-word";
    let (_, _, errors) = place.output(&["permissions", "diff"], &wrong);
    assert!(errors.contains("status 401, \"Unauthorized\"") && errors.contains("Check AUTH0_MANAGEMENT"), "{errors}");
    let nobody = [wrong[0], wrong[1], wrong[2], ("AUTH0_MANAGEMENT_URL", "http://127.0.0.1:9")];
    let (_, _, errors) = place.output(&["permissions", "diff"], &nobody);
    assert!(errors.contains("it cannot be reached"), "{errors}");
}

#[test]
fn settings() {
    let place = Place::new();
    let production = [
        ("ENVIRONMENT", "production"),
        ("SECRET_KEY", "0123456789abcdef0123456789abcdef"),
        ("DATABASE_URL", "sqlite::memory:"),
        ("AUTH0_DOMAIN", "t.eu.auth0.com"),
        ("AUTH0_AUDIENCE", "a"),
    ];
    let id = ("AUTH0_MANAGEMENT_CLIENT_ID", "i");
    let secret = ("AUTH0_MANAGEMENT_CLIENT_SECRET", "s");
    let local = ("AUTH0_MANAGEMENT_URL", "http://127.0.0.1:9");
    for (environment, parts) in [
        (vec![], &["is not configured", "read:resource_servers", "AUTH0_MANAGEMENT_CLIENT_ID and"][..]),
        (vec![local], &["AUTH0_MANAGEMENT_CLIENT_ID is missing", "AUTH0_MANAGEMENT_CLIENT_SECRET is missing"]),
        (vec![id], &["AUTH0_MANAGEMENT_CLIENT_SECRET is missing", "AUTH0_DOMAIN is missing"]),
        (vec![id, secret, ("AUTH0_MANAGEMENT_URL", "http://t.eu.auth0.com")], &["does not begin with https://"]),
        (
            vec![id, secret, ("AUTH0_MANAGEMENT_URL", "https://t.eu.auth0.com/api/v2/")],
            &["more than a host and a port"],
        ),
        (vec![id, secret, ("AUTH0_MANAGEMENT_CLIENT_SECRET_FILE", "s"), local], &["are both set; keep one"]),
        (
            vec![id, ("AUTH0_MANAGEMENT_CLIENT_SECRET_FILE", "nowhere"), local],
            &["`nowhere` of AUTH0_MANAGEMENT_CLIENT"],
        ),
        ([&production[..], &[id, secret, local]].concat(), &["does not begin with https://"]),
    ] {
        let (succeeds, _, errors) = place.output(&["permissions", "diff"], &environment);
        assert!(!succeeds, "{environment:?}");
        for part in parts {
            assert!(errors.contains(part), "{part} in {errors}");
        }
    }
    let tenant = Tenant::start(State { scopes: wanted(&place), ..State::default() });
    std::fs::write(place.path("word"), "the-hidden-word\n").expect("a file");
    let mut from_file = tenant.environment();
    from_file[2] = ("AUTH0_MANAGEMENT_CLIENT_SECRET_FILE", "word");
    let (succeeds, output, errors) = place.output(&["permissions", "diff"], &from_file);
    assert!(succeeds, "{output}{errors}");
}

#[test]
fn the_start_warns_without_waiting() {
    let place = Place::new();
    let scopes = vec![own("projects:*", None), own("*:read:self", None), own("users:read", None)];
    let more = json!({"enforce_policies": false, "token_dialect": "access_token"});
    let warned = Tenant::start(State { scopes, more, ..State::default() });
    let stalled = Fault { to: "POST /oauth/token", times: 99, status: 0, headers: "", body: "" };
    let silent = Tenant::start(State { faults: vec![stalled], ..State::default() });
    let denied = Fault { to: "POST /oauth/token", times: 99, status: 403, headers: "", body: "" };
    let denied = Tenant::start(State { faults: vec![denied], ..State::default() });
    for (tenant, parts) in [
        (
            &warned,
            &[
                "no user can have access:explain, dashboard:read, features:delete, ",
                "tokens contain no permissions until \"Enable RBAC\" and",
            ][..],
        ),
        (&denied, &["could not be compared with the tenant", "Authorize the application"]),
        (&silent, &[]),
    ] {
        let mut child = place
            .command(&["serve"])
            .envs(tenant.environment())
            .env("WORKERS", "1")
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let begin = Instant::now();
        let mut greeting = BufReader::new(child.stdout.take().expect("its output")).lines().map_while(Result::ok);
        assert!(greeting.any(|line| line.contains("is ready")), "the server prints its greeting");
        assert!(begin.elapsed() < Duration::from_secs(19), "a tenant that does not respond does not delay the start");
        let mut open: Vec<&str> = parts.to_vec();
        let mut warnings = String::new();
        let lines = BufReader::new(child.stderr.take().expect("its errors"));
        let (said, hear) = mpsc::channel();
        std::thread::spawn(move || lines.lines().map_while(Result::ok).try_for_each(|line| said.send(line)));
        while !open.is_empty() {
            // A missing warning must not make the test wait forever.
            let Ok(line) = hear.recv_timeout(Duration::from_secs(60)) else { break };
            open.retain(|part| !line.contains(part));
            warnings.push_str(&line);
        }
        let running = child.try_wait().expect("a state").is_none();
        let _ = child.kill();
        let _ = child.wait();
        assert!(running && open.is_empty(), "{open:?} in {warnings}");
        for granted in ["projects:read,", "tasks:read:self,", "users:read,"] {
            assert!(!warnings.contains(granted), "{granted} in {warnings}");
        }
    }
}
