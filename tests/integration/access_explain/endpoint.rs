//! The answers of `/access/explain`, compared with the results of real requests.

use std::collections::BTreeSet;

use resourceful::prelude::*;
use resourceful::rbac::RbacSettings;
use resourceful::serde_json::{Value, json};
use resourceful::spec::{Operation, ResourceSpec, Target};
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase, TestIssuer};

use super::{ALL, Letter, Reply, letter, on_both, sentences, start, user};
use crate::mount_in_actix;
use crate::resources::Note;
use crate::support::{created, field_errors, ok, refused};

/// The administrator who asks about other users.
fn asker(app: &TestApp) -> Caller<'_> {
    app.as_user(user("auth0|admin", &["access:explain"]))
}

fn explained(app: &TestApp, question: Value) -> Value {
    ok(asker(app).post("/api/v1/access/explain", question))
}

/// A user as the question describes them.
fn subject(user: Option<&CurrentUser>) -> Value {
    user.map_or(Value::Null, |user| {
        json!({
            "id": user.id, "permissions": user.permissions, "roles": user.roles, "scopes": user.scopes,
            "isMachine": user.is_machine,
        })
    })
}

/// Performs the operation.
fn done(caller: &Caller<'_>, operation: Operation, id: &str) -> Answer {
    let path = format!("/api/v1/letters{}", operation.path().replace("{id}", id));
    let body = match operation {
        Operation::Create | Operation::SelfCreate | Operation::Update | Operation::SelfUpdate => json!({"title": "x"}),
        Operation::Patch | Operation::SelfPatch => json!({"title": "x"}),
        Operation::BulkCreate => json!([{"title": "x"}]),
        Operation::Search => json!({"size": 100}),
        _ => return caller.send(operation.method(), &path, &[], None),
    };
    caller.send(operation.method(), &path, &[("content-type", "application/json")], Some(body.to_string().into_bytes()))
}

#[test]
fn the_explanation_matches_the_request_for_every_operation_row_and_caller() {
    on_both("test", |app| {
        let spec: &'static ResourceSpec = Letter::spec();
        let role = |role: &str| CurrentUser { roles: vec![role.to_owned()], ..user("auth0|ada", &ALL) };
        let callers = [
            None,
            Some(user("auth0|ada", &ALL)),
            Some(user("auth0|bob", &ALL)),
            Some(user("auth0|ada", &["letters:read"])),
            Some(user("auth0|ada", &["letters:*"])),
            Some(user("auth0|ada", &["letters:read:self", "letters:write:self", "letters:delete:self"])),
            Some(role("suspended")),
            Some(CurrentUser { is_machine: true, ..user("robot@clients", &ALL) }),
        ];
        let (mut compared, mut allowed) = (0, 0);
        for caller in &callers {
            for operation in Operation::ALL {
                assert!(spec.operation(operation).is_some(), "{operation:?}");
                let creates = operation.permission_suffix().starts_with("write") && operation.target() != Target::Item;
                let rows: [&dyn Fn() -> String; 5] = [
                    &|| letter(app, "auth0|ada", false).to_string(),
                    &|| letter(app, "auth0|bob", true).to_string(),
                    &|| letter(app, "auth0|bob", false).to_string(),
                    &|| Uuid::now_v7().to_string(),
                    &|| "not-an-id".to_owned(),
                ];
                for row in rows.iter().take(if creates { 1 } else { rows.len() }) {
                    let id = row();
                    let mut question = json!({
                        "user": subject(caller.as_ref()), "resource": "letters", "operation": operation.name(), "id": id,
                    });
                    if creates {
                        question["id"] = Value::Null;
                    }
                    let explained = explained(app, question.clone());
                    let sender = caller.clone().map_or_else(|| app.anonymous(), |user| app.as_user(user));
                    let answer = done(&sender, operation, &id);
                    let what = format!("{question} is {explained}, and in fact {}", answer.text());
                    assert_eq!(explained["status"], answer.status, "{what}");
                    assert_eq!(explained["problem"], json!(answer.problem()), "{what}");
                    let happened = match operation {
                        Operation::List | Operation::Search | Operation::SelfList => answer.text().contains(&id),
                        Operation::Count => explained["allowed"] == true && answer.status == 200,
                        _ => answer.status < 300,
                    };
                    if operation != Operation::Count {
                        assert_eq!(explained["allowed"], happened, "{what}");
                    }
                    compared += 1;
                    allowed += usize::from(happened);
                    let denied =
                        explained["steps"].as_array().expect("steps").iter().any(|step| step["passed"] == false);
                    assert_eq!(denied, explained["allowed"] == false, "a step says why: {what}");
                    app.block_on(clear(app)).expect("rows are deleted");
                }
            }
        }
        assert_eq!(compared, callers.len() * (12 * 5 + 3), "all of them");
        assert!(allowed > 60, "some may: {allowed}");
    });
}

