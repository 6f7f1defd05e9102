//! Computed fields that require a permission: no answer shows them to callers without it.

use resourceful::prelude::*;
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

use crate::support::{created, ok, refused};

/// An article; its cost requires a permission.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(
    owner = seller,
    has_many(reviews: Review),
    computed(margin: i32, is_loss: Option<bool>, read = "wares:costs"),
    computed(label: String, open)
)]
pub struct Ware {
    pub id: Uuid,
    pub seller: String,
    #[resource(filter, sort)]
    pub price: i32,
    #[resource(read = "wares:costs")]
    pub cost: i32,
}

impl Ware {
    fn margin(&self) -> i32 {
        self.price - self.cost
    }

    fn is_loss(&self) -> Option<bool> {
        Some(self.cost > self.price)
    }

    fn label(&self) -> String {
        format!("{} euros", self.price)
    }
}

/// A review of it.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Review {
    pub id: Uuid,
    #[resource(belongs_to(ware: Ware, on_delete = "cascade"))]
    pub ware_id: Uuid,
}

/// The cheapest ware, from a hand-written endpoint.
#[get("/cheapest", requires("wares:read"))]
pub async fn cheapest(wares: ware::Service) -> Result<Out<Vec<Ware>>> {
    Ok(Out(wares.list(Query::new().sort("price").size(1)).await?.items))
}

fn user(permissions: &[&str]) -> CurrentUser {
    let kinds = ["read", "write", "delete", "read:self", "write:self"];
    let all = ["wares", "reviews"].iter().flat_map(|name| kinds.map(|kind| format!("{name}:{kind}")));
    CurrentUser::new("auth0|ada").with_permissions(all).with_permissions(permissions.iter().copied())
}

/// Every answer that shows the ware.
fn answers(caller: &Caller<'_>, id: &str, review: &str) -> Vec<(&'static str, Answer)> {
    let body = json!({"price": 5, "cost": 3});
    vec![
        ("create", caller.post("/api/v1/wares", &body)),
        ("self_create", caller.post("/api/v1/wares/self", &body)),
        ("bulk", caller.post("/api/v1/wares/bulk", json!([body]))),
        ("update", caller.put(&format!("/api/v1/wares/{id}"), &body)),
        ("patch", caller.patch(&format!("/api/v1/wares/{id}"), json!({"price": 6}))),
        ("self_patch", caller.patch(&format!("/api/v1/wares/self/{id}"), json!({"price": 7}))),
        ("get", caller.get(&format!("/api/v1/wares/{id}"))),
        ("self_get", caller.get(&format!("/api/v1/wares/self/{id}"))),
        ("list", caller.get("/api/v1/wares?size=1")),
        ("self_list", caller.get("/api/v1/wares/self?size=1")),
        ("search", caller.post("/api/v1/wares/search", json!({"size": 1}))),
        ("include", caller.get(&format!("/api/v1/reviews/{review}?include=ware"))),
        ("a hand-written endpoint", caller.get("/api/v1/wares/cheapest")),
    ]
}

#[test]
fn a_computed_field_is_shown_only_to_holders_of_its_permission() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| {
            app.resource_with::<Ware>(|routes| routes.service(cheapest)).resource::<Review>()
        });
        let knows = app.as_user(user(&["wares:costs"]));
        let ignorant = app.as_user(user(&[]));
        let ware = created(knows.post("/api/v1/wares", json!({"price": 5, "cost": 3})));
        assert_eq!((&ware["margin"], &ware["isLoss"], &ware["label"]), (&json!(2), &json!(false), &json!("5 euros")));
        let id = ware["id"].as_str().expect("an id");
        let review = created(knows.post("/api/v1/reviews", json!({"wareId": id})));
        let review = review["id"].as_str().expect("an id");
        for (caller, shown) in [(&knows, true), (&ignorant, false)] {
            for (way, answer) in answers(caller, id, review) {
                assert!(answer.status < 300, "{way}: {}", answer.text());
                assert!(answer.text().contains("\"label\""), "{way}: {}", answer.text());
                for name in ["margin", "isLoss", "cost"] {
                    let is_there = answer.text().contains(&format!("\"{name}\""));
                    assert_eq!(is_there, shown, "{way}, {name}: {}", answer.text());
                }
            }
        }
        for path in ["/api/v1/wares?fields=margin", &format!("/api/v1/wares/{id}?fields=id,isLoss")] {
            let answer = ignorant.get(path);
            refused(&answer, 403, "insufficient-scope", path);
            assert!(answer.header("www-authenticate").is_some_and(|text| text.contains("wares:costs")), "{path}");
            ok(knows.get(path));
        }
        let unknown = ignorant.get("/api/v1/wares?fields=nothing");
        refused(&unknown, 400, "unknown-field", "no such field");
        assert!(!unknown.text().contains("margin"), "{}", unknown.text());
        assert_eq!(ok(ignorant.get("/api/v1/wares?fields=label&size=1"))["items"][0]["id"], Value::Null);
    }
}

#[test]
fn the_openapi_document_shows_the_permission() {
    let app = TestApp::start(|app| app.resource::<Ware>().resource::<Review>());
    let document = app.anonymous().get("/openapi.json").json();
    let ware = &document["components"]["schemas"]["Ware"];
    assert_eq!(ware["properties"]["margin"]["x-permissions"], json!(["wares:costs"]));
    assert!(ware["properties"]["margin"]["description"].as_str().is_some_and(|text| text.contains("wares:costs")));
    assert_eq!(ware["properties"]["label"]["x-permissions"], Value::Null);
    let required = ware["required"].as_array().expect("a list");
    assert!(required.contains(&json!("label")) && !required.contains(&json!("margin")), "{required:?}");
}
