//! `q` as full-text search over HTTP: whole words and rank on PostgreSQL, substrings on SQLite.

use std::time::{Duration, Instant};

use resourceful::prelude::*;
use resourceful::sea_orm::{ConnectionTrait, DbBackend, Statement};
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
        assert_eq!(walked, ranked, "cursors follow the rank");
        let search = ok(ada.post("/api/v1/texts/search", json!({"q": "engine", "count": "estimated"})));
        assert_eq!((column(&search, "title"), &search["next"]), (ranked, &Value::Null));
    }
}

/// A word that every row has: the ranks use the stored documents, so the answer is fast enough.
#[test]
fn a_word_of_all_rows_is_ranked_within_the_statement_timeout() {
    let app = TestApp::start_on(TestDatabase::Postgres, |app| app.resource::<Text>());
    for first in (0..20_000).step_by(2_500) {
        let sql = format!(
            "INSERT INTO texts (title, body) SELECT 'engine ' || i, repeat('a loom and an engine of many parts ', 20) || \
             md5(i::text) FROM generate_series({first} + 1, {first} + 2500) i"
        );
        app.block_on(app.ctx().db().execute_unprepared(&sql)).expect("rows");
    }
    app.block_on(app.ctx().db().execute_unprepared("ANALYZE texts")).expect("statistics");
    let user = CurrentUser::new("auth0|ada").with_permissions(["texts:read", "texts:secrets"]);
    let reader = app.as_user(user);
    let (mut best, mut page) = (Duration::MAX, Value::Null);
    for _ in 0..4 {
        let begun = Instant::now();
        page = ok(reader.get("/api/v1/texts?q=engine"));
        best = best.min(begun.elapsed());
    }
    println!("{best:?}");
    assert_eq!(page["total"], 20_000);
    assert!(
        page["items"][0].get("title").is_some() && page["items"][0].as_object().expect("a row").len() == 4,
        "{page}"
    );
    // Computed again for each row, the documents would take more than the five seconds that a statement may take.
    assert!(best < Duration::from_secs(2), "{best:?}");
    let deep = ok(reader.get("/api/v1/texts?q=engine&page=1000&size=20"));
    assert_eq!(deep["items"].as_array().map(Vec::len), Some(20));
}

/// Tables that were created before documents were stored still work.
#[test]
fn tables_without_a_document_column_are_searched_too() {
    let app = TestApp::start_on(TestDatabase::Postgres, |app| app.resource::<Text>());
    let sql = "SELECT attname::text FROM pg_attribute WHERE attrelid = 'texts'::regclass AND attgenerated = 's'";
    let column = app.block_on(app.ctx().db().query_one_raw(Statement::from_string(DbBackend::Postgres, sql)));
    let column: String = column.expect("an answer").expect("a column").try_get_by_index(0).expect("its name");
    app.block_on(app.ctx().db().execute_unprepared(&format!("ALTER TABLE texts DROP COLUMN {column}"))).expect("gone");
    let user = CurrentUser::new("auth0|ada").with_permissions(["texts:read", "texts:write", "texts:secrets"]);
    let reader = app.as_user(user);
    for title in ["an engine", "a loom", "Engine"] {
        created(reader.post("/api/v1/texts", json!({"title": title})));
    }
    assert_eq!(column_of(&ok(reader.get("/api/v1/texts?q=engine"))), ["Engine", "an engine"]);
    assert_eq!(ok(reader.get("/api/v1/texts/count?q=engine"))["total"], 2);
}

fn column_of(page: &Value) -> Vec<Value> {
    column(page, "title")
}
