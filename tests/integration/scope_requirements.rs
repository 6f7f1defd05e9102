//! Requirements of whole scopes: groups of endpoints, and actix services, with one requirement.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;

use resourceful::actix_web::{HttpRequest, HttpResponse, web};
use resourceful::prelude::*;
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Caller, TestApp, TestDatabase};

use crate::support::{column, created, ok, refused};

mod document;

/// A sheet that one user owns.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id, sort = "title")]
pub struct Sheet {
    pub id: Uuid,
    pub owner_id: String,
    pub title: String,
    #[resource(read = "sheets:fees")]
    pub fee: Option<i64>,
}

/// How often handlers of these tests have run, for each server.
static REACHED: Mutex<BTreeMap<SocketAddr, usize>> = Mutex::new(BTreeMap::new());

fn reached(req: &HttpRequest) {
    *REACHED.lock().expect("a counter").entry(req.app_config().local_addr()).or_default() += 1;
}

fn how_often(app: &TestApp) -> usize {
    REACHED.lock().expect("a counter").get(&app.address()).copied().unwrap_or_default()
}

/// Returns the caller's id.
#[get("/open", public)]
async fn open(user: Option<CurrentUser>, req: HttpRequest) -> Result<Json<Value>> {
    reached(&req);
    Ok(Json(json!({"id": user.map(|user| user.id)})))
}

/// Requires its own permission.
#[post("/own", requires("own"))]
async fn own(user: CurrentUser, req: HttpRequest) -> Result<Json<Value>> {
    reached(&req);
    Ok(Json(json!({"id": user.id})))
}

/// Lists sheets.
#[get("/sheets", any("sheets:read", "sheets:read:self"))]
async fn listed(sheets: sheet::Service) -> Result<Out<Page<Sheet>>> {
    sheets.list(Query::new()).await.map(Out)
}

/// Lists the sheets of a team.
#[get("/{year}/sheets", public)]
async fn of_team(path: Path<(String, u16)>) -> Result<Json<Value>> {
    Ok(Json(json!([path.0.0, path.0.1])))
}

/// Archives a sheet.
#[post("/{id}/archive", requires("sheets:write"))]
async fn archive(id: Path<Uuid>, sheets: sheet::Service) -> Result<Out<Sheet>> {
    sheets.patch(*id, sheet::Patch::new().title("archived")).await.map(Out)
}

async fn plain_open(user: Option<CurrentUser>, req: HttpRequest) -> HttpResponse {
    reached(&req);
    HttpResponse::Ok().json(json!({"id": user.map(|user| user.id)}))
}

async fn plain_sheets(sheets: sheet::Service, ctx: Context, user: CurrentUser) -> Result<Out<Page<Sheet>>> {
    assert!(ctx.extension::<resourceful::auth::Verifier>().is_some() && !user.id.is_empty());
    sheets.list(Query::new()).await.map(Out)
}

async fn plain_sheet(id: web::Path<Uuid>, sheets: sheet::Service) -> Result<Out<Sheet>> {
    sheets.get_by_id(*id).await.map(Out)
}

async fn explode(_: HttpRequest) -> HttpResponse {
    panic!("a secret of the handler")
}

fn plain(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/open").get(plain_open))
        .service(web::resource("/any-method").to(plain_open))
        .service(web::resource("/sheets").get(plain_sheets))
        .service(web::resource("/sheets/{id}").get(plain_sheet))
        .service(web::resource("/explode").get(explode))
        .service(web::scope("/deep").service(web::resource("/open").get(plain_open)));
}

/// The scopes by their names, with their requirements.
const KINDS: [(&str, Requirement); 6] = [
    ("permission", Requirement::Permission("reports:read")),
    ("any", Requirement::Any(&["any:one", "any:two"])),
    ("all", Requirement::All(&["all:one", "all:two"])),
    ("role", Requirement::Role("auditor")),
    ("oauth", Requirement::Scope("read:reports")),
    ("public", Requirement::Public),
];

