//! The generated operations: create, read, replace, patch, delete, bulk create.

use resourceful::serde_json::{Value, json};

use crate::support::{ada, column, created, field_errors, ok, on_both, project, refused, user};

#[test]
fn a_row_passes_through_all_operations() {
    on_both(|app| {
        let ada = ada(app);
        let answer = ada.post(
            "/api/v1/projects",
            json!({"name": "Engine", "description": "It weaves", "dueDate": "2026-12-31T23:59:59.123456+01:00"}),
        );
        let row = created(answer.clone());
        let id = row["id"].as_str().expect("an id").to_owned();
        assert_eq!(answer.header("location"), Some(format!("/api/v1/projects/{id}").as_str()));
        assert_eq!(row["isActive"], true, "the default");
        assert_eq!(row["ownerId"], "auth0|ada", "the caller owns it");
        assert_eq!(row["dueDate"], "2026-12-31T22:59:59.123456Z", "in UTC, to the microsecond");
        assert_eq!(row["createdAt"], row["updatedAt"]);
        assert!(row.get("pin").is_none(), "write-only fields are never shown");

        assert_eq!(ok(ada.get(&format!("/api/v1/projects/{id}"))), row);
        assert_eq!(ok(ada.get(&format!("/api/v1/projects/{id}/"))), row, "a trailing slash is the same path");
        assert_eq!(ok(ada.get("/api/v1/projects"))["items"], json!([row]));

        let patched = ok(ada.patch(&format!("/api/v1/projects/{id}"), json!({"isActive": false})));
        assert_eq!(
            (&patched["isActive"], &patched["name"], &patched["description"]),
            (&json!(false), &json!("Engine"), &json!("It weaves"))
        );
        assert_ne!(patched["updatedAt"], row["updatedAt"]);
        let cleared = ok(ada.patch(&format!("/api/v1/projects/{id}"), json!({"description": null})));
        assert_eq!(cleared["description"], Value::Null, "null clears");
        let unchanged = ok(ada.patch(&format!("/api/v1/projects/{id}"), json!({})));
        assert_eq!(unchanged, cleared, "an empty patch changes nothing, updatedAt included");

        let replaced = ok(ada.put(&format!("/api/v1/projects/{id}"), json!({"name": "Machine"})));
        assert_eq!(
            (&replaced["isActive"], &replaced["dueDate"]),
            (&json!(true), &Value::Null),
            "absent fields get their default or null"
        );

        let gone = ada.delete(&format!("/api/v1/projects/{id}"));
        assert_eq!((gone.status, gone.body.len()), (204, 0));
        for answer in [
            ada.get(&format!("/api/v1/projects/{id}")),
            ada.patch(&format!("/api/v1/projects/{id}"), json!({"name": "x"})),
            ada.patch(&format!("/api/v1/projects/{id}"), json!({})),
            ada.put(&format!("/api/v1/projects/{id}"), json!({"name": "x"})),
            ada.delete(&format!("/api/v1/projects/{id}")),
        ] {
            refused(&answer, 404, "not-found", "a deleted row");
        }
    });
}