async fn clear(app: &TestApp) -> Result<()> {
    use resourceful::sea_orm::EntityTrait;
    letter::Entity::delete_many().exec(app.ctx().db()).await?;
    Ok(())
}

#[test]
fn the_steps_name_the_grants_and_the_reasons() {
    on_both("test", |app| {
        let hidden = letter(app, "auth0|bob", false);
        let answer = explained(
            app,
            json!({
                "user": {"id": "auth0|ada", "permissions": ["replies:read", "letters:*"]},
                "resource": "letters", "operation": "self_patch", "id": hidden,
            }),
        );
        assert_eq!(
            answer,
            json!({
                "allowed": false, "status": 404, "problem": "not-found", "endpoint": "PATCH /letters/self/{id}",
                "steps": [
                    {"check": "requirement", "passed": true, "rule": "letters:write:self",
                        "reasons": ["`letters:*` of the token grants `letters:write:self`"]},
                    {"check": "user", "passed": true, "rule": "only users can own rows", "reasons": []},
                    {"check": "row", "passed": true, "rule": "a row of `letters` has this id", "reasons": []},
                    {"check": "owner", "passed": false, "rule": "`writer` is the user's id", "reasons": []},
                    {"check": "policy", "passed": false, "rule": "the policy of Letter for `self_patch`",
                        "reasons": ["The row must match one of the rules after the write"],
                        "policy": [{"name": "writer", "matches": false}]},
                ],
                "fields": [
                    {"name": "writer", "access": "write", "permission": "letters:assign", "held": true},
                    {"name": "price", "access": "read", "permission": "letters:price", "held": true},
                    {"name": "price", "access": "write", "permission": "letters:price", "held": true},
                ],
            })
        );
        let open = letter(app, "auth0|bob", true);
        let read =
            explained(app, json!({"user": {"id": "auth0|ada"}, "resource": "letters", "operation": "get", "id": open}));
        assert_eq!((&read["allowed"], &read["status"]), (&json!(true), &json!(200)));
        assert_eq!(
            read["steps"][1]["policy"],
            json!([{"name": "writer", "matches": false}, {"name": "open", "matches": true}])
        );
        assert_eq!(
            read["fields"],
            json!([{"name": "price", "access": "read", "permission": "letters:price", "held": false}])
        );
        let list = explained(app, json!({"user": null, "resource": "letters", "operation": "list"}));
        assert_eq!((&list["allowed"], &list["status"]), (&json!(true), &json!(200)));
        assert_eq!(list["steps"][0]["policy"], json!([{"name": "open", "matches": null}]));
        assert_eq!(list["steps"][0]["passed"], Value::Null);
        let denied = explained(
            app,
            json!({"user": {"id": "auth0|ada", "permissions": ["replies:write"]}, "resource": "replies", "operation": "get", "id": 7}),
        );
        assert_eq!((&denied["status"], &denied["problem"]), (&json!(403), &json!("insufficient-scope")));
        assert_eq!(denied["steps"][0]["reasons"], json!(["auth0|ada holds the permissions `replies:write`"]));
        let text = format!("{answer}{read}{list}{denied}");
        assert!(!text.contains("a letter") && !text.contains("auth0|bob"), "nothing of what rows hold: {text}");
    });
}

#[test]
fn hand_written_endpoints_are_named_in_the_question() {
    let app = start(TestDatabase::Sqlite, "test");
    let ask = |roles: &[&str], permissions: &[&str]| {
        explained(
            &app,
            json!({
                "user": {"id": "auth0|ada", "roles": roles, "permissions": permissions},
                "endpoint": "POST /letters/{id}/send",
            }),
        )
    };
    let all = ask(&["clerk"], &["letters:send"]);
    assert_eq!(
        (&all["allowed"], &all["status"], all["steps"].as_array().map(Vec::len)),
        (&json!(true), &Value::Null, Some(2))
    );
    let own = ask(&["clerk"], &["letters:send:self"]);
    assert_eq!((&own["allowed"], &own["steps"][2]["check"]), (&json!(true), &json!("owner")));
    let none = ask(&[], &["letters:read"]);
    let passed: Vec<&Value> = none["steps"].as_array().expect("steps").iter().map(|step| &step["passed"]).collect();
    assert_eq!((&none["status"], passed), (&json!(403), vec![&json!(false), &json!(false)]), "every step is judged");
}

