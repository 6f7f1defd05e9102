//! Columns that an answer does not show are not read from the database.

use resourceful::prelude::*;
use resourceful::sea_orm::ConnectionTrait;
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Caller, TestApp, TestDatabase};

use crate::support::{created, ok};

/// Some of its columns are hidden from some callers.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(sort = "label", has_many(chapters: Chapter), many_to_many(tags: Tag, through = Tagging))]
pub struct Tome {
    pub id: i32,
    #[resource(filter, sort, search)]
    pub label: String,
    #[resource(filter, sort)]
    pub body: Option<String>,
    #[resource(belongs_to(before: Tome))]
    pub before_id: Option<i32>,
    #[resource(hidden)]
    pub secret: Option<String>,
    #[resource(write_only)]
    pub pin: Option<String>,
    #[resource(read = "tomes:notes")]
    pub notes: Option<String>,
}

/// Part of a tome.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(sort = "title")]
pub struct Chapter {
    pub id: i32,
    #[resource(belongs_to(tome: Tome), filter)]
    pub tome_id: i32,
    #[resource(filter, sort)]
    pub title: String,
    #[resource(hidden)]
    pub secret: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Tag {
    pub id: i32,
    #[resource(filter)]
    pub name: String,
    #[resource(write_only)]
    pub secret: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Tagging {
    pub id: i32,
    #[resource(belongs_to(tome: Tome))]
    pub tome_id: i32,
    #[resource(belongs_to(tag: Tag))]
    pub tag_id: i32,
}

/// Has a field that is computed from the whole row.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(computed(has_secret: bool))]
pub struct Scroll {
    pub id: i32,
    pub label: String,
    #[resource(hidden)]
    pub secret: Option<String>,
}

impl Scroll {
    fn has_secret(&self) -> bool {
        self.secret.is_some()
    }
}

fn ada(app: &TestApp) -> Caller<'_> {
    let kinds = |name: &str| ["read", "write", "delete"].map(|kind| format!("{name}:{kind}"));
    let all = ["tomes", "chapters", "tags", "taggings", "scrolls"].map(kinds).concat();
    app.as_user(CurrentUser::new("auth0|ada").with_permissions(all))
}

/// An application with rows of everything.
fn filled(database: TestDatabase) -> TestApp {
    let app = TestApp::start_on(database, |app| {
        app.resource::<Tome>().resource::<Chapter>().resource::<Tag>().resource::<Tagging>().resource::<Scroll>()
    });
    let ada = ada(&app);
    let tomes: Vec<Value> = (0..12)
        .map(|at| json!({"label": format!("t{at:02}"), "body": format!("b{}", at % 3), "beforeId": if at > 0 { json!(1) } else { Value::Null }}))
        .collect();
    created(ada.post("/api/v1/tomes", &tomes[0]));
    created(ada.post("/api/v1/tomes/bulk", &tomes[1..]));
    created(ada.post("/api/v1/chapters/bulk", json!([{"tomeId": 1, "title": "one"}, {"tomeId": 1, "title": "two"}])));
    created(ada.post("/api/v1/tags", json!({"name": "red"})));
    created(ada.post("/api/v1/taggings", json!({"tomeId": 1, "tagId": 1})));
    created(ada.post("/api/v1/scrolls", json!({"label": "s"})));
    app
}

/// Makes reading any of these columns fail: the table becomes a view of its rows.
fn mine(app: &TestApp, table: &str, columns: &[&str], mined: &[&str]) {
    let db = app.ctx().db();
    let trap = match db.get_database_backend() {
        resourceful::sea_orm::DbBackend::Postgres => "(1 / (id - id))::text",
        _ => "CAST(abs(-9223372036854775807 - 1 + id - id) AS text)",
    };
    let column = |name: &&str| if mined.contains(name) { format!("{trap} AS {name}") } else { (*name).to_owned() };
    let columns = columns.iter().map(column).collect::<Vec<_>>().join(", ");
    for sql in [
        format!("ALTER TABLE {table} RENAME TO {table}_rows"),
        format!("CREATE VIEW {table} AS SELECT {columns} FROM {table}_rows"),
    ] {
        app.block_on(db.execute_unprepared(&sql)).expect("a view");
    }
}

const TOME: &[&str] = &["id", "label", "body", "before_id", "secret", "pin", "notes"];

/// Every way to read rows.
const READS: &[&str] = &[
    "/tomes",
    "/tomes?sort=-label&count=none",
    "/tomes?sort=body,-label&size=2&page=2",
    "/tomes/count",
    "/tomes?q=t0",
    "/tomes/1",
    "/tomes?include=chapters,tags,before",
    "/tomes?include=chapters.tome,before.before,before.tags&fields=label",
    "/tomes/1?include=chapters.tome",
    "/tomes?before.label=t00&tags.name=red",
    "/chapters?include=tome.tags,tome.before",
    "/tags",
    "/chapters?tome.label=t00&fields=title",
    "/tomes?fields=id&size=1&page=9",
];

#[test]
fn columns_hidden_from_the_caller_are_not_read() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = filled(database);
        let ada = ada(&app);
        let read = |path: &&str| ok(ada.get(&format!("/api/v1{path}")));
        let before: Vec<Value> = READS.iter().map(read).collect();
        mine(&app, "tomes", TOME, &["secret", "pin", "notes"]);
        mine(&app, "chapters", &["id", "tome_id", "title", "secret"], &["secret"]);
        mine(&app, "tags", &["id", "name", "secret"], &["secret"]);
        let after: Vec<Value> = READS.iter().map(read).collect();
        for (path, (before, after)) in READS.iter().zip(before.into_iter().zip(after)) {
            // Cursors contain the same values and are equal too.
            assert_eq!(after, before, "{path}");
        }
        let mut seen = 0;
        let mut next = ok(ada.get("/api/v1/tomes?sort=-body,label&size=5&include=before"));
        loop {
            seen += next["items"].as_array().map_or(0, Vec::len);
            let Some(cursor) = next["next"].as_str() else { break };
            next = ok(ada.post(
                "/api/v1/tomes/search",
                json!({"sort": ["-body", "label"], "after": cursor, "size": 5, "include": ["before"]}),
            ));
        }
        assert_eq!(seen, 12, "pages behind a cursor");
        // The trap works: another caller sees one of these columns.
        let eve = CurrentUser::new("auth0|eve").with_permissions(["tomes:read", "tomes:notes"]);
        let eve = app.as_user(eve);
        assert_eq!(eve.get("/api/v1/tomes/1").status, 500);
        assert_eq!(eve.get("/api/v1/tomes/1?fields=label").status, 200);
    }
}

