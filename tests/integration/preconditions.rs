//! Versions and preconditions of writes (RFC 9110 sections 13.1.1, 13.1.2 and 13.2.2, RFC 6585 section 3): a write whose
//! condition is false changes nothing.

use resourceful::error::catalogue;
use resourceful::prelude::*;
use resourceful::sea_orm::{ColumnTrait, ConnectionTrait};
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

use crate::support::{created, field_errors, ok, refused};

/// A resource with versions.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id)]
pub struct Page1 {
    pub id: Uuid,
    pub name: String,
    #[resource(default = 0)]
    pub count: i32,
    pub notes: Option<Json<Value>>,
    pub owner_id: String,
    pub version: i64,
}

/// The same without versions.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id)]
pub struct Sheet {
    pub id: Uuid,
    pub name: String,
    #[resource(default = 0)]
    pub count: i32,
    pub notes: Option<Json<Value>>,
    pub owner_id: String,
}

/// Versions and hooks, which try to set the version.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id, hooks)]
pub struct Hooked {
    pub id: Uuid,
    pub name: String,
    #[resource(default = 0)]
    pub count: i32,
    pub notes: Option<Json<Value>>,
    pub owner_id: String,
    #[resource(version)]
    pub revision: i32,
}

impl Hooks for Hooked {
    async fn before_create(row: &mut hooked::ActiveModel, _: &HookContext) -> Result<()> {
        row.revision = resourceful::sea_orm::Set(99);
        Ok(())
    }

    async fn before_update(_: &Self, row: &mut hooked::ActiveModel, _: &HookContext) -> Result<()> {
        row.revision = resourceful::sea_orm::Set(99);
        Ok(())
    }
}

/// Writes must have a condition.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id, policy, require_match)]
pub struct Strict {
    pub id: Uuid,
    pub name: String,
    #[resource(default = 0)]
    pub count: i32,
    pub notes: Option<Json<Value>>,
    pub owner_id: String,
    pub version: i64,
}

impl Policy for Strict {
    fn rows(_: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        Rows::when("named", strict::Column::Name.ne("hidden"))
    }
}

/// Counts, if the row is as the caller has seen it.
#[post("/{id}/increase", requires("sheets:write"))]
async fn increase(id: Path<Uuid>, if_match: IfMatch, sheets: sheet::Service) -> Result<Out<Sheet>> {
    let sheets = sheets.if_match(if_match);
    let row = sheets.get_by_id(*id).await?;
    sheets.patch(*id, sheet::Patch::new().count(row.count + 1)).await.map(Out)
}

/// The same for callers who must have seen it.
#[post("/{id}/raise", requires("page1s:write"))]
async fn raise(id: Path<Uuid>, if_match: IfMatch, pages: page1::Service) -> Result<Out<Page1>> {
    pages.if_match(if_match.required()?).patch(*id, page1::Patch::new().count(7)).await.map(Out)
}

/// An endpoint that checks nothing.
#[post("/{id}/touch", requires("sheets:write"))]
async fn touch_sheet(id: Path<Uuid>, sheets: sheet::Service) -> Result<Out<Sheet>> {
    sheets.patch(*id, sheet::Patch::new().count(3)).await.map(Out)
}

const ALL: [&str; 4] = ["page1s", "sheets", "hookeds", "stricts"];

fn app(database: TestDatabase) -> TestApp {
    TestApp::start_on(database, |app| {
        app.resource_with::<Page1>(|routes| routes.service(raise))
            .resource_with::<Sheet>(|routes| routes.service(increase).service(touch_sheet))
            .resource::<Hooked>()
            .resource::<Strict>()
    })
}

fn on_both(test: impl Fn(&TestApp)) {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        println!("on {database:?}");
        test(&app(database));
    }
}

fn user<'a>(app: &'a TestApp, id: &str) -> Caller<'a> {
    let kinds = ["read", "write", "delete", "read:self", "write:self", "delete:self"];
    let held = ALL.iter().flat_map(|name| kinds.map(|kind| format!("{name}:{kind}")));
    app.as_user(CurrentUser::new(id).with_permissions(held))
}

/// Creates a row and returns its id and its tag.
#[track_caller]
fn row(caller: &Caller<'_>, resource: &str, name: &str) -> (String, String) {
    let answer = caller.post(&format!("/api/v1/{resource}"), json!({"name": name}));
    let tag = answer.header("etag").expect("a tag").to_owned();
    (created(answer)["id"].as_str().expect("an id").to_owned(), tag)
}

