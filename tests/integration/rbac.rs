//! Roles and permissions that are kept in the application's database (feature `rbac`).

use resourceful::prelude::*;
use resourceful::rbac::RbacSettings;
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Caller, TestApp, TestDatabase};

use crate::support::{created, field_errors, ok, refused};

/// A resource that roles give access to.
#[derive(Clone, Debug, Resource)]
#[resource(owner = owner_id)]
pub struct Paper {
    pub id: Uuid,
    #[resource(length(1..=40))]
    pub title: String,
    #[resource(read = "papers:read:budget")]
    pub budget: Option<i32>,
    pub owner_id: String,
}

/// For editors only.
#[get("/desk", role("editor"))]
async fn desk() -> Result<Json<&'static str>> {
    Ok(Json("a desk"))
}

/// For chiefs only.
#[get("/office", role("chief"))]
async fn office() -> Result<Json<&'static str>> {
    Ok(Json("an office"))
}

fn start(database: TestDatabase) -> TestApp {
    let mut settings = RbacSettings::new(["papers:*", "roles:read"]);
    settings.roles.push("editor".to_owned());
    TestApp::start_on(database, |app| {
        app.rbac(settings).resource_with::<Paper>(|routes| routes.service(desk).service(office))
    })
}

fn on_both(test: impl Fn(&TestApp)) {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        println!("on {database:?}");
        test(&start(database));
    }
}

/// An administrator of roles, by their token.
fn admin(app: &TestApp) -> Caller<'_> {
    let kinds = ["read", "write", "delete"];
    let permissions = ["roles", "permissions", "user_roles"]
        .iter()
        .flat_map(|name| kinds.map(|kind| format!("{name}:{kind}")))
        .collect::<Vec<_>>();
    app.as_user(CurrentUser::new("auth0|admin").with_permissions(permissions))
}

fn id(row: &Value) -> String {
    row["id"].as_str().expect("an id").to_owned()
}

/// A role with these permissions, whose rows are made where they are missing.
fn role(admin: &Caller<'_>, name: &str, permissions: &[&str]) -> String {
    let role = id(&created(admin.post("/api/v1/roles", json!({"name": name}))));
    for permission in permissions {
        let row = id(&created(admin.post("/api/v1/permissions", json!({"name": permission}))));
        created(admin.post("/api/v1/role-permissions", json!({"roleId": role, "permissionId": row})));
    }
    role
}

#[test]
fn granting_and_revoking_a_role_takes_effect_at_once() {
    on_both(|app| {
        let admin = admin(app);
        let ada = app.as_user(CurrentUser::new("auth0|ada").with_permissions(["papers:write"]));
        refused(&ada.get("/api/v1/papers"), 403, "insufficient-scope", "no role yet");

        let reader = role(&admin, "reader", &["papers:read"]);
        let given = ok(admin.post("/api/v1/users/auth0%7Cada/roles", json!({"roleId": reader})));
        assert_eq!((&given["userId"], &given["roleId"]), (&json!("auth0|ada"), &json!(reader)));
        assert_eq!(ok(ada.get("/api/v1/papers"))["items"], json!([]), "by the role");
        created(ada.post("/api/v1/papers", json!({"title": "by the token, as before", "budget": 7})));
        let eve = app.as_user(CurrentUser::new("auth0|eve"));
        refused(&eve.get("/api/v1/papers"), 403, "insufficient-scope", "another user");
        refused(&app.anonymous().get("/api/v1/papers"), 401, "unauthenticated", "no token");

        assert_eq!(ok(ada.get("/api/v1/papers"))["items"][0].get("budget"), None, "a field's permission");
        let row = id(&created(admin.post("/api/v1/permissions", json!({"name": "papers:read:budget"}))));
        let budget = created(admin.post("/api/v1/role-permissions", json!({"roleId": reader, "permissionId": row})));
        assert_eq!(ok(ada.get("/api/v1/papers"))["items"][0]["budget"], 7, "more of a role that she has");
        assert_eq!(admin.delete(&format!("/api/v1/role-permissions/{}", id(&budget))).status, 204);
        assert_eq!(ok(ada.get("/api/v1/papers"))["items"][0].get("budget"), None, "less of it");

        let again = ok(admin.post("/api/v1/users/auth0%7Cada/roles", json!({"roleId": reader})));
        assert_eq!(again["id"], given["id"], "what she has she keeps");
        let roles = ok(admin.get("/api/v1/users/auth0%7Cada/roles"));
        assert_eq!(roles[0]["name"], "reader");
        assert_eq!(admin.delete(&format!("/api/v1/users/auth0%7Cada/roles/{reader}")).status, 204);
        refused(&ada.get("/api/v1/papers"), 403, "insufficient-scope", "the role was taken");
        let gone = admin.delete(&format!("/api/v1/users/auth0%7Cada/roles/{reader}"));
        refused(&gone, 404, "not-found", "a role that she does not have");

        ok(admin.post("/api/v1/users/auth0%7Cada/roles", json!({"roleId": reader})));
        assert_eq!(ada.get("/api/v1/papers").status, 200);
        assert_eq!(admin.delete(&format!("/api/v1/roles/{reader}")).status, 204);
        refused(&ada.get("/api/v1/papers"), 403, "insufficient-scope", "the role itself is gone");
    });
}