fn start(database: TestDatabase) -> TestApp {
    TestApp::start_on(database, |app| {
        let app = app
            .resource_with::<Sheet>(|routes| {
                routes.scope("", Requirement::Role("editor"), |routes| routes.service(archive).service(listed)).scope(
                    "/press",
                    Requirement::Permission("sheets:press"),
                    |routes| routes.service(open),
                )
            })
            .scope("/own-rows", Requirement::Permission("desk:use:self"), |routes| routes.service(listed))
            .actix_scope("/own-rows-plain", Requirement::Any(&["sheets:read", "sheets:read:self"]), plain)
            .scope("/teams/{team}", Requirement::Role("lead"), |routes| {
                routes.tag("Teams").scope("/years", Requirement::Permission("years:read"), |routes| {
                    routes.service(of_team).scope("", Requirement::Scope("read:reports"), |routes| routes.service(own))
                })
            })
            .actix_scope("/{tenant}/plain", Requirement::Role("tenant"), |config| {
                config.default_service(web::to(async |req: HttpRequest| {
                    HttpResponse::Ok().body(req.match_info().get("tenant").unwrap_or_default().to_owned())
                }));
            });
        let app = app.openapi(resourceful::serde_json::from_value(document::documented()).expect("a document"));
        KINDS.iter().fold(app, |app, (name, requires)| {
            app.scope(&format!("/{name}"), *requires, |routes| routes.service(open).service(own)).actix_scope(
                &format!("/plain-{name}"),
                *requires,
                plain,
            )
        })
    })
}

/// Runs a test on both databases.
fn on_both(test: impl Fn(&TestApp)) {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        println!("on {database:?}");
        test(&start(database));
    }
}

/// A user with these permissions; `role x` and `scope x` stand for a role and a scope.
fn user(id: &str, held: &[&str]) -> CurrentUser {
    let mut user = CurrentUser::new(id);
    for word in held {
        match (word.strip_prefix("role "), word.strip_prefix("scope ")) {
            (Some(role), _) => user.roles.push(role.to_owned()),
            (_, Some(scope)) => user.scopes.push(scope.to_owned()),
            _ => user.permissions.push((*word).to_owned()),
        }
    }
    user
}

