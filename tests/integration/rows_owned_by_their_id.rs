//! Resources whose id is their owner (`owner = id`): a caller can create only the row with their own id.

use resourceful::prelude::*;
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

use crate::support::{created, field_errors, ok, refused};

/// A user who signs up without help.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = id)]
pub struct Guest {
    pub id: String,
    pub name: Option<String>,
}

/// A user whom holders of a permission may sign up.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = id)]
pub struct Employee {
    #[resource(write = "employees:hire")]
    pub id: String,
    pub name: Option<String>,
}

fn on_both(test: impl Fn(&TestApp)) {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        println!("on {database:?}");
        test(&TestApp::start_on(database, |app| app.resource::<Guest>().resource::<Employee>()));
    }
}

fn user(id: &str) -> CurrentUser {
    CurrentUser::new(id).with_permissions(
        ["guests", "employees"].iter().flat_map(|name| {
            ["read", "write", "delete", "read:self", "write:self"].map(|kind| format!("{name}:{kind}"))
        }),
    )
}

/// Every way to make a row whose id the body names, for this table.
fn ways(caller: &Caller<'_>, table: &str, id: &str) -> Vec<(&'static str, String, Answer)> {
    let body = || json!({"id": id, "name": "x"});
    vec![
        ("create", "/id".into(), caller.post(&format!("/api/v1/{table}"), body())),
        ("self_create", "/id".into(), caller.post(&format!("/api/v1/{table}/self"), body())),
        ("bulk_create", "/0/id".into(), caller.post(&format!("/api/v1/{table}/bulk"), json!([body()]))),
    ]
}

fn ids(caller: &Caller<'_>, table: &str) -> Vec<Value> {
    let page = ok(caller.get(&format!("/api/v1/{table}?sort=id")));
    page["items"].as_array().into_iter().flatten().map(|item| item["id"].clone()).collect()
}

#[test]
fn callers_cannot_create_rows_of_others() {
    on_both(|app| {
        let ada = app.as_user(user("auth0|ada"));
        for id in ["auth0|bob", "auth0|ada"] {
            for (way, pointer, answer) in ways(&ada, "guests", id) {
                refused(&answer, 422, "validation-error", way);
                assert_eq!(field_errors(&answer), [(pointer, "read-only".to_owned())], "{way}");
            }
        }
        assert_eq!(ids(&ada, "guests"), [] as [Value; 0]);
        assert_eq!(created(ada.post("/api/v1/guests", json!({"name": "Ada"})))["id"], "auth0|ada");
        let bob = app.as_user(user("auth0|bob"));
        assert_eq!(created(bob.post("/api/v1/guests/bulk", json!([{"name": "Bob"}])))[0]["id"], "auth0|bob");
        let carol = app.as_user(user("auth0|carol"));
        assert_eq!(created(carol.post("/api/v1/guests/self", json!({})))["id"], "auth0|carol");
        assert_eq!(ids(&ada, "guests"), ["auth0|ada", "auth0|bob", "auth0|carol"]);
    });
}

#[test]
fn a_bulk_can_contain_one_row_of_the_caller() {
    on_both(|app| {
        let ada = app.as_user(user("auth0|ada"));
        let two = ada.post("/api/v1/guests/bulk", json!([{"name": "a"}, {"name": "b"}]));
        refused(&two, 409, "conflict", "two rows with one id");
        assert_eq!(field_errors(&two), [("/1/id".to_owned(), "unique".to_owned())]);
        assert_eq!(ids(&ada, "guests"), [] as [Value; 0]);
        let robot = app.as_user(CurrentUser { is_machine: true, ..user("robot@clients") });
        for (path, body) in [("", json!({})), ("/self", json!({})), ("/bulk", json!([{}]))] {
            let answer = robot.post(&format!("/api/v1/guests{path}"), body);
            refused(&answer, 403, "user-required", "an application is no user");
        }
    });
}

#[test]
fn a_permission_allows_to_name_another_owner() {
    on_both(|app| {
        let ada = app.as_user(user("auth0|ada"));
        for (way, pointer, answer) in ways(&ada, "employees", "auth0|bob") {
            if way == "self_create" {
                refused(&answer, 422, "validation-error", "a row of the caller's own has their id");
                assert_eq!(field_errors(&answer), [(pointer, "read-only".to_owned())]);
                continue;
            }
            refused(&answer, 403, "insufficient-scope", way);
            assert!(answer.header("www-authenticate").is_some_and(|text| text.contains("employees:hire")), "{way}");
        }
        assert_eq!(created(ada.post("/api/v1/employees", json!({})))["id"], "auth0|ada");
        let chief = app.as_user(user("auth0|chief").with_permissions(["employees:hire"]));
        assert_eq!(created(chief.post("/api/v1/employees", json!({"id": "auth0|bob"})))["id"], "auth0|bob");
        let many =
            created(chief.post("/api/v1/employees/bulk", json!([{"id": "auth0|carol"}, {}, {"id": "auth0|dan"}])));
        let many: Vec<&Value> = (0..3).map(|place| &many[place]["id"]).collect();
        assert_eq!(many, ["auth0|carol", "auth0|chief", "auth0|dan"]);
        let moved = chief.patch("/api/v1/employees/auth0%7Cbob", json!({"id": "auth0|eve"}));
        refused(&moved, 422, "validation-error", "an id never changes");
    });
}

#[test]
fn the_system_can_name_any_owner() {
    on_both(|app| {
        let guests = guest::Service::as_system(app.ctx());
        assert_eq!(app.block_on(guests.create(guest::Create::new("auth0|seed"))).expect("a row").id, "auth0|seed");
        let made = app.fixture::<Guest>().owned_by("auth0|fixture-1").create();
        assert_eq!(made.id, "auth0|fixture-1");
        assert_eq!(app.fixture::<Guest>().with(json!({"id": "auth0|fixture-2"})).create().id, "auth0|fixture-2");
    });
}

#[test]
fn the_openapi_document_shows_who_may_set_the_id() {
    let app = TestApp::start(|app| app.resource::<Guest>().resource::<Employee>());
    let document = app.anonymous().get("/openapi.json").json();
    let schemas = &document["components"]["schemas"];
    let names = |schema: &str| -> Vec<&str> {
        schemas[schema]["properties"].as_object().into_iter().flatten().map(|(name, _)| name.as_str()).collect()
    };
    assert_eq!(names("GuestCreate"), ["name"]);
    assert_eq!(names("EmployeeCreate"), ["id", "name"]);
    assert_eq!(schemas["EmployeeCreate"]["required"], Value::Null, "without it the caller is meant");
    assert_eq!(names("EmployeeCreateOwn"), ["name"]);
    assert_eq!(schemas["GuestCreateOwn"], Value::Null, "the same body serves both");
}
