//! `q` as full-text search over HTTP: by words and ranked on PostgreSQL, by parts of words on SQLite.

use resourceful::prelude::*;
use resourceful::sea_orm::DbBackend;
use resourceful::serde_json::{Value, json};
use resourceful::testing::{TestApp, TestDatabase};

use crate::support::{column, created, ok};

/// Something to read.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(search = "full_text", sort = "title")]
pub struct Text {
    pub id: i32,
    #[resource(search, sort)]
    pub title: String,
    #[resource(search)]
    pub body: Option<String>,
    #[resource(read = "texts:secrets", search)]
    pub secret: Option<String>,
}

#[test]
fn words_are_found_and_ranked() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| app.resource::<Text>());
        let user = CurrentUser::new("auth0|ada").with_permissions(["texts:read", "texts:write"]);
        let (ada, writer) = (app.as_user(user.clone()), app.as_user(user.with_permissions(["texts:secrets"])));
        for (title, body, secret) in [
            ("Weaving", Some("a loom, an engine and a loom"), None),
            ("Engines", Some("the analytical engine weaves"), None),
            ("ÄRGER über Łódź", None, None),
            ("Sealed", None, Some("engine")),
            ("A", Some("engine"), None),
            ("B", Some("engine"), None),
        ] {
            created(writer.post("/api/v1/texts", json!({"title": title, "body": body, "secret": secret})));
        }
        let full_text = app.ctx().backend() == DbBackend::Postgres;
        let titles = |query: &str| column(&ok(ada.get(&format!("/api/v1/texts?{query}"))), "title");
        assert_eq!(titles("q=ärger+łódź"), ["ÄRGER über Łódź"]);
        assert_eq!(titles("q=ngine").len(), if full_text { 0 } else { 4 }, "parts of words are none");
        let ranked = titles("q=engine");
        assert_eq!(ranked.len(), 4, "what the caller may not read is not looked into: {ranked:?}");
        assert_eq!(ranked[0], if full_text { "Engines" } else { "A" }, "the title weighs more: {ranked:?}");
        assert_eq!(ok(writer.get("/api/v1/texts?q=engine"))["total"], 5);
        assert_eq!(
            titles("q=engine&sort=title"),
            ["A", "B", "Engines", "Weaving"],
            "an order that is asked for is kept"
        );
        let (mut walked, mut after) = (Vec::new(), String::new());
        loop {
            let page = ok(ada.get(&format!("/api/v1/texts?q=engine&size=1{after}")));
            assert_eq!(page["total"], 4);
            walked.extend(column(&page, "title"));
            let Some(next) = page["next"].as_str() else { break };
            after = format!("&after={next}");
        }
        assert_eq!(walked, ranked, "cursors go by rank");
        let search = ok(ada.post("/api/v1/texts/search", json!({"q": "engine", "count": "estimated"})));
        assert_eq!((column(&search, "title"), &search["next"]), (ranked, &Value::Null));
    }
}
