//! Which requests share a kept answer, and which never do.

use resourceful::prelude::*;
use resourceful::serde_json::json;
use resourceful::testing::{Caller, TestApp, TestDatabase};

use super::{keeping, user};
use crate::support::{created, ok};

/// How many statements a request needs.
fn statements(app: &TestApp, caller: &Caller<'_>, path: &str) -> u64 {
    let before = app.ctx().statements();
    let answer = caller.get(&format!("/api/v1/{path}"));
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    app.ctx().statements() - before
}

#[test]
fn requests_that_mean_the_same_share_an_answer() {
    let app = keeping(TestDatabase::Sqlite);
    let ada = app.as_user(user("ada", "one", &[]));
    let plan = created(ada.post("/api/v1/cached-plans", json!({"name": "a", "settings": {"b": 1}})));
    let id = plan["id"].as_str().expect("an id").to_owned();
    // Of each row only the first request needs the database.
    let same: &[&[&str]] = &[
        &[
            "cached-plans",
            "cached-plans?page=1",
            "cached-plans?size=3&page=1",
            "cached-plans?count=exact&sort=name",
            "cached-plans?&page=1&",
            "cached-plans/",
        ],
        &[
            "cached-plans?name=a&owner.name[isNull]=true",
            "cached-plans?owner.name[isNull]=true&name[eq]=a",
            "cached-plans?name[in]=a,a&owner.name[isNull]=true",
        ],
        &["cached-plans?include=steps,owner", "cached-plans?include=owner,steps"],
        &["cached-plans?fields=id,name", "cached-plans?fields=name,id"],
        &["cached-plans?q=A", "cached-plans?q=a", "cached-plans?q=a%20A"],
        &["cached-plans/count", "cached-plans/count?"],
        &["cached-plans/{id}", "cached-plans/{id}?", "cached-plans/{id}/"],
        &["cached-plans/self/{id}", "cached-plans/self/{id}"],
    ];
    for group in same {
        for (place, path) in group.iter().enumerate() {
            let needed = statements(&app, &ada, &path.replace("{id}", &id));
            assert_eq!(needed > 0, place == 0, "{path}: {needed} statements");
        }
    }
    // Each of these is another answer.
    for path in [
        "cached-plans?size=2",
        "cached-plans?page=2",
        "cached-plans?count=none",
        "cached-plans?sort=-name",
        "cached-plans?name=A",
        "cached-plans?q=b",
        "cached-plans?include=owner",
        "cached-plans/{id}?fields=name",
        "cached-plans/{id}?include=owner",
        "cached-plans/count?name=a",
        "cached-plans/self",
    ] {
        assert!(statements(&app, &ada, &path.replace("{id}", &id)) > 0, "{path}");
    }
}

#[test]
fn what_a_caller_may_see_is_part_of_the_key() {
    let app = keeping(TestDatabase::Sqlite);
    let [ada, bob] = ["ada", "bob"].map(|id| app.as_user(user(id, "one", &[])));
    let rich = app.as_user(user("ada", "one", &["plans:budget"]));
    let plan = created(ada.post("/api/v1/cached-plans", json!({"name": "a", "secret": "s"})));
    let path = format!("cached-plans/{}", plan["id"].as_str().expect("an id"));
    assert!(statements(&app, &ada, &path) > 0);
    assert_eq!(statements(&app, &bob, &path), 0, "the same rights, the same answer");
    assert!(statements(&app, &rich, &path) > 0, "another set of fields");
    assert_eq!(ok(rich.get(&format!("/api/v1/{path}")))["secret"], "s");
    assert!(ok(bob.get(&format!("/api/v1/{path}"))).get("secret").is_none());
    // Own rows
    let own = format!("/api/v1/cached-plans/self/{}", plan["id"].as_str().expect("an id"));
    assert_eq!((ada.get(&own).status, bob.get(&own).status, ada.get(&own).status), (200, 404, 200));
    // A policy by value: tenants share among themselves.
    let topic = created(ada.post("/api/v1/cached-topics", json!({"name": "t", "tenant": "one"})));
    let path = format!("cached-topics/{}", topic["id"].as_str().expect("an id"));
    assert!(statements(&app, &ada, &path) > 0);
    assert_eq!(statements(&app, &bob, &path), 0, "the same tenant");
    let stranger = app.as_user(user("eve", "two", &[]));
    assert_eq!(stranger.get(&format!("/api/v1/{path}")).status, 404);
    // Authentication and permissions come before every answer.
    let reader = app.as_user(CurrentUser::new("ada").with_permissions(["cached_plans:read:self"]));
    assert_eq!(reader.get(&format!("/api/v1/{path}")).status, 403);
    assert_eq!(app.anonymous().get(&format!("/api/v1/{path}")).status, 401);
    assert_eq!(
        app.with_token(app.issuer().expired_token(&user("ada", "one", &[]))).get(&format!("/api/v1/{path}")).status,
        401
    );
}

