//! APIs mounted in actix scopes whose paths have parameters: a request reaches the row that its own path names, and all
//! URLs in answers work.

use std::net::SocketAddr;

use resourceful::ApiPrefix;
use resourceful::actix_web::{Scope, web};
use resourceful::auth::{AuthSettings, DpopKey, DpopMode, DpopSettings};
use resourceful::context::{DatabaseSettings, Options};
use resourceful::prelude::*;
use resourceful::serde::Deserialize;
use resourceful::serde_json::{self, Value, json};
use resourceful::testing::{TestApp, TestDatabase, TestIssuer};

use crate::mount_in_actix::{send, start_in, start_with};

/// A row whose id is a small number.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id)]
pub struct Small {
    pub id: i32,
    pub owner_id: String,
    pub text: String,
}

/// A row whose id is a large number.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id)]
pub struct Large {
    pub id: i64,
    pub owner_id: String,
    pub text: String,
}

/// A row whose id the server makes.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id)]
pub struct Made {
    pub id: Uuid,
    pub owner_id: String,
    pub text: String,
}

/// A row whose id is a text that its creator chooses.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id)]
pub struct Named {
    pub id: String,
    pub owner_id: String,
    pub text: String,
}

/// Takes the one parameter that it has.
#[get("/{id}/again", public)]
async fn again(id: Path<i32>) -> Json<i32> {
    Json(*id)
}

/// Takes the same as a text.
#[get("/{id}/again", public)]
async fn named_again(id: Path<String>) -> Json<String> {
    Json(id.0.clone())
}

/// Takes the scope's parameter as well.
#[get("/{id}/pair", public)]
async fn pair(path: Path<(String, i64)>) -> Json<Value> {
    Json(json!([path.0.0, path.0.1]))
}

/// What the endpoint `by_name` takes.
#[derive(Deserialize)]
#[serde(crate = "resourceful::serde", deny_unknown_fields)]
struct ByName {
    id: i64,
    team: String,
}

/// Takes them by name.
#[get("/{id}/by-name", public)]
async fn by_name(path: Path<ByName>) -> Json<Value> {
    Json(json!([path.0.team, path.0.id]))
}

/// Has no parameter.
#[get("/none", public)]
async fn none(path: Path<()>) -> Json<bool> {
    let Path(()) = path;
    Json(true)
}

/// Scopes of the application around the API, from the outermost in.
const AROUND: [&[&str]; 8] = [
    &[],
    &["/v2"],
    &["/a/{tenant}"],
    &["/b/{id}"],
    &["/c/{id}", "/{id}"],
    &["/d/{number}/{id}", "/deep", "/{team}"],
    &["/e/{id:[^/]+}"],
    &["/f/{path:[a-z]+/[a-z]+}", "/{id}"],
];

/// The same with this value for each parameter.
fn spelled(around: &[&str], value: &str) -> String {
    let mut out = around.concat().replace("{path:[a-z]+/[a-z]+}", "one/two");
    for parameter in ["{tenant}", "{id:[^/]+}", "{id}", "{number}", "{team}"] {
        out = out.replace(parameter, value);
    }
    out
}

fn api(ctx: &Context) -> resourceful::Mount {
    resourceful::mount(ctx)
        .resource_with::<Small>(|routes| routes.service(again))
        .resource::<Large>()
        .resource::<Made>()
        .resource_with::<Named>(|routes| routes.service(named_again))
        .scope("/teams/{team}", Requirement::Public, |routes| {
            routes.scope("/inner", Requirement::Public, |routes| routes.service(pair).service(by_name))
        })
        .scope("/plain", Requirement::Public, |routes| routes.service(none))
}

fn placed(config: &mut web::ServiceConfig, around: &[&str], api: resourceful::Mount) {
    let Some((innermost, outer)) = around.split_last() else {
        config.service(api);
        return;
    };
    let innermost = web::scope(innermost).service(api);
    config.service(outer.iter().rev().fold(innermost, |inner: Scope, path| web::scope(path).service(inner)));
}

struct Client {
    address: SocketAddr,
    token: String,
}

struct Got {
    status: u16,
    location: Option<String>,
    body: Value,
}

impl Client {
    fn send(&self, method: &str, path: &str, body: Option<Value>) -> Got {
        let mut headers = format!("Authorization: Bearer {}\r\n", self.token);
        if body.is_some() {
            headers.push_str("Content-Type: application/json\r\n");
        }
        let answer = send(self.address, method, path, &headers, &body.map(|body| body.to_string()).unwrap_or_default());
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let location = head.lines().find_map(|line| line.strip_prefix("location: "));
        Got {
            status: head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status"),
            location: location.map(str::to_owned),
            body: serde_json::from_str(body).unwrap_or_default(),
        }
    }

