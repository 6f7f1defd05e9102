//! 401 and 403: what each rejected caller receives, and that the database is not queried for it.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use resourceful::prelude::*;
use resourceful::serde_json::{Map, Value, json};
use resourceful::testing::{TestApp, TestDatabase};

use crate::support::{ada, all_permissions, app, close_pool, on_both, refused, user};

const LIST: &str = "/api/v1/projects";

type Change = fn(&mut Map<String, Value>);

/// A valid token with this change.
fn token(app: &TestApp, change: Change) -> String {
    app.issuer().token_with(&user("auth0|ada"), change)
}

#[test]
fn callers_are_rejected_without_a_database_query() {
    on_both(|app| {
        let valid = token(app, |_| ());
        app.block_on(close_pool(app));

        let bearer = |token: String| vec![format!("Bearer {token}")];
        let with = |change: Change| bearer(token(app, change));
        let bare = "Bearer realm=\"api\"";
        let why = |sentence: &str| format!("{bare}, error=\"invalid_token\", error_description=\"{sentence}\"");
        let form = why("The token is not a signed JWT in its compact form");
        let kind = why("A claim of the token is missing or has the wrong type");
        let audience = why("The token is meant for another API");
        let expired = app.issuer().expired_token(&user("auth0|ada"));
        let table: Vec<(&str, Vec<String>, u16, &str, String)> = vec![
            ("nothing", vec![], 401, "unauthenticated", bare.into()),
            ("Basic", vec!["Basic eDp5".into()], 401, "unauthenticated", bare.into()),
            ("Bearer", vec!["Bearer".into()], 400, "invalid-request", String::new()),
            ("Bearer and a space", vec!["Bearer ".into()], 400, "invalid-request", String::new()),
            ("two tokens", vec![format!("Bearer {valid} {valid}")], 400, "invalid-request", String::new()),
            (
                "two headers",
                [bearer(valid.clone()), bearer(valid.clone())].concat(),
                400,
                "invalid-request",
                String::new(),
            ),
            ("9 KiB", bearer("a".repeat(9 * 1024)), 401, "invalid-token", why("The token is too long")),
            ("random text", bearer("a.b.c".into()), 401, "invalid-token", form.clone()),
            ("half of it", bearer(valid[..valid.len() / 2].to_owned()), 401, "invalid-token", form.clone()),
            ("five parts", bearer("a.b.c.d.e".into()), 401, "invalid-token", form.clone()),
            ("padding", bearer(format!("{valid}=")), 401, "invalid-token", form),
            ("expired", bearer(expired), 401, "invalid-token", why("The token has expired")),
            ("no exp", with(|c| drop(c.remove("exp"))), 401, "invalid-token", kind.clone()),
            (
                "another issuer",
                with(|c| drop(c.insert("iss".into(), "https://other.example/".into()))),
                401,
                "invalid-token",
                why("The token comes from an issuer that is not accepted"),
            ),
            ("no aud", with(|c| drop(c.remove("aud"))), 401, "invalid-token", audience.clone()),
            ("an ID token", with(|c| drop(c.insert("aud".into(), "client-id".into()))), 401, "invalid-token", audience),
            (
                "permissions an object",
                with(|c| drop(c.insert("permissions".into(), json!({"projects:read": false})))),
                401,
                "invalid-token",
                kind,
            ),
            (
                "permissions without number",
                with(|c| drop(c.insert("permissions".into(), vec!["projects:read"; 1000].into()))),
                401,
                "invalid-token",
                why("The token is too long"),
            ),
            (
                "a bound token",
                with(|c| drop(c.insert("cnf".into(), json!({"jkt": "AAAA"})))),
                401,
                "invalid-token",
                why("The token is bound to a key and cannot be used as a bearer token"),
            ),
            (
                "U+0000 in sub",
                with(|c| drop(c.insert("sub".into(), "auth0|1\0".into()))),
                401,
                "invalid-token",
                why("The token does not name its subject in a usable form"),
            ),
        ];
        for (what, values, status, slug, challenge) in &table {
            let headers: Vec<_> = values.iter().map(|value| ("authorization", value.as_str())).collect();
            for path in [LIST, "/api/v1/projects/whoami", "/api/v1/projects/0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60"] {
                let answer = app.anonymous().send("GET", path, &headers, None);
                if path.ends_with("whoami") && *slug == "unauthenticated" {
                    assert_eq!(answer.status, 200, "the endpoint is public, but refuses invalid tokens: {what}");
                    continue;
                }
                refused(&answer, *status, slug, what);
                assert_eq!(answer.header("www-authenticate").unwrap_or_default(), challenge, "{what}");
            }
        }

        // Valid tokens without the required permission
        let lacks = all_permissions().into_iter().filter(|held| held != "projects:read");
        let near = ["projects:read:x", "projects:rea", "Projects:Read", "projects:read ", "*", "*:*", "projects*"];
        let poor = CurrentUser::new("auth0|ada").with_permissions(lacks).with_permissions(near);
        let answer = app.as_user(poor).get(LIST);
        refused(&answer, 403, "insufficient-scope", "without the permission");
        let challenge = "Bearer realm=\"api\", error=\"insufficient_scope\", scope=\"projects:read\"";
        assert_eq!(answer.header("www-authenticate"), Some(challenge));
        // Checks after the permission and before the database
        let ada = ada(app);
        refused(&ada.get("/api/v1/projects?color=red"), 400, "unknown-parameter", "the query");
        refused(&ada.get(&format!("{LIST}?access_token={valid}")), 400, "unknown-parameter", "a token there as well");
        refused(&app.anonymous().get(&format!("{LIST}?access_token={valid}")), 401, "unauthenticated", "or only there");
        refused(&ada.get("/api/v1/projects/7"), 404, "not-found", "the path");
        refused(&ada.post(LIST, json!({"name": 7})), 422, "validation-error", "the body");
        refused(&ada.send("TRACE", LIST, &[], None), 405, "method-not-allowed", "the method");
        // The database was closed all the time
        let answer = ada.get(LIST);
        refused(&answer, 503, "unavailable", "the database");
        assert!(answer.header("retry-after").is_some());
        assert_eq!(app.anonymous().get("/health/live").status, 200);
    });
}

