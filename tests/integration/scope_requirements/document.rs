//! The requirements of scopes in the OpenAPI document.

use resourceful::prelude::*;
use resourceful::serde_json::{Value, json};
use resourceful::testing::TestDatabase;

use super::start;

/// A document that an application has written for its own handlers.
pub(super) fn documented() -> Value {
    let answers = json!({"200": {"description": "Done."}});
    let plain = json!({"responses": answers, "description": "Says hello."});
    let stated = json!({
        "responses": {"200": {"description": "Done."}, "403": {"description": "Not for you."}},
        "security": [{"bearer": []}, {"cookie": []}],
        "x-permissions": ["something:else"],
    });
    json!({
        "openapi": "3.1.0",
        "info": {"title": "Own", "version": "1"},
        "paths": {
            "/api/v1/plain-all/open": {"get": plain, "post": stated},
            "/api/v1/plain-role/deep/open": {"get": plain},
            "/api/v1/plain-public/open": {"get": plain},
            "/api/v1/{of}/plain/x": {"get": plain},
            "/api/v1/plain-roles/open": {"get": plain},
            "/elsewhere": {"get": plain},
        },
    })
}

#[test]
fn the_openapi_document_shows_requirements_of_scopes() {
    let app = start(TestDatabase::Sqlite);
    let document = app.anonymous().get("/openapi.json").json();
    let at = |path: &str, method: &str, key: &str| document["paths"][format!("/api/v1{path}")][method][key].clone();
    let bearer = json!([{"bearer": []}]);
    for (path, method, key, expected) in [
        ("/permission/own", "post", "operationId", json!("permission_own")),
        ("/permission/own", "post", "tags", json!(["Permission"])),
        ("/permission/own", "post", "security", bearer.clone()),
        ("/permission/own", "post", "x-permissions", json!(["reports:read", "own"])),
        ("/permission/open", "get", "x-permissions", json!(["reports:read"])),
        ("/permission/open", "get", "security", bearer.clone()),
        ("/permission/open", "get", "description", json!("Requires the permission `reports:read`.")),
        ("/any/own", "post", "x-permissions", json!(["own"])),
        ("/any/own", "post", "x-permissions-any", json!(["any:one", "any:two"])),
        ("/role/own", "post", "x-role", json!("auditor")),
        ("/oauth/open", "get", "x-scope", json!("read:reports")),
        ("/oauth/open", "get", "x-permissions", Value::Null),
        ("/public/open", "get", "security", json!([{}, {"bearer": []}])),
        ("/teams/{team}/years/{year}/sheets", "get", "operationId", json!("teams_team_of_team")),
        ("/teams/{team}/years/{year}/sheets", "get", "tags", json!(["Teams"])),
        ("/teams/{team}/years/{year}/sheets", "get", "x-role", json!("lead")),
        ("/teams/{team}/years/{year}/sheets", "get", "x-permissions", json!(["years:read"])),
        ("/sheets/press/open", "get", "tags", json!(["Sheets"])),
        ("/sheets/press/open", "get", "operationId", json!("sheets_open")),
        ("/sheets/press/open", "get", "x-permissions", json!(["sheets:press"])),
        ("/sheets/{id}/archive", "post", "x-role", json!("editor")),
        ("/plain-all/open", "get", "security", bearer.clone()),
        ("/plain-all/open", "get", "x-permissions", json!(["all:one", "all:two"])),
        (
            "/plain-all/open",
            "get",
            "description",
            json!("Says hello.\n\nRequires the permissions `all:one` and `all:two`."),
        ),
        ("/plain-all/open", "post", "security", json!([{"bearer": []}, {"cookie": []}])),
        ("/plain-all/open", "post", "x-permissions", json!(["something:else"])),
        ("/plain-role/deep/open", "get", "x-role", json!("auditor")),
        ("/plain-public/open", "get", "security", json!([{}, {"bearer": []}])),
        ("/{of}/plain/x", "get", "x-role", json!("tenant")),
        ("/plain-roles/open", "get", "security", Value::Null),
    ] {
        assert_eq!(at(path, method, key), expected, "{method} {path}: {key}");
    }
    let statuses = |path: &str, method: &str| {
        let answers = at(path, method, "responses");
        let stands = |status: &&str| answers.get(*status).is_some();
        ["401", "403"].into_iter().filter(stands).collect::<Vec<_>>()
    };
    for (path, method, expected) in [
        ("/permission/open", "get", &["401", "403"][..]),
        ("/public/open", "get", &["401"]),
        ("/plain-all/open", "get", &["401", "403"]),
        ("/plain-public/open", "get", &["401"]),
        ("/plain-roles/open", "get", &[]),
    ] {
        assert_eq!(statuses(path, method), expected, "{method} {path}");
    }
    assert_eq!(at("/plain-all/open", "post", "responses")["403"]["description"], "Not for you.");
    assert_eq!(at("/plain-all/open", "post", "responses")["401"]["$ref"], "#/components/responses/Unauthorized");
    assert_eq!(document["paths"]["/elsewhere"]["get"]["security"], Value::Null);

    // Where nothing else refers to them, the answers themselves are there as well.
    let alone = resourceful::mount(app.ctx())
        .actix_scope("/plain-all", Requirement::Role("x"), |_| {})
        .openapi(resourceful::serde_json::from_value(documented()).expect("a document"))
        .document("Alone", "2.0.0");
    assert_eq!((&alone["info"]["title"], &alone["info"]["version"]), (&json!("Alone"), &json!("2.0.0")));
    assert_eq!(alone["paths"]["/api/v1/plain-all/open"]["get"]["x-role"], "x");
    for name in ["Unauthorized", "Forbidden"] {
        assert!(alone["components"]["responses"][name]["content"].is_object(), "{name}");
    }
    let broken = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        resourceful::mount(app.ctx()).scope("reports", Requirement::Public, |routes| routes).document("x", "1")
    }));
    let message = broken.expect_err("an ill-formed path").downcast_ref::<String>().cloned().unwrap_or_default();
    assert!(message.contains("write `/reports`"), "{message}");
}