/// Two resources of one table, which show different rows and fields of it.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(table = "keyed_plans", path = "keyed-plans", has_many(opens: OpenNote), has_many(closeds: ClosedNote))]
#[resource(cache(ttl = "10m"))]
pub struct KeyedPlan {
    pub id: Uuid,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(table = "keyed_notes", path = "open-notes")]
pub struct OpenNote {
    pub id: Uuid,
    #[resource(belongs_to(plan: KeyedPlan))]
    pub plan_id: Uuid,
}

#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(table = "keyed_notes", path = "closed-notes", policy)]
pub struct ClosedNote {
    pub id: Uuid,
    #[resource(belongs_to(plan: KeyedPlan))]
    pub plan_id: Uuid,
    #[resource(read = "notes:secret")]
    pub secret: Option<String>,
}

impl Policy for ClosedNote {
    fn rows(user: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        if user.is_some_and(|user| user.has_permission("notes:all")) { Rows::all() } else { Rows::none() }
    }
}

#[test]
fn two_resources_of_one_table_are_two_parts_of_the_key() {
    let app = TestApp::start_on(TestDatabase::Sqlite, |app| app.resource::<KeyedPlan>().resource::<ClosedNote>());
    let user = |id: &str, more: &[&str]| {
        let names = ["keyed_plans", "keyed_notes"];
        let all = names.iter().flat_map(|name| ["read", "write"].map(|verb| format!("{name}:{verb}")));
        CurrentUser::new(id).with_permissions(all).with_permissions(more.iter().copied())
    };
    let boss = app.as_user(user("boss", &["notes:all", "notes:secret"]));
    let eve = app.as_user(user("eve", &[]));
    let plan = created(boss.post("/api/v1/keyed-plans", json!({"name": "a"})));
    let id = plan["id"].as_str().expect("an id");
    created(boss.post("/api/v1/closed-notes", json!({"planId": id, "secret": "of the boss"})));
    for include in ["opens,closeds", "closeds,opens"] {
        let path = format!("/api/v1/keyed-plans/{id}?include={include}");
        assert_eq!(ok(boss.get(&path))["closeds"]["items"][0]["secret"], "of the boss");
        assert_eq!(ok(eve.get(&path))["closeds"]["items"], json!([]), "{include}");
    }
}

#[test]
fn what_is_not_kept() {
    let app = keeping(TestDatabase::Sqlite);
    let ada = app.as_user(user("ada", "one", &[]));
    let before = app.ctx().statements();
    for _ in 0..2 {
        assert_eq!(ada.post("/api/v1/cached-plans/search", json!({})).status, 200);
    }
    assert!(app.ctx().statements() >= before + 2, "searches");
    // A missing row
    let path = format!("/api/v1/cached-plans/{}", Uuid::now_v7());
    let before = app.ctx().statements();
    assert_eq!((ada.get(&path).status, ada.get(&path).status), (404, 404));
    assert!(app.ctx().statements() >= before + 2, "errors");
    // A large answer
    let large = "x".repeat(70_000);
    created(ada.post("/api/v1/cached-plans", json!({"name": "a", "settings": {"text": large}})));
    for _ in 0..2 {
        assert!(statements(&app, &ada, "cached-plans?count=none") > 0, "a large answer");
    }
}