    #[track_caller]
    fn expect(&self, status: u16, method: &str, path: &str, body: Option<Value>) -> Got {
        let got = self.send(method, path, body);
        assert_eq!(got.status, status, "{method} {path}: {}", got.body);
        got
    }
}

fn application(database: TestDatabase) -> (TestApp, Client) {
    let app = TestApp::start_on(database, |app| {
        app.resource::<Small>().resource::<Large>().resource::<Made>().resource::<Named>()
    });
    let ctx = app.ctx().clone();
    let address = start_with(
        async move || ctx,
        |ctx, config| {
            // Scopes that begin with a fixed word come first, so that no scope takes the paths of another.
            for around in AROUND.iter().rev() {
                placed(config, around, api(ctx));
            }
        },
    );
    let names = ["smalls", "larges", "mades", "nameds"];
    let kinds = ["read", "write", "delete", "read:self", "write:self", "delete:self"];
    let held = names.iter().flat_map(|name| kinds.iter().map(move |kind| format!("{name}:{kind}")));
    let token = app.issuer().token(&CurrentUser::new("auth0|ada").with_permissions(held));
    (app, Client { address, token })
}

/// Ids that a client chooses, with all characters that have a meaning in a URL.
const NAMES: [&str; 3] = ["a b/c?d", "50%25+é", "x&y=#;,~ü|<>\"'"];

#[test]
fn a_request_reaches_the_row_that_its_own_path_names() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let (_app, client) = application(database);
        for resource in ["smalls", "larges", "mades", "nameds"] {
            for around in AROUND {
                for own in ["", "/self"] {
                    println!("{database:?} {resource}{own} below {around:?}");
                    each_operation(&client, resource, around, own);
                }
            }
        }
    }
}

fn each_operation(client: &Client, resource: &str, around: &[&str], own: &str) {
    // The parameters of the surrounding scopes do not affect where a row is created.
    let collection = format!("{}/api/v1/{resource}{own}", spelled(around, "any%20one"));
    let rows: Vec<(Value, String)> = (0..3)
        .map(|place| {
            let mut body = json!({"text": "new"});
            if resource == "nameds" {
                body["id"] = json!(NAMES[place]);
            }
            let slash = ["", "/"][place % 2];
            let created = client.expect(201, "POST", &format!("{collection}{slash}"), Some(body));
            let location = created.location.expect("a Location");
            let segment = location.strip_prefix(&format!("{collection}/")).expect("below the collection").to_owned();
            assert!(!segment.contains(['/', '?', '#', ' ']), "one word of an address: {location}");
            // The location works unchanged.
            assert_eq!(client.expect(200, "GET", &location, None).body["id"], created.body["id"]);
            (created.body["id"].clone(), segment)
        })
        .collect();
    // Every surrounding scope has the id of another row as the value of its parameter.
    let (id, segment) = &rows[1];
    let base = format!("{}/api/v1/{resource}{own}", spelled(around, &rows[2].1));
    let one = format!("{base}/{segment}");
    let texts = || -> Vec<Option<Value>> {
        rows.iter()
            .map(|(_, segment)| {
                let got = client.send("GET", &format!("/api/v1/{resource}/{segment}"), None);
                (got.status == 200).then(|| got.body["text"].clone())
            })
            .collect()
    };
    let are = |second: Option<&str>| vec![Some(json!("new")), second.map(|text| json!(text)), Some(json!("new"))];

    assert_eq!(client.expect(200, "GET", &one, None).body["id"], *id);
    assert_eq!(client.expect(200, "GET", &format!("{one}/"), None).body["id"], *id);
    client.expect(200, "PATCH", &one, Some(json!({"text": "patched"})));
    assert_eq!(texts(), are(Some("patched")));
    client.expect(200, "PUT", &one, Some(json!({"text": "replaced"})));
    assert_eq!(texts(), are(Some("replaced")));
    if own.is_empty() && ["smalls", "nameds"].contains(&resource) {
        assert_eq!(client.expect(200, "GET", &format!("{one}/again"), None).body, *id);
    }
    client.expect(204, "DELETE", &one, None);
    assert_eq!(texts(), are(None));
    let gone = client.expect(404, "DELETE", &one, None);
    assert_eq!(gone.body["instance"], json!(one), "the address as it was sent");
    assert_eq!(texts(), are(None));
    for (_, segment) in [&rows[0], &rows[2]] {
        client.expect(204, "DELETE", &format!("{base}/{segment}"), None);
    }
}