#[test]
fn nothing_is_granted_beyond_what_the_settings_allow() {
    on_both(|app| {
        let admin = admin(app);
        for name in ["roles:write", "user_roles:write", "papers", "other:read"] {
            let answer = admin.post("/api/v1/permissions", json!({"name": name}));
            refused(&answer, 422, "validation-error", name);
            assert_eq!(field_errors(&answer), [("/name".to_owned(), "not-grantable".to_owned())], "{name}");
        }
        for name in ["papers:*", "*:read", "*", "papers: read", "papers:read,papers:write", ""] {
            let answer = admin.post("/api/v1/permissions", json!({"name": name}));
            refused(&answer, 422, "validation-error", name);
        }
        let role = role(&admin, "chief", &["papers:read"]);
        ok(admin.post("/api/v1/users/auth0%7Cada/roles", json!({"roleId": role})));
        // Direct changes of the tables cannot grant more either.
        app.block_on(async {
            use resourceful::sea_orm::ConnectionTrait;
            let db = app.ctx().db();
            db.execute_unprepared("UPDATE permissions SET name = 'papers:*'").await.expect("a change");
        });
        app.ctx().grants().expect("grants").forget();
        let ada = app.as_user(CurrentUser::new("auth0|ada"));
        for path in ["/api/v1/papers", "/api/v1/papers/self", "/api/v1/papers/office", "/api/v1/roles"] {
            refused(&ada.get(path), 403, "insufficient-scope", path);
        }
    });
}

#[test]
fn a_listed_role_counts_as_one_of_the_token() {
    on_both(|app| {
        let admin = admin(app);
        let ada = app.as_user(CurrentUser::new("auth0|ada"));
        for name in ["editor", "chief"] {
            let role = role(&admin, name, &[]);
            ok(admin.post("/api/v1/users/auth0%7Cada/roles", json!({"roleId": role})));
        }
        assert_eq!(ok(ada.get("/api/v1/papers/desk")), "a desk");
        refused(&ada.get("/api/v1/papers/office"), 403, "insufficient-scope", "a role that is not listed");
    });
}

#[test]
fn the_rbac_endpoints_require_permissions_and_refuse_invalid_input() {
    on_both(|app| {
        let eve = app.as_user(CurrentUser::new("auth0|eve").with_permissions(["papers:read", "users:write"]));
        let role = role(&admin(app), "reader", &[]);
        let body = json!({"roleId": role});
        for path in ["/api/v1/roles", "/api/v1/permissions", "/api/v1/role-permissions", "/api/v1/user-roles"] {
            refused(&eve.get(path), 403, "insufficient-scope", path);
            refused(&eve.post(path, json!({})), 403, "insufficient-scope", path);
            refused(&app.anonymous().get(path), 401, "unauthenticated", path);
        }
        let mine = "/api/v1/users/auth0%7Ceve/roles";
        refused(&eve.get(mine), 403, "insufficient-scope", "her own roles");
        refused(&eve.post(mine, &body), 403, "insufficient-scope", "a role for herself");
        refused(&eve.delete(&format!("{mine}/{role}")), 403, "insufficient-scope", "her role");
        refused(&app.anonymous().post(mine, &body), 401, "unauthenticated", "no token");

        let admin = admin(app);
        for (body, status, slug) in [
            (json!({}), 422, "validation-error"),
            (json!({"roleId": "x"}), 422, "validation-error"),
            (json!({"roleId": role, "more": 1}), 422, "validation-error"),
            (json!({"roleId": "0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60"}), 422, "invalid-reference"),
        ] {
            refused(&admin.post(mine, &body), status, slug, &body.to_string());
        }
        refused(&admin.delete(&format!("{mine}/nonsense")), 404, "not-found", "no id");
        let long = format!("/api/v1/users/{}/roles", "x".repeat(300));
        refused(&admin.post(&long, &body), 422, "validation-error", "too long");
        refused(&admin.post("/api/v1/users/a%00b/roles", &body), 422, "invalid-character", "U+0000");
    });
}

/// Two processes over one PostgreSQL: what one grants, the other knows at once.
#[test]
fn other_processes_are_notified_of_changes() {
    let one = start(TestDatabase::Postgres);
    let other = one.another(|app| app.rbac(RbacSettings::new(["papers:*"])).resource::<Paper>());
    let admin = admin(&one);
    let ada = other.as_user(CurrentUser::new("auth0|ada"));
    refused(&ada.get("/api/v1/papers"), 403, "insufficient-scope", "no role yet");
    let reader = role(&admin, "reader", &["papers:read"]);
    ok(admin.post("/api/v1/users/auth0%7Cada/roles", json!({"roleId": reader})));
    let heard = (0..100).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(100));
        ada.get("/api/v1/papers").status == 200
    });
    assert!(heard, "within 10 seconds, and not by waiting for what is remembered to expire (30 seconds)");
}
