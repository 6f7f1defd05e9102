//! What is kept, and until when.

use resourceful::prelude::*;
use resourceful::serde_json::json;
use resourceful::testing::TestApp;

use crate::resources;

#[test]
fn features_and_the_summary_are_kept_until_something_changes() {
    let app = TestApp::start(resources);
    let permissions = ["features:write", "projects:write", "projects:delete", "tasks:write", "dashboard:read"];
    let ada = app.as_user(CurrentUser::new("auth0|ada").with_permissions(permissions));
    // A request that needs no statement of the database was answered from the cache.
    let kept = |path: &str| {
        let before = app.ctx().statements();
        let answer = ada.get(path);
        assert_eq!(answer.status, 200, "{}", answer.text());
        (answer.json(), app.ctx().statements() == before)
    };
    let feature = ada.post("/api/v1/features", json!({"key": "beta"})).json();
    let path = format!("/api/v1/features/{}", feature["id"]);
    assert!(!kept(&path).1 && kept(&path).1 && !kept("/api/v1/features").1 && kept("/api/v1/features").1);
    let public = app.anonymous().get(&path);
    assert_eq!(public.header("cache-control"), Some("public, max-age=5"));
    assert_eq!(ada.patch(&path, json!({"isEnabled": true})).status, 200);
    assert_eq!(kept(&path).0["isEnabled"], true);

    let summary = "/api/v1/dashboard/summary";
    assert_eq!(kept(summary).0, json!({"projects": 0, "activeProjects": 0, "openTasks": 0}));
    assert!(kept(summary).1);
    let project = ada.post("/api/v1/projects", json!({"name": "House"})).json();
    ada.post("/api/v1/tasks", json!({"projectId": project["id"], "title": "Roof"}));
    assert_eq!(kept(summary).0, json!({"projects": 1, "activeProjects": 1, "openTasks": 1}));
    let id = project["id"].as_str().expect("an id");
    assert_eq!(ada.delete(&format!("/api/v1/projects/{id}")).status, 204, "and its tasks with it");
    assert_eq!(kept(summary).0, json!({"projects": 0, "activeProjects": 0, "openTasks": 0}));
    assert!(kept(summary).1);
}
