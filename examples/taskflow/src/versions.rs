//! Two people change the same feature.

use resourceful::prelude::*;
use resourceful::serde_json::{Value, json};
use resourceful::testing::TestApp;

use crate::resources;

#[test]
fn who_changes_an_old_version_of_a_feature_is_told_so() {
    let app = TestApp::start(resources);
    let caller = app.as_user(CurrentUser::new("auth0|ada").with_permissions(["features:write"]));
    let feature = caller.post("/api/v1/features", json!({"key": "beta"}));
    let path = format!("/api/v1/features/{}", feature.json()["id"]);
    let seen = app.anonymous().get(&path);
    let tag = seen.header("etag").expect("a tag").to_owned();
    let headers = [("If-Match", tag.as_str()), ("Content-Type", "application/json")];
    let change = |body: Value| caller.send("PATCH", &path, &headers, Some(body.to_string().into_bytes()));
    let first = change(json!({"rollout": 50}));
    assert_eq!((first.status, &first.json()["version"]), (200, &json!(2)), "{}", first.text());
    let second = change(json!({"isEnabled": true}));
    assert_eq!((second.status, second.problem().as_deref()), (412, Some("precondition-failed")), "{}", second.text());
    let now = app.anonymous().get(&path).json();
    assert_eq!((&now["rollout"], &now["isEnabled"]), (&json!(50), &json!(false)), "{now}");
}