#[test]
fn invalid_questions_are_answered_with_the_valid_values() {
    let app = start(TestDatabase::Sqlite, "test");
    let id = Uuid::now_v7();
    for (question, pointer, code, words) in [
        (
            json!({"user": null, "resource": "leters", "operation": "get", "id": id}),
            "/resource",
            "unknown",
            "did you mean `letters`?",
        ),
        (
            json!({"user": null, "resource": "letters", "operation": "fetch", "id": id}),
            "/operation",
            "unknown",
            "allowed: list, count",
        ),
        (
            json!({"user": null, "resource": "replies", "operation": "self_get", "id": id}),
            "/operation",
            "unknown",
            "allowed: list",
        ),
        (json!({"user": null, "resource": "letters", "operation": "get"}), "/id", "required", "works on one row"),
        (
            json!({"user": null, "resource": "letters", "operation": "get", "id": null}),
            "/id",
            "required",
            "works on one row",
        ),
        (
            json!({"user": null, "resource": "letters", "operation": "get", "id": 1.5}),
            "/id",
            "type",
            "text or a whole number",
        ),
        (
            json!({"user": null, "resource": "letters", "operation": "get", "id": [1]}),
            "/id",
            "type",
            "text or a whole number",
        ),
        (
            json!({"user": null, "resource": "letters", "operation": "create", "id": id}),
            "/id",
            "not-allowed",
            "creates rows",
        ),
        (json!({"user": null, "resource": "letters"}), "/operation", "required", "together with `resource`"),
        (json!({"user": null, "operation": "get"}), "/resource", "required", "unless `endpoint`"),
        (json!({"user": null}), "/resource", "required", "unless `endpoint`"),
        (json!({"user": {"id": " "}, "resource": "letters", "operation": "list"}), "/user/id", "required", "`sub`"),
        (
            json!({"user": null, "endpoint": "POST /letters/{id}/sent"}),
            "/endpoint",
            "unknown",
            "did you mean `POST /letters/{id}/send`?",
        ),
        (
            json!({"user": null, "endpoint": "POST /letters/{id}/send", "id": id}),
            "/id",
            "not-allowed",
            "what a hand-written endpoint does with rows is not known",
        ),
        (
            json!({"user": null, "endpoint": "POST /letters/{id}/send", "resource": "letters", "operation": "get"}),
            "/endpoint",
            "not-allowed",
            "together with",
        ),
        (json!({"resource": "letters", "operation": "list"}), "/user", "required", "is required"),
        (
            json!({"user": null, "resource": "letters", "operation": "list", "row": 1}),
            "/row",
            "unknown-field",
            "unknown field `row`",
        ),
        (
            json!({"user": {"id": "x", "permissions": "letters:read"}, "resource": "letters", "operation": "list"}),
            "/user/permissions",
            "type",
            "must be an array",
        ),
        (json!([]), "", "type", ""),
        (
            json!({"user": {"id": "auth0|\u{0}"}, "resource": "letters", "operation": "list"}),
            "/user/id",
            "length",
            "U+0000",
        ),
        (
            json!({"user": {"id": "a".repeat(1025)}, "resource": "letters", "operation": "list"}),
            "/user/id",
            "length",
            "at most 1024",
        ),
    ] {
        let answer = asker(&app).post("/api/v1/access/explain", &question);
        refused(&answer, 422, "validation-error", &question.to_string());
        assert_eq!(field_errors(&answer), [(pointer.to_owned(), code.to_owned())], "{question}");
        assert!(answer.text().contains(words), "{question}: {}", answer.text());
    }
}

