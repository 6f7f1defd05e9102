//! Text ids: every accepted id can be reached by its path, in every operation.

use resourceful::Routes;
use resourceful::prelude::*;
use resourceful::sea_orm::Set;
use resourceful::serde_json::json;
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

use crate::mount_in_actix;
use crate::support::{field_errors, ok, refused};

/// Its id is given by its creator, or by its hook.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id, hooks, table = "shelves", path = "shelves", name = "shelves")]
pub struct Shelf {
    pub id: String,
    #[resource(default = "")]
    pub label: String,
    pub owner_id: String,
}

impl Hooks for Shelf {
    async fn before_create(row: &mut shelf::ActiveModel, _hook: &HookContext) -> Result<()> {
        if let Some(id) = row.label.as_ref().strip_prefix("rename to ") {
            row.id = Set(id.to_owned());
        }
        Ok(())
    }
}

/// The same without hooks.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id)]
pub struct Rack {
    pub id: String,
    #[resource(default = "")]
    pub label: String,
    pub owner_id: String,
}

#[get("/summary", public)]
async fn summary() -> Json<&'static str> {
    Json("summary")
}

#[post("/close", public)]
async fn close() -> Json<&'static str> {
    Json("close")
}

#[get("/{year}", public)]
async fn of_year(year: Path<u16>) -> Json<u16> {
    Json(*year)
}

#[get("/{id}/label", public)]
async fn label(id: Path<String>) -> Json<String> {
    Json(id.0)
}

#[put("/self/totals", public)]
async fn totals() -> Json<&'static str> {
    Json("totals")
}

fn routes(routes: Routes) -> Routes {
    let archive = |routes: Routes| routes.service(close).scope("/years", Requirement::Public, |r| r.service(of_year));
    routes.service(summary).service(label).service(totals).scope("/archive", Requirement::Public, archive)
}

/// The words of the paths above and those of the generated ones. Nested words and parameters do not count.
const RESERVED: &[&str] = &["summary", "archive", "totals", "loans", "count", "search", "bulk", "self", ".", ".."];

fn application(database: TestDatabase) -> TestApp {
    TestApp::start_on(database, |app| {
        app.resource_with::<Shelf>(routes).resource_with::<Rack>(routes).resource::<Plain>().scope(
            "/shelves/loans",
            Requirement::Public,
            |routes| routes.service(close),
        )
    })
}

/// Has no hand-written endpoints: the same words are valid ids here.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Plain {
    pub id: String,
}

fn ada(app: &TestApp) -> Caller<'_> {
    let of = |name: &str| {
        ["read", "write", "delete", "read:self", "write:self", "delete:self"].map(|kind| format!("{name}:{kind}"))
    };
    app.as_user(CurrentUser::new("auth0|ada").with_permissions([of("shelves"), of("racks"), of("plains")].concat()))
}

/// Refused as a reserved word, at this pointer.
#[track_caller]
fn reserved(answer: &Answer, pointer: &str, what: &str) {
    refused(answer, 422, "validation-error", what);
    assert_eq!(field_errors(answer), [(pointer.to_owned(), "reserved".to_owned())], "{what}: {}", answer.text());
}

#[test]
fn words_of_paths_are_reserved_ids() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = application(database);
        let ada = ada(&app);
        for &word in RESERVED.iter().filter(|word| **word != "loans") {
            for path in ["/api/v1/shelves", "/api/v1/shelves/self", "/api/v1/racks", "/api/v1/racks/self"] {
                reserved(&ada.post(path, json!({"id": word})), "/id", &format!("{word} at {path}"));
            }
            for path in ["/api/v1/shelves/bulk", "/api/v1/racks/bulk"] {
                let items = json!([{"id": "before"}, {"id": word}, {"id": "after"}]);
                reserved(&ada.post(path, items), "/1/id", &format!("{word} at {path}"));
            }
            let renamed = ada.post("/api/v1/shelves", json!({"id": "x", "label": format!("rename to {word}")}));
            reserved(&renamed, "/id", &format!("{word} from a hook"));
            let user = CurrentUser::new("auth0|ada");
            let error = app.block_on(rack::Service::as_user(app.ctx(), user).create(rack::Create::new(word)));
            assert_eq!(error.expect_err(word).status(), 422, "{word} by a service");
        }
        reserved(&ada.post("/api/v1/shelves", json!({"id": "loans"})), "/id", "a scope below the resource");
        let two = ada.post("/api/v1/racks/bulk", json!([{"id": "summary"}, {"id": "x"}, {"id": "archive"}]));
        assert_eq!(field_errors(&two).len(), 2, "each item is named: {}", two.text());
        for path in ["/api/v1/shelves/count", "/api/v1/racks/count"] {
            assert_eq!(ok(ada.get(path))["total"], 0, "nothing was stored");
        }
        for word in ["summary", "archive", "totals", "loans"] {
            let row = ada.post("/api/v1/plains", json!({"id": word}));
            assert_eq!(row.status, 201, "{word} is a word of other resources only: {}", row.text());
        }
    }
}

