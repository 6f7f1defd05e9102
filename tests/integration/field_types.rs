//! The table of field types in the reference: what it says of each type is true on both databases, in JSON and in the
//! OpenAPI document, and no type is missing.

use resourceful::prelude::*;
use resourceful::sea_orm::DbBackend;
use resourceful::serde_json::{Map, Value, json};
use resourceful::testing::{TestApp, TestDatabase};
use resourceful::{JsonShape, schema, serde};

use crate::support::{created, ok};

const REFERENCE: &str = include_str!("../../crates/resourceful/src/docs/attributes.md");
const IMPLEMENTATIONS: &str = include_str!("../../crates/resourceful/src/resource/field_types.rs");

/// A value of each type, in the order of the table.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Sample {
    pub id: i32,
    pub small: i16,
    pub medium: i32,
    pub large: i64,
    pub single: f32,
    pub double: f64,
    pub exact: Decimal,
    pub text: String,
    pub flag: bool,
    pub key: Uuid,
    pub day: NaiveDate,
    pub time: NaiveTime,
    pub local: NaiveDateTime,
    pub moment: DateTime<Utc>,
    pub bytes: Vec<u8>,
    pub free: Value,
    pub typed: Json<Settings>,
    pub status: Progress,
    pub optional: Option<i64>,
}

/// JSON with a type.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(crate = "resourceful::serde")]
pub struct Settings {
    theme: String,
}

impl JsonShape for Settings {
    fn shape() -> Value {
        json!({"type": "object", "properties": {"theme": {"type": "string"}}, "required": ["theme"]})
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ResourceEnum)]
pub enum Progress {
    Open,
    Done,
}

/// A row of the table.
struct Row {
    rust: String,
    sqlite: String,
    postgres: String,
    json: Value,
    openapi: String,
}

/// The rows, without the backticks of code.
fn rows() -> Vec<Row> {
    let (_, section) = REFERENCE.split_once("# Field types").expect("the section");
    let lines = section.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let rows = lines.take_while(|line| line.starts_with('|')).map(|line| {
        let cells: Vec<String> = line.split('|').map(|cell| cell.trim().replace('`', "")).collect();
        let [_, rust, sqlite, postgres, json, openapi, _] = cells.try_into().expect("five cells");
        let json = resourceful::serde_json::from_str(&json).expect("JSON");
        Row { rust, sqlite, postgres, json, openapi }
    });
    rows.collect()
}

#[test]
fn no_field_type_is_missing_from_the_table() {
    let named: Vec<String> = rows().into_iter().map(|row| row.rust).collect();
    let (_, scalars) = IMPLEMENTATIONS.split_once("\nscalar! {\n").expect("the list of types");
    let scalars = scalars
        .lines()
        .take_while(|line| *line != "}")
        .map(|line| line.trim().split_once(", Kind::").expect("a type and its kind").0.to_owned());
    let scalars: Vec<String> = scalars.collect();
    assert!(scalars.len() > 10, "{scalars:?}");
    for ty in scalars.iter().map(String::as_str).chain(["DateTime<Utc>", "Json<T>", "an enum", "Option<i64>"]) {
        assert!(named.iter().any(|row| row == ty), "the table of field types does not have `{ty}`");
    }
    assert_eq!(named.len(), sample::SPEC.fields.len() - 1, "this test does not have a field for each row");
}

#[test]
fn the_columns_are_those_of_the_table() {
    for backend in [DbBackend::Sqlite, DbBackend::Postgres] {
        let statements = schema::statements(backend, &[&sample::SPEC]).join("\n");
        for (row, field) in rows().into_iter().zip(&sample::SPEC.fields[1..]) {
            let ty = if backend == DbBackend::Sqlite { row.sqlite } else { row.postgres };
            let null = if field.ty.nullable { "" } else { " NOT NULL" };
            let quoted = format!("\"{}\" ", field.column);
            let line = statements.lines().find(|line| line.contains(&quoted)).expect("a column");
            let definition = line.trim().trim_start_matches(&quoted);
            assert!(definition.starts_with(&ty), "{} on {backend:?}: {line}", row.rust);
            assert!(line.contains(null), "{line}");
            let rest = definition.trim_start_matches(&ty).trim_start();
            let ends = ["", ",", "NOT NULL", "COLLATE", "CHECK"]
                .iter()
                .any(|word| rest == *word || (!word.is_empty() && rest.starts_with(word)));
            assert!(ends, "{} on {backend:?} is more than `{ty}`: {line}", row.rust);
        }
    }
}

#[test]
fn values_and_schemas_are_those_of_the_table() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| app.resource::<Sample>());
        let caller = app.as_user(CurrentUser::new("ada").with_permissions(["samples:read", "samples:write"]));
        let rows = || rows().into_iter().zip(&sample::SPEC.fields[1..]);
        let body: Map<String, Value> = rows().map(|(row, field)| (field.json.to_owned(), row.json)).collect();
        let answer = created(caller.post("/api/v1/samples", &body));
        let read = ok(caller.get(&format!("/api/v1/samples/{}", answer["id"])));
        for (row, field) in rows() {
            assert_eq!(read[field.json], row.json, "{}", row.rust);
        }
        let document = app.anonymous().get("/openapi.json").json();
        let properties = &document["components"]["schemas"]["Sample"]["properties"];
        for (row, field) in rows() {
            assert_eq!(described(&properties[field.json]), row.openapi, "{}: {}", row.rust, properties[field.json]);
        }
    }
}

/// A schema in the words of the table.
fn described(schema: &Value) -> String {
    let text = |key: &str| schema[key].as_str().map(str::to_owned);
    if schema.get("$ref").is_some() {
        return "a reference to the schema of the enum".to_owned();
    }
    let ty = match &schema["type"] {
        Value::Array(types) => return types.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        Value::String(ty) if ty == "object" => return "the schema that JsonShape gives".to_owned(),
        Value::String(ty) => ty.clone(),
        _ => return "any value".to_owned(),
    };
    let detail = text("format").or_else(|| text("contentEncoding"));
    match (detail, schema.get("pattern")) {
        (Some(detail), _) => format!("{ty}, {detail}"),
        (None, Some(_)) => format!("{ty} with a pattern"),
        (None, None) => ty,
    }
}