#[test]
fn endpoints_see_the_parameters_of_their_own_paths() {
    let (_app, client) = application(TestDatabase::Sqlite);
    for around in AROUND {
        let base = format!("{}/api/v1", spelled(around, "someone"));
        println!("below {base}");
        let team =
            |rest: &str| client.expect(200, "GET", &format!("{base}/teams/a%20b%2F%25/inner/7/{rest}"), None).body;
        assert_eq!(team("pair"), json!(["a b/%", 7]));
        assert_eq!(team("by-name"), json!(["a b/%", 7]));
        assert_eq!(client.expect(200, "GET", &format!("{base}/plain/none"), None).body, json!(true));
        client.expect(404, "GET", &format!("{base}/teams/x/inner/word/pair"), None);
        client.expect(404, "GET", &format!("{base}/nothing"), None);
    }
}

#[test]
fn a_bulk_create_has_no_location() {
    let (_app, client) = application(TestDatabase::Sqlite);
    let created = client.expect(201, "POST", "/b/9/api/v1/smalls/bulk", Some(json!([{"text": "a"}, {"text": "b"}])));
    assert_eq!(created.location, None);
}

#[test]
fn the_openapi_document_of_a_mounted_api_has_complete_paths() {
    let (app, _) = application(TestDatabase::Sqlite);
    let rows: [(&str, &str, Value); 6] = [
        ("", "/api/v1/smalls/{id}", Value::Null),
        ("/v2", "/v2/api/v1/smalls/{id}", Value::Null),
        ("/v2/", "/v2/api/v1/smalls/{id}", Value::Null),
        ("/a/{tenant}", "/a/{tenant}/api/v1/smalls/{id}", json!(["tenant"])),
        ("/c/{id}/{id2:[a-z]+}", "/c/{id3}/{id2}/api/v1/smalls/{id}", json!(["id3", "id2"])),
        ("/c/{id}/{team}/{id}", "/c/{id2}/{team2}/{id3}/api/v1/smalls/{id}", json!(["id2", "team2", "id3"])),
    ];
    for (below, path, around) in rows {
        let document = api(app.ctx()).below(below).document("Mounted", "1");
        let item = &document["paths"][path];
        assert!(item["delete"].is_object(), "{below}: {:?}", document["paths"].as_object().map(|all| all.keys()));
        let names = item["parameters"].as_array().map(|all| all.iter().map(|one| one["name"].clone()).collect());
        assert_eq!(names.map_or(Value::Null, Value::Array), around, "{below}");
        let list = path.trim_end_matches("/{id}");
        assert!(document["paths"][list]["post"].is_object(), "{list}");
    }
}

/// Answers with the name of the API that knows it.
fn knows(name: &'static str) -> impl Fn(&mut web::ServiceConfig) + Clone + Send + Sync {
    move |config| {
        config.route("/who", web::get().to(move || async move { name }));
    }
}

#[test]
fn neighbouring_apis_pass_on_unknown_paths() {
    for prefix in ["/api/v1", "", "/"] {
        let builder = Context::builder(Options::default()).extension(ApiPrefix::new(prefix));
        let address = start_in(&[Small::spec(), Large::spec()], builder, |ctx, config| {
            config
                .service(resourceful::mount(ctx).resource::<Small>().actix_scope(
                    "/one",
                    Requirement::Public,
                    knows("1"),
                ))
                .service(resourceful::mount(ctx).resource::<Large>().actix_scope(
                    "/two",
                    Requirement::Public,
                    knows("2"),
                ))
                .route("/own", web::get().to(async || "the application's own"));
        });
        let token = TestIssuer::new().token(&CurrentUser::new("a").with_permissions(["smalls:read", "larges:read"]));
        let client = Client { address, token };
        let prefix = prefix.trim_end_matches('/');
        for name in ["smalls", "larges"] {
            client.expect(200, "GET", &format!("{prefix}/{name}"), None);
            client.expect(200, "GET", &format!("{prefix}/{name}/"), None);
            client.expect(
                200,
                "GET",
                &format!("{prefix}/{}%{:02X}{}", &name[..1], name.as_bytes()[1], &name[2..]),
                None,
            );
            let gone = client.expect(404, "GET", &format!("{prefix}/{name}/1"), None);
            assert_eq!(gone.body["type"], "/problems/not-found", "{name}");
            client.expect(405, "PUT", &format!("{prefix}/{name}"), None);
        }
        for (scope, name) in [("one", "1"), ("two", "2")] {
            let answer = send(address, "GET", &format!("{prefix}/{scope}/who"), "", "");
            assert!(answer.ends_with(&format!("\r\n\r\n{name}")), "{answer}");
        }
        let own = send(address, "GET", "/own", "", "");
        assert!(own.ends_with("the application's own"), "{own}");
        // An unknown path below a prefix is answered by the API; without a prefix by the application.
        let nothing = client.expect(404, "GET", &format!("{prefix}/nothing"), None);
        let expected = if prefix.is_empty() { Value::Null } else { json!("/problems/not-found") };
        assert_eq!(nothing.body["type"], expected);
    }
}

