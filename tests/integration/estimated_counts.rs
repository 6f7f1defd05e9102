//! Estimated counts (`count=estimated`): the planner's statistics are about all rows, so they are not used for callers who
//! see only some rows.

use resourceful::prelude::*;
use resourceful::sea_orm::{ColumnTrait, ConnectionTrait, DbBackend};
use resourceful::serde_json::{Value, json};
use resourceful::testing::{TestApp, TestDatabase};

use crate::support::{created, ok};

/// Seen by its author, and by auditors.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy, owner = author, has_many(lines: Line))]
pub struct Leaflet {
    pub id: i32,
    #[resource(filter, search)]
    pub title: String,
    #[resource(filter)]
    pub author: String,
}

impl Policy for Leaflet {
    fn rows(user: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        let Some(user) = user else { return Rows::none() };
        if user.has_role("auditor") {
            return Rows::all();
        }
        Rows::when("author", leaflet::Column::Author.eq(&user.id))
    }
}

/// Belongs to a leaflet, and is visible to all callers.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Line {
    pub id: i32,
    #[resource(filter)]
    pub text: String,
    #[resource(belongs_to(leaflet: Leaflet, on_delete = "cascade"))]
    pub leaflet_id: Option<i32>,
}

/// Seen by its author alone, by way of `/self`.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = author)]
pub struct Draft {
    pub id: i32,
    #[resource(filter)]
    pub title: String,
    pub author: String,
}

fn user(id: &str) -> CurrentUser {
    let names = ["leaflets", "lines", "drafts"];
    let kinds = ["read", "write", "read:self", "write:self"];
    CurrentUser::new(id).with_permissions(names.iter().flat_map(|name| kinds.map(|kind| format!("{name}:{kind}"))))
}

/// How many rows other users have.
const OTHERS: u64 = 60_000;

fn fill(app: &TestApp) {
    let numbers = match app.ctx().backend() {
        DbBackend::Postgres => format!("SELECT n FROM generate_series(101, {OTHERS} + 100) n"),
        _ => format!(
            "WITH RECURSIVE c(n) AS (SELECT 101 UNION ALL SELECT n + 1 FROM c WHERE n < {OTHERS} + 100) SELECT n FROM c"
        ),
    };
    app.block_on(async {
        let db = app.ctx().db();
        for insert in [
            "leaflets (id, title, author) SELECT n, 'theirs', 'auth0|bob'",
            "lines (id, text, leaflet_id) SELECT n, 'theirs', n",
            "drafts (id, title, author) SELECT n, 'theirs', 'auth0|bob'",
        ] {
            db.execute_unprepared(&format!("INSERT INTO {insert} FROM ({numbers}) AS numbers")).await.expect("rows");
        }
        db.execute_unprepared("ANALYZE").await.expect("statistics");
    });
}

#[test]
fn estimates_reveal_nothing_about_hidden_rows() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| app.resource::<Leaflet>().resource::<Line>().resource::<Draft>());
        let ada = app.as_user(user("auth0|ada"));
        for title in ["a", "b"] {
            let leaflet = created(ada.post("/api/v1/leaflets/self", json!({"title": title})));
            created(ada.post("/api/v1/lines", json!({"text": title, "leafletId": leaflet["id"]})));
            created(ada.post("/api/v1/drafts/self", json!({"title": title})));
        }
        fill(&app);
        let total = |path: &str, count: &str| {
            let sign = if path.contains('?') { '&' } else { '?' };
            ok(ada.get(&format!("/api/v1/{path}{sign}size=1&count={count}")))["total"].clone()
        };
        for (path, expected) in [
            ("leaflets", 2),
            ("leaflets/self", 2),
            ("leaflets?title[ne]=x", 2),
            ("leaflets?author[ne]=auth0%7Ccarol", 2),
            ("leaflets?title=theirs", 0),
            ("drafts/self", 2),
            ("drafts/self?title[ne]=x", 2),
            ("lines?leaflet.title[ne]=x", OTHERS + 2),
            ("lines?leaflet.title[ne]=a&text[ne]=theirs", 1),
            ("lines?leaflet.title=b", 1),
            ("leaflets?lines.text[ne]=x", 2),
        ] {
            assert_eq!(total(path, "estimated"), json!(expected), "{path} on {database:?}");
            assert_eq!(total(path, "exact"), json!(expected), "{path} on {database:?}");
        }
        let searched = |body: Value| ok(ada.post("/api/v1/leaflets/search", body))["total"].clone();
        assert_eq!(searched(json!({"size": 1, "count": "estimated"})), 2);
        assert_eq!(searched(json!({"size": 1, "count": "estimated", "filter": {"not": {"title": "x"}}})), 2);
        // A caller who sees all rows gets an estimate, close to the exact number and never below what was counted.
        let auditor = app.as_user(CurrentUser { roles: vec!["auditor".into()], ..user("auth0|eve") });
        let all = ok(auditor.get("/api/v1/leaflets?size=1&count=estimated"))["total"].as_u64().unwrap_or_default();
        assert!((50_000..=70_000).contains(&all), "{all}");
        let few = ok(auditor.get("/api/v1/leaflets?size=1&count=estimated&author=auth0%7Cada"))["total"].clone();
        assert_eq!(few, 2, "few rows are counted exactly");
    }
}