#[test]
fn merge_patch_is_accepted_and_head_works_like_get() {
    on_both(|app| {
        let ada = ada(app);
        let id = project(&ada, "Engine")["id"].as_str().expect("an id").to_owned();
        let path = format!("/api/v1/projects/{id}");
        let merge = ada.send(
            "PATCH",
            &path,
            &[("content-type", "application/merge-patch+json")],
            Some(br#"{"name":"Merged"}"#.to_vec()),
        );
        assert_eq!(ok(merge)["name"], "Merged");
        let head = ada.send("HEAD", &path, &[], None);
        assert_eq!((head.status, head.body.len()), (200, 0));
        let post = ada.send(
            "POST",
            "/api/v1/projects",
            &[("content-type", "application/merge-patch+json")],
            Some(br#"{"name":"x"}"#.to_vec()),
        );
        refused(&post, 415, "unsupported-media-type", "merge-patch on POST");
        assert_eq!(post.header("accept"), Some("application/json"));
        let json_patch =
            ada.send("PATCH", &path, &[("content-type", "application/json-patch+json")], Some(b"[]".to_vec()));
        refused(&json_patch, 415, "unsupported-media-type", "json-patch");
        assert_eq!(json_patch.header("accept-patch"), Some("application/json, application/merge-patch+json"));
    });
}

#[test]
fn bulk_is_all_or_nothing_and_keeps_the_order() {
    on_both(|app| {
        let ada = ada(app);
        let names: Vec<String> = (0..100).map(|number| format!("Project {number:03}")).collect();
        let items: Vec<Value> = names.iter().map(|name| json!({"name": name})).collect();
        let rows = created(ada.post("/api/v1/projects/bulk", &items));
        let answered: Vec<&str> =
            rows.as_array().expect("an array").iter().filter_map(|row| row["name"].as_str()).collect();
        assert_eq!(answered, names);

        let mut bad = items.clone();
        bad[3] = json!({"name": ""});
        bad[57] = json!({"name": "x", "ownerId": "auth0|eve", "nonsense": 1});
        let answer = ada.post("/api/v1/projects/bulk", &bad);
        refused(&answer, 422, "validation-error", "two bad items");
        let expected = [("/3/name", "length"), ("/57/nonsense", "unknown-field"), ("/57/ownerId", "read-only")];
        assert_eq!(field_errors(&answer), expected.map(|(place, code)| (place.to_owned(), code.to_owned())));

        let twins = json!([{"name": "a", "code": "same"}, {"name": "b", "code": "same"}]);
        let answer = ada.post("/api/v1/projects/bulk", twins);
        refused(&answer, 409, "conflict", "the same unique value twice");
        assert_eq!(field_errors(&answer), [("/1/code".to_owned(), "unique".to_owned())]);
        created(ada.post("/api/v1/projects", json!({"name": "c", "code": "taken"})));
        let late = json!([{"name": "d"}, {"name": "e", "code": "free"}, {"name": "f", "code": "taken"}]);
        let answer = ada.post("/api/v1/projects/bulk", late);
        refused(&answer, 409, "conflict", "a unique value that a row has");
        assert_eq!(field_errors(&answer), [("/2/code".to_owned(), "unique".to_owned())]);
        let one = ada
            .post("/api/v1/tasks/bulk", json!([{"projectId": "0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60", "title": "x"}]));
        refused(&one, 422, "invalid-reference", "a bulk of one");
        assert_eq!(field_errors(&one), [("/0/projectId".to_owned(), "reference".to_owned())]);
        assert_eq!(ok(ada.get("/api/v1/projects/count"))["total"], 101, "nothing of a refused bulk is written");

        for (count, what) in [(0, "none"), (101, "101"), (10_000, "10,000")] {
            let many: Vec<Value> = (0..count).map(|_| json!({"name": "x"})).collect();
            refused(&ada.post("/api/v1/projects/bulk", &many), 422, "bulk-limit", what);
        }
        let numbered = created(ada.post("/api/v1/stages", json!({"label": "first"})));
        assert_eq!(numbered["id"], 1, "the database counts");
    });
}

#[test]
fn unique_values_references_and_referred_rows() {
    on_both(|app| {
        let ada = ada(app);
        created(ada.post("/api/v1/projects", json!({"name": "a", "code": "one"})));
        let taken = ada.post("/api/v1/projects", json!({"name": "b", "code": "one"}));
        refused(&taken, 409, "conflict", "a unique value twice");
        assert_eq!(field_errors(&taken), [("/code".to_owned(), "unique".to_owned())]);

        let lost =
            ada.post("/api/v1/tasks", json!({"projectId": "0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60", "title": "x"}));
        refused(&lost, 422, "invalid-reference", "a project that does not exist");
        assert_eq!(field_errors(&lost), [("/projectId".to_owned(), "reference".to_owned())]);

        let id = project(&ada, "Engine")["id"].as_str().expect("an id").to_owned();
        created(ada.post("/api/v1/tasks", json!({"projectId": id, "title": "x"})));
        refused(&ada.delete(&format!("/api/v1/projects/{id}")), 409, "conflict", "a project with tasks");

        let root = created(ada.post("/api/v1/stages", json!({"label": "root"})))["id"].clone();
        let leaf = created(ada.post("/api/v1/stages", json!({"label": "leaf", "parentId": root})))["id"].clone();
        assert_eq!(ada.delete(&format!("/api/v1/stages/{root}")).status, 204);
        assert_eq!(ok(ada.get(&format!("/api/v1/stages/{leaf}")))["parentId"], Value::Null, "on_delete = set_null");

        for id in ["a/b c", "100%", "a+b", "%41", "ä?#&", "x%2Fy"] {
            let answer = ada.post("/api/v1/accounts", json!({"id": id, "currency": "EUR"}));
            let location = answer.header("location").expect("a location").to_owned();
            assert_eq!(ok(ada.get(&location))["id"], id, "{location}");
        }
        refused(
            &ada.post("/api/v1/accounts", json!({"id": "a/b c", "currency": "EUR"})),
            409,
            "conflict",
            "an id twice",
        );
    });
}

#[test]
fn create_only_and_read_only_fields() {
    on_both(|app| {
        let ada = ada(app);
        let answer = ada.post("/api/v1/accounts", json!({"id": "x|1", "currency": "EUR"}));
        assert_eq!(answer.header("location"), Some("/api/v1/accounts/x%7C1"));
        assert_eq!(created(answer), json!({"id": "x|1", "currency": "EUR", "balance": 0, "state": "new"}));
        let changed = ada.patch("/api/v1/accounts/x%7C1", json!({"currency": "USD", "balance": 5}));
        refused(&changed, 422, "validation-error", "create-only and read-only");
        assert_eq!(
            field_errors(&changed),
            [("/balance".to_owned(), "read-only".to_owned()), ("/currency".to_owned(), "read-only".to_owned())]
        );
        for id in ["count", "search", "bulk", "self", ""] {
            let answer = ada.post("/api/v1/accounts", json!({"id": id, "currency": "EUR"}));
            refused(&answer, 422, "validation-error", id);
        }
        assert_eq!(ok(ada.put("/api/v1/accounts/x%7C1", json!({"state": "old"})))["state"], "old");
    });
}

#[test]
fn the_self_operations_see_only_the_callers_own_rows() {
    on_both(|app| {
        let ada = ada(app);
        let eve = app.as_user(user("auth0|eve"));
        let mine = created(ada.post("/api/v1/projects/self", json!({"name": "Mine"})));
        let hers = created(eve.post("/api/v1/projects/self", json!({"name": "Hers"})));
        let (mine_id, hers_id) = (mine["id"].as_str().expect("an id"), hers["id"].as_str().expect("an id"));
        assert_eq!(column(&ok(ada.get("/api/v1/projects/self")), "name"), [json!("Mine")]);
        assert_eq!(ok(ada.get("/api/v1/projects/self"))["total"], 1);
        assert_eq!(ok(ada.get("/api/v1/projects"))["total"], 2);
        assert_eq!(ok(ada.get(&format!("/api/v1/projects/self/{mine_id}")))["name"], "Mine");
        assert_eq!(
            ok(ada.patch(&format!("/api/v1/projects/self/{mine_id}"), json!({"name": "Still mine"})))["name"],
            "Still mine"
        );
        assert_eq!(ok(ada.put(&format!("/api/v1/projects/self/{mine_id}"), json!({"name": "Mine"})))["name"], "Mine");
        let missing = "0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60";
        for id in [hers_id, missing, "not-a-uuid"] {
            let path = format!("/api/v1/projects/self/{id}");
            refused(&ada.get(&path), 404, "not-found", &path);
            refused(&ada.patch(&path, json!({"name": "Taken"})), 404, "not-found", &path);
            refused(&ada.patch(&path, json!({})), 404, "not-found", &path);
            refused(&ada.put(&path, json!({"name": "Taken"})), 404, "not-found", &path);
            refused(&ada.delete(&path), 404, "not-found", &path);
        }
        let strip = |mut answer: Value| {
            answer["instance"] = Value::Null;
            answer["requestId"] = Value::Null;
            answer
        };
        let foreign = strip(ada.get(&format!("/api/v1/projects/self/{hers_id}")).json());
        assert_eq!(
            foreign,
            strip(ada.get(&format!("/api/v1/projects/self/{missing}")).json()),
            "a foreign row answers as a missing one"
        );
        assert_eq!(ok(ada.get(&format!("/api/v1/projects/{hers_id}")))["name"], "Hers", "nothing was changed");
        assert_eq!(ada.delete(&format!("/api/v1/projects/self/{mine_id}")).status, 204);
    });
}

#[test]
fn an_owner_behind_a_relation() {
    on_both(|app| {
        let ada = ada(app);
        let eve = app.as_user(user("auth0|eve"));
        let mine = project(&ada, "Mine")["id"].clone();
        let hers = project(&eve, "Hers")["id"].clone();
        let task = created(ada.post("/api/v1/tasks/self", json!({"projectId": mine, "title": "a"})));
        created(eve.post("/api/v1/tasks/self", json!({"projectId": hers, "title": "b"})));
        assert_eq!(column(&ok(ada.get("/api/v1/tasks/self")), "title"), [json!("a")]);
        let foreign = ada.post("/api/v1/tasks/self", json!({"projectId": hers, "title": "c"}));
        let missing =
            ada.post("/api/v1/tasks/self", json!({"projectId": "0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60", "title": "c"}));
        for answer in [foreign, missing] {
            refused(&answer, 422, "invalid-reference", "a task in a project of another user, or in a missing one");
            assert_eq!(field_errors(&answer), [("/projectId".to_owned(), "reference".to_owned())]);
        }
        let path = format!("/api/v1/tasks/self/{}", task["id"].as_str().expect("an id"));
        refused(
            &ada.patch(&path, json!({"projectId": hers})),
            422,
            "invalid-reference",
            "moving a task into another user's project",
        );
        assert_eq!(ok(ada.get(&path))["projectId"], mine, "the move was rolled back");
        assert_eq!(ok(ada.get("/api/v1/tasks/count"))["total"], 2, "the foreign task was rolled back");
        refused(&eve.get(&path), 404, "not-found", "a task of another user");
    });
}