/// Random numbers, the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % end
    }
}

/// Ids that look like words of paths, or contain characters with a meaning in paths.
fn ids() -> Vec<String> {
    let mut ids: Vec<String> = [
        "Summary",
        "SUMMARY",
        "summary ",
        " summary",
        "summary/",
        "/summary",
        "summ%61ry",
        "%73ummary",
        "summary?",
        "summary#x",
        "summary;v=1",
        "archive/close",
        "close",
        "years",
        "2026",
        "label",
        "self/x",
        "...",
        ".%2e",
        "%2e%2e",
        "%2F",
        "/",
        "//",
        "a/../b",
        "a//b",
        "a\\b",
        "+",
        "a+b",
        "a b",
        "%",
        "%%",
        "%zz",
        "a%",
        "?",
        "&",
        "=",
        "#",
        "{id}",
        "{",
        "}",
        "[x]",
        "*",
        ":",
        "@",
        "a:b",
        "~",
        "-",
        "_",
        "'",
        "\"",
        "<",
        ">",
        "|",
        "^",
        "`",
        "$",
        "!",
        "(",
        ")",
        ",",
        ";",
        "ß",
        "Ä",
        "é",
        "e\u{301}",
        "字",
        "😀",
        "\u{a0}",
        "\u{200d}",
        "\u{feff}",
        "\u{fffd}",
        "null",
        "undefined",
        "0",
        "-1",
    ]
    .map(str::to_owned)
    .to_vec();
    ids.extend(RESERVED.iter().map(|word| (*word).to_owned()));
    ids.extend(["a".repeat(255), "字".repeat(255), "/".repeat(255), "%".repeat(255)]);
    let parts = [
        "summary", "archive", "self", "..", ".", "/", "%", "%2F", "%2f", "%2e", "+", " ", "?", "#", "&", "a", "Z", "9",
        "é", "字",
    ];
    let mut random = Random(7);
    for _ in 0..40 {
        ids.push((0..=random.below(4)).map(|_| parts[random.below(parts.len())]).collect());
    }
    ids
}

#[test]
fn every_accepted_id_is_reached_by_its_location() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = application(database);
        let ada = ada(&app);
        let mut accepted = 0;
        for (place, id) in ids().into_iter().enumerate() {
            let path = if place.is_multiple_of(2) { "/api/v1/racks" } else { "/api/v1/racks/self" };
            let answer = ada.post(path, json!({"id": id}));
            if answer.status == 422 {
                assert!(RESERVED.contains(&id.as_str()), "{id:?} is refused: {}", answer.text());
                continue;
            }
            assert_eq!(answer.status, 201, "{id:?}: {}", answer.text());
            accepted += 1;
            let location = answer.header("location").expect("a Location").to_owned();
            assert_eq!(ok(ada.get(&location))["id"], json!(id), "GET {location}");
            let patched = ok(ada.patch(&format!("{location}/"), json!({"label": location})));
            assert_eq!((&patched["id"], &patched["label"]), (&json!(id), &json!(location)), "PATCH {location}/");
            assert_eq!(ok(ada.put(&location, json!({"label": "put"})))["id"], json!(id), "PUT {location}");
            let gone = ada.delete(&location);
            assert_eq!(gone.status, 204, "DELETE {location}: {}", gone.text());
        }
        assert!(accepted > 90, "only {accepted} ids were accepted");
        assert_eq!(ok(ada.get("/api/v1/racks/count"))["total"], 0);
    }
}

#[test]
fn a_mounted_api_reserves_the_words_of_its_paths_too() {
    let token =
        resourceful::testing::TestIssuer::new().token(&CurrentUser::new("auth0|ada").with_permissions(["racks:write"]));
    let address = mount_in_actix::start(&[Rack::spec()], |ctx, config| {
        config.service(resourceful::mount(ctx).resource_with::<Rack>(routes));
    });
    let headers = format!("Content-Type: application/json\r\nAuthorization: Bearer {token}\r\n");
    let answer = mount_in_actix::send(address, "POST", "/api/v1/racks", &headers, r#"{"id":"summary"}"#);
    assert!(answer.starts_with("HTTP/1.1 422") && answer.contains("reserved"), "{answer}");
    let answer = mount_in_actix::send(address, "POST", "/api/v1/racks", &headers, r#"{"id":"Summary"}"#);
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
}

/// Has only the id, a number that the database assigns.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Lot {
    pub id: i64,
}

#[test]
fn a_resource_can_have_only_an_id() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| app.resource::<Lot>());
        let caller = app.as_user(CurrentUser::new("ada").with_permissions(["lots:read", "lots:write"]));
        assert_eq!(caller.post("/api/v1/lots", json!({})).json(), json!({"id": 1}), "{database:?}");
        let bulk = caller.post("/api/v1/lots/bulk", json!([{}, {}, {}]));
        assert_eq!(bulk.json(), json!([{"id": 2}, {"id": 3}, {"id": 4}]), "{database:?}");
    }
}
