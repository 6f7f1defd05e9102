//! Columns of other types than those that this crate gives them: either the start says so, or the field works.

use resourceful::prelude::*;
use resourceful::schema;
use resourceful::sea_orm::ConnectionTrait;
use resourceful::serde_json::{Value, json};
use resourceful::testing::{TestApp, TestDatabase};

/// How far something has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ResourceEnum)]
pub enum Level {
    /// Not far.
    Low,
    /// Far.
    High,
}

/// One field of each type, named after it.
#[derive(Clone, Debug, Resource)]
#[resource(public(list, get, create, patch))]
pub struct Sample {
    pub id: i64,
    #[resource(filter, sort)]
    pub i16: Option<i16>,
    #[resource(filter, sort)]
    pub i32: Option<i32>,
    #[resource(filter, sort)]
    pub i64: Option<i64>,
    #[resource(filter, sort)]
    pub f32: Option<f32>,
    #[resource(filter, sort)]
    pub f64: Option<f64>,
    #[resource(filter, sort)]
    pub decimal: Option<Decimal>,
    #[resource(filter, sort, search)]
    pub text: Option<String>,
    #[resource(filter, sort)]
    pub flag: Option<bool>,
    #[resource(filter, sort)]
    pub uuid: Option<Uuid>,
    #[resource(filter, sort)]
    pub date: Option<NaiveDate>,
    #[resource(filter, sort)]
    pub time: Option<NaiveTime>,
    #[resource(filter, sort)]
    pub moment: Option<NaiveDateTime>,
    #[resource(filter, sort)]
    pub stamp: Option<DateTime<Utc>>,
    pub json: Option<Value>,
    pub bytes: Option<Vec<u8>>,
    #[resource(filter, sort)]
    pub level: Option<Level>,
}

/// Fields with a value of theirs.
fn fields() -> Vec<(&'static str, Value)> {
    vec![
        ("i16", json!(7)),
        ("i32", json!(7)),
        ("i64", json!(7)),
        ("f32", json!(1.5)),
        ("f64", json!(1.5)),
        ("decimal", json!("1.50")),
        ("text", json!("abcd")),
        ("flag", json!(true)),
        ("uuid", json!("0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60")),
        ("date", json!("2026-01-31")),
        ("time", json!("13:45:00")),
        ("moment", json!("2026-01-31T13:45:00")),
        ("stamp", json!("2026-01-31T13:45:00Z")),
        ("json", json!({"a": [1, 2.5]})),
        ("bytes", json!("AQI=")),
        ("level", json!("high")),
    ]
}

const POSTGRES: &[&str] = &[
    "smallint",
    "integer",
    "bigint",
    "real",
    "double precision",
    "numeric",
    "numeric(10,2)",
    "text",
    "varchar(40)",
    "char(4)",
    "boolean",
    "uuid",
    "date",
    "time",
    "timestamp",
    "timestamptz",
    "timestamptz(0)",
    "json",
    "jsonb",
    "bytea",
    "mood",
];

const SQLITE: &[&str] = &[
    "integer",
    "bigint",
    "int",
    "real",
    "double",
    "numeric",
    "decimal(10,2)",
    "text",
    "varchar(40)",
    "boolean",
    "blob",
    "char(36)",
    "date",
    "datetime",
    "timestamp",
    "json",
    "",
];

/// Why the field does not work; `None` if it does.
fn failure(app: &TestApp, field: &str, value: &Value) -> Option<String> {
    let client = app.anonymous();
    let posted = client.post("/api/v1/samples", json!({field: value}));
    if posted.status != 201 {
        return Some(format!("POST {}", posted.status));
    }
    if !is_same(&posted.json()[field], value) {
        return Some(format!("POST returns {}", posted.json()[field]));
    }
    let path = format!("/api/v1/samples/{}", posted.json()["id"]);
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let is_compared = !["json", "bytes"].contains(&field);
    let list = match is_compared {
        true => format!("/api/v1/samples?sort={field}&{field}={text}"),
        false => "/api/v1/samples".to_owned(),
    };
    for (path, is_list) in [(path, false), (list, true)] {
        let found = client.get(&path);
        if found.status != 200 {
            return Some(format!("GET {path}: {}", found.status));
        }
        let body = found.json();
        let row = if is_list { &body["items"][0] } else { &body };
        if !is_same(&row[field], value) {
            return Some(format!("GET {path} returns {}", row[field]));
        }
    }
    None
}