/// Admins, by the role in their token.
#[get("/admins", role("admin"))]
async fn admins() -> Json<Value> {
    Json(json!("admins"))
}

/// Applications that were granted the scope.
#[get("/profile", scope("read:profile"))]
async fn profile() -> Json<Value> {
    Json(json!("profile"))
}

#[test]
fn roles_and_scopes_open_endpoints() {
    use crate::resources::{Member, Project, Task};
    let app = TestApp::start(|app| {
        let app = app.resource::<Member>().resource::<Task>();
        app.resource_with::<Project>(|routes| routes.service(admins).service(profile))
    });
    let caller = |roles: &[&str], scopes: &[&str]| {
        let text = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect();
        app.as_user(CurrentUser { roles: text(roles), scopes: text(scopes), ..user("auth0|ada") })
    };
    for (roles, scopes, admin, reader) in [
        (&["admin"][..], &["read:profile"][..], 200, 200),
        (&["member", "admin"], &["openid", "read:profile", "email"], 200, 200),
        (&[], &[], 403, 403),
        (&["Admin", "admin ", "administrator", "*"], &["read", "read:profile:x", "READ:PROFILE", "read:*"], 403, 403),
        // A role does not replace a scope, nor the reverse
        (&["read:profile"], &["admin"], 403, 403),
    ] {
        let caller = caller(roles, scopes);
        let (one, other) = (caller.get("/api/v1/projects/admins"), caller.get("/api/v1/projects/profile"));
        assert_eq!((one.status, other.status), (admin, reader), "{roles:?} {scopes:?}");
        if admin == 403 {
            refused(&one, 403, "insufficient-scope", "role");
            refused(&other, 403, "insufficient-scope", "scope");
            assert_eq!(one.json()["detail"], "This needs the role admin");
            assert_eq!(other.json()["detail"], "This needs the scope read:profile");
            let challenge = other.header("www-authenticate").unwrap_or_default().to_owned();
            assert!(challenge.contains("scope=\"read:profile\""), "{challenge}");
        }
    }
}

#[test]
fn a_connection_stays_usable_after_a_401() {
    let app = app(TestDatabase::Sqlite);
    let valid = token(&app, |_| ());
    let mut stream = TcpStream::connect(app.address()).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout can be set");
    let mut ask = |token: &str| {
        write!(stream, "GET /api/v1/projects/count HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n")
            .expect("the connection is open");
        let mut answer = String::new();
        // Problems and counts end with a brace; heads do not
        while !answer.ends_with('}') {
            let mut part = [0_u8; 4096];
            let count = stream.read(&mut part).expect("an answer");
            assert!(count > 0, "the server closed the connection after {answer}");
            answer.push_str(&String::from_utf8_lossy(&part[..count]));
        }
        answer
    };
    for _ in 0..3 {
        assert!(ask("a.b.c").starts_with("HTTP/1.1 401"));
        assert!(ask(&valid).starts_with("HTTP/1.1 200"));
    }
}