/// Paths that begin with the word of a resource can belong to endpoints whose first word is a parameter.
#[test]
fn paths_below_a_resource_reach_what_they_belong_to() {
    for prefix in ["/api/v1", ""] {
        let builder = Context::builder(Options::default()).extension(ApiPrefix::new(prefix));
        let address = start_in(&[Small::spec(), Large::spec()], builder, |ctx, config| {
            let api =
                resourceful::mount(ctx).resource::<Small>().resource_with::<Large>(|routes| routes.service(again));
            let api = api.scope("/{team}/of", Requirement::Public, |routes| routes.service(pair));
            config.service(api).route("/larges/1/own", web::get().to(async || "the application's own"));
        });
        let token = TestIssuer::new().token(&CurrentUser::new("a").with_permissions(["smalls:read", "larges:read"]));
        let client = Client { address, token };
        let table = [
            ("/smalls/of/7/pair", 200, "[\"smalls\",7]"),
            ("/larges/of/7/pair", 200, "[\"larges\",7]"),
            ("/others/of/7/pair", 200, "[\"others\",7]"),
            ("/larges/8/again", 200, "8"),
            ("/smalls/8/again", 404, ""),
            ("/smalls/count", 200, "{\"total\":0}"),
            ("/smalls/count/", 200, "{\"total\":0}"),
            ("/smalls/of", 404, ""),
        ];
        for (path, status, body) in table {
            let headers = format!("Authorization: Bearer {}\r\n", client.token);
            let answer = send(address, "GET", &format!("{prefix}{path}"), &headers, "");
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{prefix}{path}: {answer}");
            assert!(answer.ends_with(body), "{prefix}{path}: {answer}");
        }
        let own = send(address, "GET", "/larges/1/own", "", "");
        assert!(own.ends_with("the application's own"), "{own}");
    }
}

#[test]
fn apis_in_several_scopes_each_answer_unknown_paths_with_404() {
    let address = start_in(&[Small::spec(), Large::spec()], Context::builder(Options::default()), |ctx, config| {
        config
            .service(web::scope("/v1").service(resourceful::mount(ctx).resource::<Small>()))
            .service(web::scope("/v2").service(resourceful::mount(ctx).resource::<Small>().resource::<Large>()))
            .service(resourceful::mount(ctx).resource::<Large>());
    });
    let token = TestIssuer::new().token(&CurrentUser::new("a").with_permissions(["smalls:read", "larges:read"]));
    let client = Client { address, token };
    for (path, status) in [
        ("/v1/api/v1/smalls", 200),
        ("/v1/api/v1/larges", 404),
        ("/v2/api/v1/smalls", 200),
        ("/v2/api/v1/larges", 200),
        ("/api/v1/smalls", 404),
        ("/api/v1/larges", 200),
    ] {
        client.expect(status, "GET", path, None);
    }
    for place in ["/v1", "/v2", ""] {
        let nothing = client.expect(404, "GET", &format!("{place}/api/v1/nothing"), None);
        assert_eq!(nothing.body["type"], "/problems/not-found", "{place}");
    }
}

#[test]
fn dpop_proofs_cover_the_whole_url() {
    let dpop = DpopSettings { mode: DpopMode::Required, ..DpopSettings::default() };
    let context = async || {
        let settings = AuthSettings { dpop, ..AuthSettings::default() };
        let verifier = TestIssuer::new().verifier_with(settings).expect("a verifier");
        let database = DatabaseSettings::new("sqlite::memory:");
        let ctx = Context::builder(Options::default()).extension(verifier).connect(&database).await.expect("a context");
        resourceful::schema::create_missing(ctx.db(), &[Small::spec()]).await.expect("tables");
        ctx
    };
    let address = start_with(context, |ctx, config| {
        for around in AROUND.iter().rev() {
            placed(config, around, resourceful::mount(ctx).resource::<Small>());
        }
    });
    let key = DpopKey::generate().expect("a key");
    let token = TestIssuer::new().bound_token(&CurrentUser::new("a").with_permissions(["smalls:read"]), &key);
    let ask = |path: &str, proven: &str| {
        let proof = key.proof("GET", &format!("http://x{proven}"), &token).expect("a proof");
        let headers = format!("Authorization: DPoP {token}\r\nDPoP: {proof}\r\n");
        send(address, "GET", path, &headers, "").get(9..12).map(str::to_owned).unwrap_or_default()
    };
    for around in AROUND {
        let path = format!("{}/api/v1/smalls", spelled(around, "a%20b"));
        assert_eq!(ask(&path, &path), "200", "{path}");
        if !around.is_empty() {
            assert_eq!(ask(&path, "/api/v1/smalls"), "401", "{path}");
        }
    }
}