#[test]
fn grants_of_roles_in_the_database_are_included() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_with(database, &[("ENVIRONMENT", "development")], |app| {
            app.rbac(RbacSettings::new(["letters:read"])).explain_access().resource::<Letter>().resource::<Reply>()
        });
        let names = ["roles:write", "permissions:write", "user_roles:write"];
        let admin = app.as_user(user("auth0|admin", &names));
        let id = |row: Value| row["id"].clone();
        let role = id(created(admin.post("/api/v1/roles", json!({"name": "reader"}))));
        let permission = id(created(admin.post("/api/v1/permissions", json!({"name": "letters:read"}))));
        created(admin.post("/api/v1/role-permissions", json!({"roleId": role, "permissionId": permission})));
        ok(admin.post("/api/v1/users/auth0%7Cada/roles", json!({"roleId": role})));
        let ask = |user: Value, operation: &str| {
            explained(&app, json!({"user": user, "resource": "letters", "operation": operation}))
        };
        let counted = ask(json!({"id": "auth0|ada"}), "count");
        assert_eq!(counted["allowed"], true);
        assert_eq!(
            counted["steps"][0]["reasons"],
            json!(["`letters:read` of a role in the database grants `letters:read`"])
        );
        let by_token = ask(json!({"id": "auth0|ada", "permissions": ["letters:read"]}), "count");
        assert_eq!(by_token["steps"][0]["reasons"], json!(["`letters:read` of the token grants `letters:read`"]));
        let created = ask(json!({"id": "auth0|ada"}), "create");
        let capped = "Roles in the database cannot grant `letters:write`: AUTH0_RBAC_PERMISSIONS does not contain it";
        assert_eq!(
            (&created["allowed"], &created["steps"][0]["reasons"]),
            (&json!(false), &json!(["auth0|ada holds the permissions `letters:read`", capped]))
        );
        // An id that no row can have in either database
        for id in ["\u{0}", "a\u{0}b"] {
            let question = json!({"user": {"id": "auth0|ada"}, "resource": "letters", "operation": "get", "id": id});
            assert_eq!(explained(&app, question)["status"], 404, "{id:?}");
        }
        let refused = app.as_user(user("auth0|ada", &["x:y"])).post("/api/v1/letters", json!({"title": "x"}));
        assert_eq!(
            sentences(&refused).last().map(String::as_str),
            Some(capped),
            "and so says the answer in development"
        );
    }
}

#[test]
fn the_endpoint_is_optional_and_requires_a_permission() {
    let app = start(TestDatabase::Sqlite, "test");
    let question = json!({"user": null, "resource": "letters", "operation": "list"});
    let path = "/api/v1/access/explain";
    refused(&app.anonymous().post(path, &question), 401, "unauthenticated", "no token");
    let others = app.as_user(user("auth0|ada", &["access:explain:self", "access", "access:read", "*"]));
    refused(&others.post(path, &question), 403, "insufficient-scope", "without the permission");
    let document = app.anonymous().get("/openapi.json").json();
    let operation = &document["paths"][path]["post"];
    assert_eq!(operation["x-permissions"], json!(["access:explain"]));
    let branches = &operation["requestBody"]["content"]["application/json"]["schema"]["oneOf"];
    let branches = branches.as_array().expect("branches");
    assert_eq!(branches.len(), 3 + 3 + 1, "rows, perhaps rows, no rows of either resource, and endpoints");
    assert_eq!(branches[0]["properties"]["resource"]["const"], "letters");
    assert_eq!(branches[0]["required"], json!(["user", "resource", "operation", "id"]));
    assert_eq!(
        branches[6]["properties"]["endpoint"]["enum"],
        json!(["POST /letters/refuse", "POST /letters/{id}/send", "POST /access/explain"])
    );
    let answer = explained(&app, question.clone());
    let schema = &operation["responses"]["200"]["content"]["application/json"]["schema"];
    let names = |object: &Value| object.as_object().expect("an object").keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&schema["properties"]), names(&answer), "the document describes the answer");

    let plain = TestApp::start(|app| app.resource::<Letter>().resource::<Reply>());
    refused(&asker(&plain).post(path, &question), 404, "not-found", "where the application has not enabled it");
}

#[test]
fn it_can_be_mounted() {
    let address = mount_in_actix::start(&[Note::spec()], |ctx, config| {
        config.service(resourceful::mount(ctx).resource::<Note>().explain_access());
    });
    let token = TestIssuer::new().token(&user("auth0|admin", &["access:explain"]));
    let headers = format!("Authorization: Bearer {token}\r\nContent-Type: application/json\r\n");
    let question =
        json!({"user": {"id": "auth0|ada", "permissions": ["notes:add"]}, "resource": "notes", "operation": "create"});
    let answer = mount_in_actix::send(address, "POST", "/api/v1/access/explain", &headers, &question.to_string());
    assert!(answer.starts_with("HTTP/1.1 200") && answer.contains("\"allowed\":true"), "{answer}");
    let other = question.to_string().replace("notes:add", "notes:see");
    let answer = mount_in_actix::send(address, "POST", "/api/v1/access/explain", &headers, &other);
    assert!(answer.contains("\"allowed\":false,\"status\":403"), "{answer}");
}