/// For each kind: the callers who are admitted, those who are not, and the `scope` in the challenge of the latter.
type Callers = (&'static [&'static [&'static str]], &'static [(&'static [&'static str], &'static str)]);

fn callers(kind: &str) -> Callers {
    match kind {
        "permission" => (
            &[&["reports:read"], &["reports:*"]],
            &[
                (&[], "reports:read"),
                (&["reports:read:self", "reports:write", "Reports:Read", "*"], "reports:read"),
                (&["role reports:read", "scope reports:read"], "reports:read"),
            ],
        ),
        "any" => (
            &[&["any:one"], &["any:two"], &["any:one", "any:two"]],
            &[(&[], "any:one any:two"), (&["all:one"], "any:one any:two")],
        ),
        "all" => (
            &[&["all:one", "all:two"]],
            &[(&[], "all:one"), (&["all:one"], "all:two"), (&["all:two", "any:one"], "all:one")],
        ),
        "role" => (&[&["role auditor"]], &[(&[], ""), (&["auditor", "scope auditor", "role Auditor"], "")]),
        "oauth" => (
            &[&["scope read:reports"]],
            &[(&[], "read:reports"), (&["read:reports", "role read:reports"], "read:reports")],
        ),
        _ => (&[&[], &["reports:read"]], &[]),
    }
}

#[test]
fn every_kind_of_requirement_against_every_kind_of_caller() {
    on_both(|app| {
        let statements = app.ctx().statements();
        let mut let_in = 0;
        for ((kind, requires), prefix) in KINDS.iter().flat_map(|kind| [(kind, ""), (kind, "plain-")]) {
            let addresses = match prefix {
                "" => ["open", "open/"].map(|word| format!("/api/v1/{kind}/{word}")),
                _ => ["any-method", "deep/open"].map(|word| format!("/api/v1/plain-{kind}/{word}")),
            };
            for path in &addresses {
                let bad = [
                    app.issuer().expired_token(&user("auth0|ada", &["reports:read"])),
                    app.issuer().token_for_audience(&user("auth0|ada", &["reports:read"]), "https://other.example"),
                    "x.y.z".to_owned(),
                ];
                for token in bad {
                    let answer = app.with_token(token).get(path);
                    refused(&answer, 401, "invalid-token", path);
                    let challenge = answer.header("www-authenticate").unwrap_or_default();
                    assert!(
                        challenge.starts_with("Bearer realm=\"api\", error=\"invalid_token\""),
                        "{path}: {challenge}"
                    );
                }
                let anonymous = app.anonymous().get(path);
                if *requires == Requirement::Public {
                    assert_eq!(ok(anonymous), json!({"id": null}), "{path}");
                    let_in += 1;
                } else {
                    refused(&anonymous, 401, "unauthenticated", path);
                    assert_eq!(anonymous.header("www-authenticate"), Some("Bearer realm=\"api\""), "{path}");
                    assert_eq!(anonymous.header("cache-control"), Some("no-store"), "{path}: a guarded answer");
                }
                let (may, may_not) = callers(kind);
                for (held, missing) in may_not {
                    let answer = app.as_user(user("auth0|ada", held)).get(path);
                    refused(&answer, 403, "insufficient-scope", &format!("{path} with {held:?}"));
                    let challenge = answer.header("www-authenticate").unwrap_or_default();
                    let scope = if missing.is_empty() { String::new() } else { format!(", scope=\"{missing}\"") };
                    let expected = format!("Bearer realm=\"api\", error=\"insufficient_scope\"{scope}");
                    assert_eq!(challenge, expected, "{path} with {held:?}");
                }
                for held in may {
                    let caller = app.as_user(user("auth0|ada", held));
                    let answer = caller.get(path);
                    assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{path}: headers of the API");
                    assert!(answer.header("x-request-id").is_some(), "{path}");
                    assert_eq!(ok(answer), json!({"id": "auth0|ada"}), "{path} with {held:?}");
                    let_in += 1;
                }
            }
        }
        assert_eq!(how_often(app), let_in, "only those who are let in reach a handler");
        assert_eq!(app.ctx().statements(), statements, "callers are authenticated without the database");
    });
}

#[test]
fn requirements_of_scope_and_endpoint_must_both_be_met() {
    on_both(|app| {
        for (held, status) in [(&["reports:read"][..], 403), (&["own"], 403), (&["reports:read", "own"], 200)] {
            assert_eq!(
                app.as_user(user("a", held)).post("/api/v1/permission/own", json!(1)).status,
                status,
                "{held:?}"
            );
        }
        let lacking = app.as_user(user("a", &[])).post("/api/v1/permission/own", json!(1));
        assert!(
            lacking.text().contains("reports:read"),
            "the scope's requirement is checked first: {}",
            lacking.text()
        );
        assert_eq!(app.as_user(user("a", &["own"])).post("/api/v1/public/own", json!(1)).status, 200);
        refused(&app.anonymous().post("/api/v1/public/own", json!(1)), 401, "unauthenticated", "the endpoint's own");

        let nested =
            [(&[][..], 403), (&["role lead"], 403), (&["years:read"], 403), (&["role lead", "years:read"], 200)];
        for (held, status) in nested {
            let answer = app.as_user(user("a", held)).get("/api/v1/teams/blue/years/2026/sheets");
            assert_eq!(answer.status, status, "{held:?}: {}", answer.text());
        }
        let lead = app.as_user(user("a", &["role lead", "years:read"]));
        assert_eq!(lead.get("/api/v1/teams/blue/years/2026/sheets").json(), json!(["blue", 2026]));
        refused(&lead.get("/api/v1/teams/blue/years/x/sheets"), 404, "not-found", "a malformed parameter");
        for (held, status) in [
            (&["role lead", "years:read", "own"][..], 403),
            (&["role lead", "years:read", "scope read:reports"], 403),
            (&["role lead", "scope read:reports", "own"], 403),
            (&["role lead", "years:read", "scope read:reports", "own"], 200),
        ] {
            let answer = app.as_user(user("a", held)).post("/api/v1/teams/blue/years/own", json!(1));
            assert_eq!(answer.status, status, "{held:?}: three around one");
        }

        let writer = ["sheets:read", "sheets:write"];
        let id = created(app.as_user(user("a", &writer)).post("/api/v1/sheets", json!({"title": "x"})))["id"].clone();
        let path = format!("/api/v1/sheets/{}/archive", id.as_str().expect("an id"));
        let put_away = |held: &[&str]| app.as_user(user("a", held)).send("POST", &path, &[], None);
        refused(&put_away(&writer), 403, "insufficient-scope", "several endpoints of a resource are guarded together");
        refused(&put_away(&["role editor"]), 403, "insufficient-scope", "and by what each asks");
        assert_eq!(ok(put_away(&["role editor", "sheets:write"]))["title"], "archived");
        assert_eq!(app.as_user(user("a", &writer)).get("/api/v1/sheets").status, 200, "the others are not");
        let press = |held: &[&str]| app.as_user(user("a", held)).get("/api/v1/sheets/press/open").status;
        assert_eq!((press(&["sheets:press"]), press(&writer)), (200, 403));
    });
}

#[test]
fn services_act_for_the_caller() {
    on_both(|app| {
        let all = ["sheets:read", "sheets:write", "sheets:fees"];
        for (owner, title) in [("auth0|ada", "a"), ("auth0|bob", "b")] {
            created(app.as_user(user(owner, &all)).post("/api/v1/sheets", json!({"title": title, "fee": 7})));
        }
        let titles = |held: &[&str], path: &str| {
            let page = ok(app.as_user(user("auth0|ada", held)).get(path));
            (column(&page, "title"), column(&page, "fee"))
        };
        let (both, hers) = (vec![json!("a"), json!("b")], vec![json!("a")]);
        let plain = "/api/v1/own-rows-plain/sheets";
        for (held, path, expected, fee) in [
            (&["sheets:read"][..], plain, &both, Value::Null),
            (&["sheets:read:self"], plain, &hers, Value::Null),
            (&["sheets:read", "sheets:read:self"], plain, &both, Value::Null),
            (&["sheets:*"], plain, &both, json!(7)),
            (&["sheets:read:self", "sheets:fees"], plain, &hers, json!(7)),
            (&["reports:read"], "/api/v1/plain-permission/sheets", &both, Value::Null),
            (&["role auditor"], "/api/v1/plain-role/sheets", &both, Value::Null),
            (&["desk:use:self", "sheets:read"], "/api/v1/own-rows/sheets", &hers, Value::Null),
            (&["role editor", "sheets:read"], "/api/v1/sheets/sheets", &both, Value::Null),
            (&["role editor", "sheets:read:self"], "/api/v1/sheets/sheets", &hers, Value::Null),
        ] {
            let (seen, fees) = titles(held, path);
            assert_eq!((&seen, &fees[0]), (expected, &fee), "{path} with {held:?}");
        }
        let page = ok(app.as_user(user("auth0|ada", &["sheets:read"])).get("/api/v1/sheets"));
        let of_bob = page["items"][1]["id"].as_str().expect("an id");
        let path = format!("/api/v1/own-rows-plain/sheets/{of_bob}");
        assert_eq!(ok(app.as_user(user("auth0|ada", &["sheets:read"])).get(&path))["title"], "b");
        let of_bob_path = app.as_user(user("auth0|ada", &["sheets:read:self"])).get(&path);
        refused(&of_bob_path, 404, "not-found", "a row of another user, in a plain handler");
        let machine = app.as_user(user("robot@clients", &["sheets:read:self"]));
        refused(&machine.get(plain), 403, "user-required", "an application owns no rows");
    });
}

#[test]
fn unknown_paths_and_methods() {
    let app = start(TestDatabase::Sqlite);
    let ada = app.as_user(user("auth0|ada", &["reports:read", "role tenant"]));
    let anonymous = app.anonymous();
    for caller in [&ada, &anonymous] {
        refused(&caller.get("/api/v1/permission/nothing"), 404, "not-found", "hand-written");
        refused(&caller.get("/api/v1/permission"), 404, "not-found", "the scope itself");
        let wrong = caller.delete("/api/v1/permission/open");
        refused(&wrong, 405, "method-not-allowed", "hand-written");
        assert_eq!(wrong.header("allow"), Some("GET, HEAD, OPTIONS"));
        refused(&caller.get("/api/v1/plain-permissions/open"), 404, "not-found", "a longer word is another address");
    }
    refused(&ada.get("/api/v1/plain-permission/nothing"), 404, "not-found", "plain");
    refused(&ada.get("/api/v1/plain-permission"), 404, "not-found", "the scope itself");
    let wrong = ada.delete("/api/v1/plain-permission/open");
    refused(&wrong, 405, "method-not-allowed", "plain");
    assert_eq!(wrong.header("allow"), Some("GET"), "what actix knows");
    for path in ["nothing", "open", ""] {
        let answer = anonymous.delete(&format!("/api/v1/plain-permission/{path}"));
        refused(&answer, 401, "unauthenticated", "actix routes behind the requirement: no one learns what is there");
    }
    for path in [
        "/api/v1/plain-permission/../plain-permission/open",
        "/api/v1/plain-permission//open",
        "/api/v1/%70lain-permission/open",
    ] {
        let answer = anonymous.get(path);
        assert!(matches!(answer.status, 401 | 404), "{path}: {}", answer.text());
    }
    refused(&ada.get("/api/v1/plain-permission/explode"), 500, "internal-error", "a panic");
    assert!(!ada.get("/api/v1/plain-permission/explode").text().contains("secret"));
    assert_eq!(anonymous.get("/health/live").status, 200, "the worker survived");
    assert_eq!(ada.get("/api/v1/blue/plain/x").text(), "blue", "a parameter of the scope's path, and its own default");
    refused(&anonymous.get("/api/v1/blue/plain/x"), 401, "unauthenticated", "guarded, too");
}

#[test]
fn options_without_a_token_reach_no_handler() {
    let app = start(TestDatabase::Sqlite);
    let preflight = [("origin", "https://app.example"), ("access-control-request-method", "GET")];
    let options = |caller: Caller<'_>, path: &str| caller.send("OPTIONS", path, &preflight, None);
    for (path, allow) in
        [("/api/v1/permission/open", Some("GET, HEAD, OPTIONS")), ("/api/v1/plain-permission/any-method", None)]
    {
        let answer = options(app.anonymous(), path);
        assert_eq!((answer.status, answer.body.len(), answer.header("allow")), (204, 0, allow), "{path}");
    }
    refused(
        &options(app.with_token("x.y.z"), "/api/v1/plain-permission/any-method"),
        401,
        "invalid-token",
        "a bad one",
    );
    let without = options(app.as_user(user("a", &[])), "/api/v1/plain-permission/any-method");
    refused(&without, 403, "insufficient-scope", "a valid token without the requirement");
    assert_eq!(how_often(&app), 0, "no handler has run");
    let held = options(app.as_user(user("a", &["reports:read"])), "/api/v1/plain-permission/any-method");
    assert_eq!((held.status, how_often(&app)), (200, 1), "it is a method like others");
    assert_eq!(options(app.anonymous(), "/api/v1/plain-public/any-method").status, 200, "nothing is required");
}