#[test]
fn only_the_selected_fields_are_read() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = filled(database);
        let ada = ada(&app);
        mine(&app, "tomes", TOME, &["body"]);
        for path in [
            "/tomes?fields=id",
            "/tomes?fields=label&sort=-label&size=3",
            "/tomes/1?fields=label",
            "/tomes?fields=label&include=chapters,tags",
            "/tomes?fields=id&page=2&size=3&q=t0",
            "/tomes/1?fields=id&include=chapters",
            "/tomes/count?label=t01",
        ] {
            ok(ada.get(&format!("/api/v1{path}")));
        }
        assert_eq!(ok(ada.get("/api/v1/tomes?fields=label&include=before&size=1"))["items"][0]["before"], Value::Null);
        let first = ok(ada.get("/api/v1/tomes?fields=id&sort=-label&size=3"));
        let cursor = first["next"].as_str().expect("another page");
        let second = ok(ada.get(&format!("/api/v1/tomes?fields=id&sort=-label&size=2&after={cursor}")));
        assert_eq!(second["items"], json!([{"id": 9}, {"id": 8}]), "the keys of the order are read all the same");
        for path in
            ["/tomes", "/tomes?fields=body", "/tomes?fields=id&sort=body", "/tomes/1", "/tomes?fields=id&body=x"]
        {
            assert_eq!(ada.get(&format!("/api/v1{path}")).status, 500, "{path} needs the column");
        }
    }
}

#[test]
fn computed_fields_get_the_whole_row() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = filled(database);
        let ada = ada(&app);
        assert_eq!(ok(ada.get("/api/v1/scrolls"))["items"], json!([{"id": 1, "label": "s", "hasSecret": false}]));
        assert_eq!(ok(ada.get("/api/v1/scrolls/1?fields=hasSecret")), json!({"hasSecret": false}));
        mine(&app, "scrolls", &["id", "label", "secret"], &["secret"]);
        assert_eq!(ok(ada.get("/api/v1/scrolls/1?fields=label")), json!({"label": "s"}));
        assert_eq!(ada.get("/api/v1/scrolls/1").status, 500);
    }
}
