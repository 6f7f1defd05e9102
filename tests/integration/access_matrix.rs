//! Every endpoint, called by every kind of caller.

use resourceful::prelude::*;
use resourceful::serde_json::{Value, json};
use resourceful::spec::{Operation, Requirement, ResourceSpec};

use crate::resources::{Account, Everything, Keyword, Ledger, Member, Note, Project, Stage, Task};
use crate::support::{ada, created, on_both, refused, user};

fn specs() -> [&'static ResourceSpec; 9] {
    [
        Member::spec(),
        Project::spec(),
        Task::spec(),
        Everything::spec(),
        Keyword::spec(),
        Ledger::spec(),
        Account::spec(),
        Note::spec(),
        Stage::spec(),
    ]
}

/// A path of the operation, with an id of no existing row.
fn path(spec: &ResourceSpec, operation: Operation) -> String {
    use resourceful::spec::Kind;
    let id = match spec.id_field().ty.kind {
        Kind::Uuid => "0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60",
        Kind::String => "nobody",
        _ => "999999",
    };
    format!("/api/v1/{}{}", spec.path, operation.path().replace("{id}", id))
}

fn body(operation: Operation) -> Option<Vec<u8>> {
    let body = match operation {
        Operation::BulkCreate => "[{}]",
        Operation::Search | Operation::Patch | Operation::SelfPatch => "{}",
        Operation::Create | Operation::SelfCreate | Operation::Update | Operation::SelfUpdate => "{}",
        _ => return None,
    };
    Some(body.as_bytes().to_vec())
}

/// The permission that could most easily be accepted by mistake.
fn permissions_without(permission: &str) -> Vec<String> {
    let others = crate::support::all_permissions().into_iter().filter(|other| other != permission);
    let near = [
        format!("{permission} "),
        permission[..permission.len() - 1].to_owned(),
        permission.to_uppercase(),
        format!("{permission}:x"),
        "*".to_owned(),
        "admin".to_owned(),
    ];
    others.chain(near).collect()
}

#[test]
fn every_route_against_every_kind_of_caller() {
    on_both(|app| {
        let headers = [("content-type", "application/json")];
        let mut routes = 0;
        for spec in specs() {
            for offered in spec.operations {
                routes += 1;
                let operation = offered.operation;
                let (method, path, body) = (operation.method(), path(spec, operation), body(operation));
                let what = format!("{method} {path}");
                let send =
                    |caller: resourceful::testing::Caller<'_>| caller.send(method, &path, &headers, body.clone());

                let anonymous = send(app.anonymous());
                let bad = [
                    app.issuer().expired_token(&user("auth0|ada")),
                    app.issuer().token_for_audience(&user("auth0|ada"), "https://other.example"),
                    "not.a.token".to_owned(),
                ];
                for token in bad {
                    let answer = send(app.with_token(token));
                    refused(&answer, 401, "invalid-token", &what);
                    assert!(
                        answer
                            .header("www-authenticate")
                            .is_some_and(|value| value.contains("error=\"invalid_token\"")),
                        "{what}"
                    );
                }
                let Requirement::Permission(permission) = offered.requires else {
                    assert_eq!(offered.requires, Requirement::Public, "{what}");
                    assert!(anonymous.status < 300, "{what}: {}", anonymous.text());
                    continue;
                };
                refused(&anonymous, 401, "unauthenticated", &what);
                assert_eq!(anonymous.header("www-authenticate"), Some("Bearer realm=\"api\""), "{what}");
                let without =
                    send(app.as_user(CurrentUser::new("auth0|ada").with_permissions(permissions_without(permission))));
                refused(&without, 403, "insufficient-scope", &what);
                let challenge = without.header("www-authenticate").unwrap_or_default().to_owned();
                assert!(challenge.contains(&format!("scope=\"{permission}\"")), "{what}: {challenge}");
                assert!(without.text().contains(permission), "403 names the permission: {what}");
                let with = send(app.as_user(CurrentUser::new("auth0|ada").with_permissions([permission])));
                assert!(!matches!(with.status, 401 | 403 | 405 | 500..), "{what}: {}", with.text());
            }
        }
        assert_eq!(
            routes,
            9 * 9 + 3 * 6 - 6 - 2,
            "all operations, self operations of three owned resources, three of Note, two less of Stage"
        );
    });
}

