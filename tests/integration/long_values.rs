//! Writes of values so long that SQLite reads them back in a second statement: nobody sees a difference.

use resourceful::prelude::*;
use resourceful::serde_json::{Value, json};
use resourceful::testing::{TestApp, TestDatabase};

use crate::support::{created, ok, refused};

/// Something long with a name.
#[derive(Clone, Debug, Resource)]
#[resource(public(create, bulk_create, update, patch, get, count))]
pub struct Scroll {
    pub id: i32,
    #[resource(unique)]
    pub name: String,
    pub text: String,
    pub data: Option<Value>,
    pub created_at: DateTime<Utc>,
}

#[test]
fn long_values_are_written_like_short_ones() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        println!("on {database:?}");
        let app = TestApp::start_on(database, |app| app.resource::<Scroll>());
        let caller = app.anonymous();
        let scroll = |name: &str, length: usize| json!({"name": name, "text": "\"é".repeat(length / 2), "data": {"of": vec![0.5; length / 64]}});
        let same = |sent: &Value, answered: &Value| {
            assert!(["name", "text", "data"].iter().all(|field| sent[field] == answered[field]), "another row");
            let read = ok(caller.get(&format!("/api/v1/scrolls/{}", answered["id"])));
            assert!(read == *answered, "the row is another one");
        };
        for length in [8, 60_000, 200_000] {
            let (first, second) = (scroll(&format!("a{length}"), length), scroll(&format!("b{length}"), length));
            let row = created(caller.post("/api/v1/scrolls", first.clone()));
            same(&first, &row);
            let path = format!("/api/v1/scrolls/{}", row["id"]);
            refused(&caller.post("/api/v1/scrolls", first.clone()), 409, "conflict", "the name is taken");
            same(&second, &ok(caller.put(&path, second.clone())));
            same(&first, &ok(caller.patch(&path, first.clone())));
            refused(&caller.put("/api/v1/scrolls/0", second.clone()), 404, "not-found", "no such row");
            let bulk = json!([scroll(&format!("c{length}"), length), scroll(&format!("d{length}"), length)]);
            let rows = created(caller.post("/api/v1/scrolls/bulk", bulk.clone()));
            (0..2).for_each(|at| same(&bulk[at], &rows[at]));
            refused(&caller.post("/api/v1/scrolls/bulk", json!([scroll("e", length), first])), 409, "conflict", "half");
        }
        assert_eq!(ok(caller.get("/api/v1/scrolls/count"))["total"], 9, "what was refused is not there");
    }
}