/// Zeros at the end of a decimal do not remain in a column for numbers.
fn is_same(one: &Value, other: &Value) -> bool {
    let trimmed = |value: &Value| value.as_str().map(|text| text.trim_end_matches('0').to_owned());
    one == other || (trimmed(one) == trimmed(other) && one.is_string())
}

fn on(database: TestDatabase, types: &[&str]) {
    let app = TestApp::start_on(database, |app| app.resource::<Sample>());
    let run = |sql: &str| app.block_on(app.ctx().db().execute_unprepared(sql)).expect(sql);
    if database == TestDatabase::Postgres {
        run("CREATE TYPE mood AS ENUM ('low', 'high', 'abcd')");
    }
    let mut wrong = Vec::new();
    for (field, value) in fields() {
        for ty in types {
            // In a column of whole numbers a decimal is one.
            let is_whole = field == "decimal" && ty.contains("int");
            let value = if is_whole { json!("7") } else { value.clone() };
            run("DELETE FROM samples");
            run(&format!("ALTER TABLE samples DROP COLUMN \"{field}\""));
            run(&format!("ALTER TABLE samples ADD COLUMN \"{field}\" {ty}"));
            let problems = app.block_on(schema::check_tables(app.ctx().db(), &[Sample::spec()])).expect("a check");
            let failure = failure(&app, field, &value);
            match (problems.as_slice(), failure) {
                ([], None) => {}
                ([], Some(failure)) => wrong.push(format!("{field} in {ty} is no problem at the start, and {failure}")),
                (problems, None) => wrong.push(format!("{field} in {ty} works, and the start says {problems:?}")),
                (problems, Some(_)) => {
                    let (column, own) = (format!("`samples.{field}`"), ty.split('(').next().unwrap_or_default());
                    let says = |part: &str| problems[0].contains(part);
                    assert!(says(&column) && says(own) && says("its field needs"), "{problems:?}");
                }
            }
        }
        run(&format!("ALTER TABLE samples DROP COLUMN \"{field}\""));
        let own = schema::wanted(app.ctx().backend(), &[Sample::spec()]);
        let column = own.table("samples").and_then(|table| table.column(field)).expect("a column");
        run(&format!(
            "ALTER TABLE samples ADD COLUMN \"{field}\" {}",
            column.type_text().replace("\"resourceful_decimal\"", "resourceful_decimal")
        ));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn columns_of_other_types_on_sqlite() {
    on(TestDatabase::Sqlite, SQLITE);
}

#[test]
fn columns_of_other_types_on_postgres() {
    on(TestDatabase::Postgres, POSTGRES);
}

/// A view is as good as a table for what only reads.
#[derive(Clone, Debug, Resource)]
#[resource(table = "long_samples", operations(only(list, get, count)), public(list, get, count))]
pub struct LongSample {
    pub id: i64,
    #[resource(filter, sort)]
    pub text: Option<String>,
}

#[test]
fn a_view_can_be_read() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| app.resource::<Sample>());
        let view = "CREATE VIEW long_samples AS SELECT id, text FROM samples WHERE length(text) > 2";
        app.block_on(app.ctx().db().execute_unprepared(view)).expect("a view");
        if database == TestDatabase::Sqlite {
            // A view whose table is gone is nobody's business.
            for sql in ["CREATE TABLE gone (x)", "CREATE VIEW broken AS SELECT x FROM gone", "DROP TABLE gone"] {
                app.block_on(app.ctx().db().execute_unprepared(sql)).expect(sql);
            }
        }
        for text in ["ab", "abc", "abcd"] {
            assert_eq!(app.anonymous().post("/api/v1/samples", json!({"text": text})).status, 201);
        }
        let other = app.another(|app| app.resource::<Sample>().resource::<LongSample>());
        let found = other.anonymous().get("/api/v1/long-samples?sort=text").json();
        assert_eq!((found["items"][0]["text"].as_str(), found["total"].as_i64()), (Some("abc"), Some(2)), "{found}");
    }
}