#[test]
fn hand_written_endpoints_check_access_before_reading_the_request() {
    on_both(|app| {
        let id = created(ada(app).post("/api/v1/projects", json!({"name": "x", "isActive": false})))["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        let path = format!("/api/v1/projects/{id}/activate");
        refused(&app.anonymous().send("POST", &path, &[], None), 401, "unauthenticated", "no token");
        let reader = app.as_user(CurrentUser::new("auth0|eve").with_permissions(["projects:read", "projects:write"]));
        refused(&reader.send("POST", &path, &[], None), 403, "insufficient-scope", "no permission");
        refused(
            &reader.send("POST", "/api/v1/projects/not-a-uuid/activate", &[], None),
            403,
            "insufficient-scope",
            "the permission comes before the path",
        );
        let admin = app.as_user(CurrentUser::new("auth0|eve").with_permissions(["projects:admin"]));
        let answer = admin.send("POST", &path, &[], None);
        assert_eq!((answer.status, &answer.json()["isActive"]), (200, &json!(true)), "{}", answer.text());
        assert!(answer.json().get("pin").is_none(), "Out shows what the resource shows");
        refused(
            &admin.send("POST", "/api/v1/projects/not-a-uuid/activate", &[], None),
            404,
            "not-found",
            "a malformed id",
        );
        refused(
            &admin.send("POST", "/api/v1/projects/0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60/activate", &[], None),
            404,
            "not-found",
            "no such row",
        );
        let wrong = admin.get(&path);
        refused(&wrong, 405, "method-not-allowed", "GET on an endpoint of POST");
        assert_eq!(wrong.header("allow"), Some("POST, OPTIONS"));

        let own = app.as_user(CurrentUser::new("auth0|eve").with_permissions(["projects:write:self"]));
        let touch = |id: &str| own.send("POST", &format!("/api/v1/projects/{id}/touch"), &[], None);
        refused(&touch(&id), 404, "not-found", "a `:self` permission gives a service of the caller's own rows only");
        let mine =
            own.post("/api/v1/projects/self", json!({"name": "mine"})).json()["id"].as_str().expect("an id").to_owned();
        assert_eq!(touch(&mine).json()["description"], "touched");
        assert_eq!(own.delete(&format!("/api/v1/projects/self/{mine}")).status, 403);

        let seen = |permissions: &[&str], path: &str| {
            let caller = app.as_user(CurrentUser::new("auth0|eve").with_permissions(permissions.iter().copied()));
            caller.get(&format!("/api/v1/projects/{path}")).json()["total"].clone()
        };
        for (permissions, path, total) in [
            (&["projects:read"][..], "mine", 2),
            (&["projects:read:self"], "mine", 1),
            (&["projects:read", "projects:read:self"], "mine", 2),
            (&["projects:*"], "mine", 2),
            (&["projects:read:self", "projects:admin"], "report", 1),
        ] {
            assert_eq!(
                seen(permissions, path),
                total,
                "{path} with {permissions:?}: what opened it decides what is seen"
            );
        }

        assert_eq!(admin.get("/api/v1/projects/statistics").json(), json!({"projects": 2}), "any of two permissions");
        assert_eq!(reader.get("/api/v1/projects/statistics").status, 200);
        assert_eq!(app.anonymous().get("/api/v1/projects/whoami").json(), json!({"id": null}));
        assert_eq!(admin.get("/api/v1/projects/whoami").json(), json!({"id": "auth0|eve"}));
        refused(
            &app.with_token("x.y.z").get("/api/v1/projects/whoami"),
            401,
            "invalid-token",
            "a bad token on a public endpoint",
        );

        let rename = format!("/api/v1/projects/{id}/name");
        refused(&admin.put(&rename, "new"), 403, "insufficient-scope", "all of two permissions");
        let both = app.as_user(CurrentUser::new("auth0|eve").with_permissions(["projects:admin", "projects:write"]));
        assert_eq!(both.put(&rename, "new").json()["name"], "new");
        refused(&both.put(&rename, "forbidden"), 409, "name-reserved", "an error of the application's own");
        refused(&both.put(&rename, json!({"a": 1})), 422, "validation-error", "a body of another shape");
        let typed = both.put("/api/v1/projects/settings", json!("x"));
        refused(&typed, 422, "validation-error", "a body of another shape");
        assert!(!typed.text().contains("Settings"), "no type is named: {}", typed.text());
        refused(
            &both.send("PUT", &rename, &[("content-type", "text/plain")], Some(b"x".to_vec())),
            415,
            "unsupported-media-type",
            "another type",
        );
        refused(&both.put(&rename, ""), 422, "validation-error", "rules hold for typed code too");
        refused(&admin.get("/api/v1/projects/explode"), 500, "internal-error", "a panic");
        assert!(!admin.get("/api/v1/projects/explode").text().contains("secret"));
        assert_eq!(app.anonymous().get("/health/live").status, 200, "the worker survived");
    });
}

#[test]
fn applications_cannot_own_rows() {
    on_both(|app| {
        let machine = app.as_user(user("robot@clients"));
        for (method, path) in
            [("GET", "/api/v1/projects/self"), ("POST", "/api/v1/projects"), ("POST", "/api/v1/projects/self")]
        {
            let body = (method == "POST").then(|| br#"{"name":"x"}"#.to_vec());
            refused(
                &machine.send(method, path, &[("content-type", "application/json")], body),
                403,
                "user-required",
                path,
            );
        }
        assert_eq!(machine.get("/api/v1/projects").status, 200);
    });
}

#[test]
fn unknown_methods_and_paths() {
    on_both(|app| {
        let ada = ada(app);
        let wrong = ada.send("TRACE", "/api/v1/projects", &[], None);
        refused(&wrong, 405, "method-not-allowed", "TRACE");
        assert_eq!(wrong.header("allow"), Some("GET, POST, HEAD, OPTIONS"));
        for path in ["/api/v1/projects/bulk", "/api/v1/projects/search"] {
            refused(&ada.get(path), 405, "method-not-allowed", path);
        }
        refused(&ada.delete("/api/v1/projects/count"), 405, "method-not-allowed", "DELETE on count");
        for path in [
            "/",
            "/api",
            "/api/v1",
            "/api/v1/nothing",
            "/api/v1/projects/x/y/z",
            "/nothing",
            "/api/v1/notes/self",
            "/api/v1/stages/search",
        ] {
            refused(&ada.get(path), 404, "not-found", path);
        }
        refused(
            &ada.post("/api/v1/stages/bulk", json!([{"label": "x"}])),
            405,
            "method-not-allowed",
            "an operation that is not offered reads as an id",
        );
        let overridden = ada.send(
            "POST",
            "/api/v1/projects",
            &[("x-http-method-override", "DELETE"), ("content-type", "application/json")],
            Some(br#"{"name":"x"}"#.to_vec()),
        );
        assert_eq!(overridden.status, 201, "no header changes the method");
        let options = app.anonymous().send("OPTIONS", "/api/v1/projects", &[], None);
        assert_eq!(
            (options.status, options.body.len(), options.header("allow")),
            (204, 0, Some("GET, POST, HEAD, OPTIONS"))
        );
    });
}

#[test]
fn custom_permissions_and_public_operations() {
    on_both(|app| {
        let adder = app.as_user(CurrentUser::new("auth0|ada").with_permissions(["notes:add"]));
        created(adder.post("/api/v1/notes", json!({"text": "x"})));
        refused(
            &app.as_user(CurrentUser::new("auth0|ada").with_permissions(["notes:write"]))
                .post("/api/v1/notes", json!({"text": "x"})),
            403,
            "insufficient-scope",
            "notes:write",
        );
        let list: Value = app.anonymous().get("/api/v1/notes").json();
        assert_eq!(list["total"], 1, "public(list)");
    });
}