fn tag(answer: &Answer) -> String {
    answer.header("etag").unwrap_or_else(|| panic!("no tag: {}", answer.text())).to_owned()
}

/// The writes of an existing row: method, content type, body.
const WRITES: [(&str, &str, &str); 5] = [
    ("PUT", "application/json", r#"{"name": "new"}"#),
    ("PATCH", "application/json", r#"{"name": "new"}"#),
    ("PATCH", "application/json", "{}"),
    ("PATCH", "application/merge-patch+json", r#"{"notes": {"a": 1}}"#),
    ("DELETE", "application/json", ""),
];

fn write(caller: &Caller<'_>, path: &str, write: (&str, &str, &str), headers: &[(&str, &str)]) -> Answer {
    let (method, kind, body) = write;
    let mut all = headers.to_vec();
    if !body.is_empty() {
        all.push(("content-type", kind));
    }
    caller.send(method, path, &all, (!body.is_empty()).then(|| body.as_bytes().to_vec()))
}

/// Methods, forms of the header and states of the row. `{}` is the row's tag, `{state}` the part that If-Match compares.
#[test]
fn conditions_of_writes() {
    const FORMS: [(&str, &str, u16); 19] = [
        ("if-match", "{}", 200),
        ("if-match", "*", 200),
        ("if-match", "\"{state}\"", 200),
        ("if-match", "\"a\", {}", 200),
        ("if-match", "\"a\" ,W/\"b\",, {} ", 200),
        ("if-match", "\"a\"", 412),
        ("if-match", "\"{state}0\"", 412),
        ("if-match", "\"0{state}\"", 412),
        ("if-match", "\"fields-0123456789abcdef\"", 412),
        ("if-match", "W/{}", 412),
        ("if-match", "\"a\", W/{}", 412),
        ("if-match", "{bare}", 400),
        ("if-match", "", 400),
        ("if-match", "*, {}", 400),
        ("if-none-match", "*", 412),
        ("if-none-match", "{}", 412),
        ("if-none-match", "\"a\", W/{}", 412),
        ("if-none-match", "\"a\"", 200),
        ("if-unmodified-since", "Mon, 30 Nov 2026 00:00:00 GMT", 200),
    ];
    on_both(|app| {
        let (ada, bob) = (user(app, "auth0|ada"), user(app, "auth0|bob"));
        for resource in ALL {
            let paths: &[&str] = if ["page1s", "sheets"].contains(&resource) { &["", "/self"] } else { &[""] };
            for own in paths {
                let (mut id, mut now) = row(&ada, resource, "old");
                let mut current = ok(ada.get(&format!("/api/v1/{resource}/{id}")));
                for operation in WRITES {
                    for (name, form, expected) in FORMS {
                        let bare = now.trim_matches('"').to_owned();
                        let state = bare.split('-').next().unwrap_or_default();
                        let value = form.replace("{}", &now).replace("{bare}", &bare).replace("{state}", state);
                        let path = format!("/api/v1/{resource}{own}/{id}");
                        let strict = resource == "stricts" && name != "if-match";
                        let expected = if strict { 428 } else { expected };
                        let what = format!("{operation:?} {path} {name}: {value}");
                        let answer = write(&ada, &path, operation, &[(name, &value)]);
                        let status = if answer.status == 204 { 200 } else { answer.status };
                        assert_eq!(status, expected, "{what}: {}", answer.text());
                        match expected {
                            400 => refused(&answer, 400, "invalid-request", &what),
                            412 => refused(&answer, 412, "precondition-failed", &what),
                            428 => refused(&answer, 428, "precondition-required", &what),
                            _ if operation.0 == "DELETE" => {
                                (id, now) = row(&ada, resource, "old");
                                current = ok(ada.get(&format!("/api/v1/{resource}/{id}")));
                            }
                            _ => {
                                let changed = tag(&answer);
                                assert_eq!(changed, tag(&ada.get(&path)), "{what}");
                                assert_eq!(changed == now, answer.json() == current, "{what}");
                                (now, current) = (changed, answer.json());
                            }
                        }
                        if expected != 200 {
                            assert_eq!(ok(ada.get(&path)), current, "{what} changes nothing");
                        }
                    }
                    // Rows that are missing, and rows that the caller may not write.
                    let missing = format!("/api/v1/{resource}{own}/{}", Uuid::now_v7());
                    let of_ada = format!("/api/v1/{resource}/self/{id}");
                    for value in [&*now, "*", "\"a\"", "W/\"a\""] {
                        for (caller, path) in [(&ada, &missing), (&bob, &of_ada)] {
                            let answer = write(caller, path, operation, &[("if-match", value)]);
                            refused(&answer, 404, "not-found", &format!("{operation:?} {path} {value}"));
                        }
                    }
                }
            }
        }
        let (id, _) = row(&ada, "stricts", "one");
        let path = format!("/api/v1/stricts/{id}");
        let hide = write(&ada, &path, ("PUT", "application/json", r#"{"name": "hidden"}"#), &[("if-match", "*")]);
        refused(&hide, 403, "outside-policy", "the policy applies to conditional writes, too");
        for operation in WRITES {
            refused(&write(&ada, &path, operation, &[]), 428, "precondition-required", "no If-Match");
            refused(&write(&app.anonymous(), &path, operation, &[]), 401, "unauthenticated", "the caller comes first");
        }
    });
}

/// A later writer with the tag of an earlier read fails, whatever it would write, and reads what has changed.
#[test]
fn no_update_is_lost() {
    on_both(|app| {
        let (ada, bob) = (user(app, "auth0|ada"), user(app, "auth0|bob"));
        for resource in ALL {
            let (id, seen) = row(&ada, resource, "draft");
            let path = format!("/api/v1/{resource}/{id}");
            let patch = |caller: &Caller<'_>, tag: &str, body: &str| {
                write(caller, &path, ("PATCH", "application/json", body), &[("if-match", tag)])
            };
            let first = patch(&bob, &seen, r#"{"count": 5}"#);
            assert_eq!(first.status, 200, "{}", first.text());
            let stale = patch(&ada, &seen, r#"{"name": "final"}"#);
            refused(&stale, 412, "precondition-failed", resource);
            assert!(stale.json()["detail"].as_str().is_some_and(|detail| detail.contains("has changed")));
            let second = patch(&ada, &tag(&ada.get(&path)), r#"{"name": "final"}"#);
            let row = ok(second);
            assert_eq!((&row["name"], &row["count"]), (&json!("final"), &json!(5)));
        }
    });
}

#[test]
fn the_server_alone_counts_versions() {
    on_both(|app| {
        let ada = user(app, "auth0|ada");
        for (resource, json_name) in [("page1s", "version"), ("hookeds", "revision")] {
            let all = format!("/api/v1/{resource}");
            let new = created(ada.post(&all, json!({"name": "one"})));
            assert_eq!(new[json_name], 1);
            let path = format!("{all}/{}", new["id"].as_str().expect("an id"));
            let body = json!({"name": "two", json_name: 9});
            for answer in [ada.post(&all, &body), ada.put(&path, &body), ada.patch(&path, &body)] {
                refused(&answer, 422, "validation-error", resource);
                assert_eq!(field_errors(&answer), [(format!("/{json_name}"), "read-only".to_owned())]);
            }
            assert_eq!(ok(ada.patch(&path, json!({})))[json_name], 1, "nothing changes");
            assert_eq!(ok(ada.patch(&path, json!({"count": 1})))[json_name], 2);
            assert_eq!(ok(ada.put(&path, json!({"name": "two"})))[json_name], 3);
            let merge = ("PATCH", "application/merge-patch+json", r#"{"notes": {"a": {"b": 1}}}"#);
            assert_eq!(ok(write(&ada, &path, merge, &[]))[json_name], 4);
            refused(&ada.patch(&path, json!({"name": null})), 422, "validation-error", "an invalid value");
            assert_eq!(ok(ada.get(&path))[json_name], 4, "a refused write raises nothing");
            let many = ada.post(&format!("{all}/bulk"), json!([{"name": "a"}, {"name": "b"}])).json();
            assert!(many.as_array().is_some_and(|rows| rows.iter().all(|row| row[json_name] == 1)), "{many}");
            let body = json!([{"name": "a", json_name: 2}]);
            refused(&ada.post(&format!("{all}/bulk"), body), 422, "validation-error", "bulk");
        }
    });
}

#[test]
fn a_patch_with_a_version_is_one_statement() {
    on_both(|app| {
        let ada = user(app, "auth0|ada");
        let (id, seen) = row(&ada, "page1s", "one");
        let path = format!("/api/v1/page1s/{id}");
        let statements = |headers: &[(&str, &str)], operation: (&str, &str, &str)| {
            let before = app.ctx().statements();
            let answer = write(&ada, &path, operation, headers);
            (answer.status, app.ctx().statements() - before)
        };
        assert_eq!(statements(&[], WRITES[1]), (200, 1), "without a condition");
        assert_eq!(statements(&[("if-match", "\"2\"")], WRITES[1]), (200, 1));
        assert_eq!(statements(&[("if-match", "\"3\"")], WRITES[0]), (200, 1));
        assert_eq!(statements(&[("if-match", &seen)], WRITES[1]), (412, 2), "and one that explains");
        assert_eq!(statements(&[("if-match", "\"4\"")], WRITES[4]), (204, 1));
    });
}

/// Requests that write no single row cannot be conditional, and say so.
#[test]
fn conditions_that_cannot_be_checked_are_refused() {
    on_both(|app| {
        let ada = user(app, "auth0|ada");
        let (id, seen) = row(&ada, "sheets", "one");
        for name in ["if-match", "if-none-match"] {
            for (path, body) in [
                ("/api/v1/sheets".to_owned(), json!({"name": "x"})),
                ("/api/v1/sheets/self".to_owned(), json!({"name": "x"})),
                ("/api/v1/sheets/bulk".to_owned(), json!([{"name": "x"}])),
                ("/api/v1/sheets/search".to_owned(), json!({})),
                (format!("/api/v1/sheets/{id}/touch"), json!({})),
            ] {
                let body = Some(body.to_string().into_bytes());
                let headers = [(name, "*"), ("content-type", "application/json")];
                refused(&ada.send("POST", &path, &headers, body), 400, "invalid-request", &path);
            }
        }
        assert_eq!(ok(ada.get("/api/v1/sheets"))["total"], 1, "nothing was created");
        assert_eq!(tag(&ada.get(&format!("/api/v1/sheets/{id}"))), seen, "nothing was changed");
    });
}

/// Endpoints of the application, and its jobs, have the same conditions.
#[test]
fn hand_written_endpoints_and_typed_services() {
    on_both(|app| {
        let ada = user(app, "auth0|ada");
        let (id, seen) = row(&ada, "sheets", "one");
        let path = format!("/api/v1/sheets/{id}/increase");
        let post = |path: &str, value: &str| ada.send("POST", path, &[("if-match", value)], None);
        assert_eq!(ok(post(&path, &seen))["count"], 1);
        refused(&post(&path, &seen), 412, "precondition-failed", "stale");
        refused(&post(&path, "1"), 400, "invalid-request", "malformed");
        assert_eq!(ok(ada.send("POST", &path, &[], None))["count"], 2, "without a condition");
        let (id, seen) = row(&ada, "page1s", "one");
        let path = format!("/api/v1/page1s/{id}/raise");
        refused(&ada.send("POST", &path, &[], None), 428, "precondition-required", "it requires one");
        assert_eq!(ok(post(&path, &seen))["version"], 2);
        refused(&post(&path, &seen), 412, "precondition-failed", "stale");

        app.block_on(async {
            let pages = page1::Service::as_system(app.ctx());
            let id: Uuid = id.parse().expect("an id");
            let read = pages.get_by_id(id).await.expect("the row");
            assert_eq!(read.version, 2);
            let stale = |error: Error| error.is(&catalogue::PRECONDITION_FAILED);
            let patch = || page1::Patch::new().name("by a job");
            assert!(pages.if_match(1).patch(id, patch()).await.is_err_and(stale));
            assert!(pages.if_match(1).update(id, page1::Update::new("x")).await.is_err_and(stale));
            assert!(pages.if_match(1).delete(id).await.is_err_and(stale));
            let written = pages.if_match(read.version).patch(id, patch()).await.expect("it is as it was read");
            assert_eq!((written.version, &*written.name), (3, "by a job"));
            let missing = pages.if_match(1).patch(Uuid::now_v7(), patch()).await.expect_err("no row");
            assert!(missing.is(&catalogue::NOT_FOUND));
            assert!(pages.if_match(3).create(page1::Create::new("x")).await.is_err(), "no row to compare");
            let tag = IfMatch::parse("\"3-0123456789abcdef\"").expect("a tag");
            // In a transaction that goes on, a stale write is an answer like any other.
            let done = app.ctx().transaction(async |tx| {
                let pages = page1::Service::as_system(&tx);
                assert!(pages.if_match(1).patch(id, patch()).await.is_err_and(stale));
                pages.if_match(tag.clone()).patch(id, page1::Patch::new().count(9)).await
            });
            assert_eq!(done.await.expect("it is committed").version, 4);
            pages.if_match(4).delete(id).await.expect("it is deleted");
        });
    });
}

/// How often the race is run: a few times here, as often as you want with `cargo xtask races`.
/// Another program can leave any number, or none, where a version belongs.
#[test]
fn after_the_last_version_comes_the_first() {
    on_both(|app| {
        let ada = user(app, "ada");
        for (resource, column, planted) in [
            ("page1s", "version", i64::MAX),
            ("page1s", "version", 0),
            ("page1s", "version", -3),
            ("hookeds", "revision", i32::MAX.into()),
            ("hookeds", "revision", -1),
        ] {
            let path = format!("/api/v1/{resource}/{}", row(&ada, resource, "a").0);
            let plant = format!("UPDATE {resource} SET {column} = {planted}");
            app.block_on(async { app.ctx().db().execute_unprepared(&plant).await }).expect("planted");
            let tag = tag(&ada.get(&path));
            // What is no version has no tag that could be sent; the row can still be written, and has versions again.
            let condition = if planted > 0 { tag.as_str() } else { "*" };
            if planted <= 0 {
                let refused =
                    write(&ada, &path, ("PATCH", "application/json", r#"{"name":"b"}"#), &[("if-match", &tag)]);
                assert_eq!(refused.status, 412, "{plant}");
            }
            let done = write(&ada, &path, ("PATCH", "application/json", r#"{"name":"c"}"#), &[("if-match", condition)]);
            assert_eq!((done.status, &done.json()[column]), (200, &json!(1)), "{plant}");
        }
    });
}

fn rounds() -> usize {
    let asked = std::env::var("RACE_ROUNDS").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(3)
}

/// 64 writers with the same tag: exactly one wins, and nothing of the others is stored.
#[test]
fn one_of_many_writers_with_the_same_tag_wins() {
    on_both(|app| {
        let ada = user(app, "auth0|ada");
        let token = app
            .issuer()
            .token(&CurrentUser::new("auth0|ada").with_permissions(ALL.iter().map(|name| format!("{name}:write"))));
        for resource in ALL {
            let (id, mut seen) = row(&ada, resource, "start");
            let path = format!("/api/v1/{resource}/{id}");
            for round in 0..rounds() {
                let put = |writer: usize| format!("{{\"name\": \"{round} {writer}\"}}");
                let answers: Vec<u16> = std::thread::scope(|scope| {
                    let (address, path, seen, token) = (app.address(), &*path, &*seen, &*token);
                    let send = |writer| scope.spawn(move || status(address, path, seen, token, &put(writer)));
                    let threads: Vec<_> = (0..64).map(send).collect();
                    threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
                });
                let winners: Vec<usize> = (0..64).filter(|&at| answers[at] == 200).collect();
                // A busy machine may keep a writer waiting for its turn until it is refused; it has then written nothing.
                assert!(answers.iter().all(|status| [200, 412, 503].contains(status)), "{resource}: {answers:?}");
                assert_eq!(winners.len(), 1, "{resource}: {answers:?}");
                let now = ada.get(&path);
                assert_eq!(now.json()["name"], format!("{round} {}", winners[0]), "{resource}");
                if resource != "sheets" {
                    let version = tag(&now).trim_matches('"').split('-').next().map(str::to_owned);
                    assert_eq!(version, Some((round + 2).to_string()), "{resource}");
                }
                seen = tag(&now);
            }
        }
    });
}

fn status(address: std::net::SocketAddr, path: &str, tag: &str, token: &str, body: &str) -> u16 {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).expect("a connection");
    let head = format!(
        "PUT {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nIf-Match: {tag}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + body).as_bytes()).expect("it is sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    let status = text.get(9..12).and_then(|status| status.parse().ok()).expect("a status");
    assert!(status != 503 || text.contains("/problems/unavailable"), "{text}");
    status
}
