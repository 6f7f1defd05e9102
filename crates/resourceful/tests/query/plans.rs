//! A page after a cursor costs as much as the first page, at any depth: the query plans of both databases show it.

use chrono::{DateTime, TimeDelta, Utc};
use resourceful::internals::query::{SortKey, seek};
use resourceful::internals::resource::FieldValue;
use sea_orm::sea_query::{Alias, Query, SelectStatement};
use sea_orm::{ConnectionTrait, DatabaseConnection, Statement};

use super::databases;
use super::fixture::{NOTE, note_field};
use super::reference::{int, text};

const COLUMNS: &[&str] = &["id", "name", "priority", "due", "is_active"];

/// Rows a page and the one that tells of more.
const LIMIT: u64 = 21;

/// An order, and the values of its keys in a row deep in it.
struct Case {
    order: &'static str,
    deep: Vec<FieldValue>,
}

/// When the row with this number is due.
fn due(number: i64) -> FieldValue {
    let start: DateTime<Utc> = DateTime::from_timestamp(1_767_225_600, 0).expect("a moment");
    FieldValue::ChronoDateTimeUtc(Some(start + TimeDelta::minutes(number)))
}

/// Of 100,000 rows every tenth is due at no time and every third has no priority; the others have 7 priorities, and
/// there are 1,000 names.
fn cases() -> Vec<Case> {
    let never = || FieldValue::ChronoDateTimeUtc(None);
    let name = || text(Some("name 0500"));
    let case = |order, deep: &[FieldValue]| Case { order, deep: deep.to_vec() };
    vec![
        case("id", &[int(90_000)]),
        case("-id", &[int(10_000)]),
        case("name", &[name(), int(50_500)]),
        case("-name", &[name(), int(50_500)]),
        // Nullable, both ways, before and among the nulls.
        case("due", &[due(80_000), int(80_001)]),
        case("due", &[never(), int(50_000)]),
        case("-due", &[due(20_000), int(20_001)]),
        case("-due", &[never(), int(50_000)]),
        case("-due", &[never(), int(10)]),
        case("due,-id", &[due(80_000), int(80_001)]),
        case("due,-id", &[never(), int(50_000)]),
        // Two keys, one way and mixed.
        case("priority,name", &[int(4), name(), int(50_500)]),
        case("priority,name", &[int(None), name(), int(50_500)]),
        case("-priority,-name", &[int(4), name(), int(50_500)]),
        case("-priority,-name", &[int(None), name(), int(50_500)]),
        case("-priority,name", &[int(4), name(), int(50_500)]),
        case("-priority,name", &[int(None), name(), int(50_500)]),
        case("priority,-name,id", &[int(4), name(), int(50_500)]),
        case("priority,-name,id", &[int(None), name(), int(50_500)]),
    ]
}

/// A nullable key behind another, whose order no index of SQLite has: there null is the smallest.
#[cfg(feature = "postgres")]
fn cases_of_postgres() -> Vec<Case> {
    let name = || text(Some("name 0500"));
    let case = |order, deep: &[FieldValue]| Case { order, deep: deep.to_vec() };
    vec![
        case("name,priority", &[name(), int(3), int(50_500)]),
        case("name,priority", &[name(), int(None), int(50_500)]),
        case("name,-priority", &[name(), int(3), int(50_500)]),
        case("name,-priority", &[name(), int(None), int(50_500)]),
    ]
}

const INDEXES: &[&str] = &[
    "due, id",
    "due, id DESC",
    "name, id",
    "priority, name, id",
    "priority DESC, name, id",
    "priority, name DESC, id",
    "name, priority, id",
    "name, priority DESC, id DESC",
];

fn sort(order: &str) -> Vec<SortKey> {
    let key = |key: &str| SortKey { field: note_field(key.trim_start_matches('-')), descending: key.starts_with('-') };
    order.split(',').map(key).collect()
}

async fn fill(db: &DatabaseConnection, table: &str, numbers: &str, moment: &str, name: &str) {
    db.execute_unprepared(table).await.expect("a table");
    db.execute_unprepared(&format!(
        "INSERT INTO notes {numbers} SELECT n, {name}, CASE WHEN n % 3 <> 0 THEN n * 31 % 7 END, \
         CASE WHEN n % 10 <> 0 THEN {moment} END, n % 2 = 0 FROM numbers"
    ))
    .await
    .expect("rows");
    for (place, columns) in INDEXES.iter().enumerate() {
        db.execute_unprepared(&format!("CREATE INDEX notes_{place} ON notes ({columns})")).await.expect("an index");
    }
    db.execute_unprepared("ANALYZE").await.expect("statistics");
}

/// The first page and the deep one.
fn statements(db: &DatabaseConnection, case: &Case) -> [Statement; 2] {
    let backend = db.get_database_backend();
    let keys = seek::keys(&NOTE, &sort(case.order));
    let columns: Vec<Alias> = COLUMNS.iter().map(|column| Alias::new(*column)).collect();
    let mut rows: SelectStatement = Query::select();
    rows.columns(columns.iter().map(|column| ("notes", column.clone()))).from("notes");
    let deep = seek::after(backend, &rows, "notes", &columns, &keys, &seek::Boundary::behind(case.deep.clone()), LIMIT);
    seek::order(backend, &mut rows, &keys);
    rows.limit(LIMIT);
    [backend.build(&rows), backend.build(&deep)]
}

#[cfg(feature = "postgres")]
mod postgres {
    use serde_json::Value;

    use super::*;

    /// The blocks that a statement touches, and its plan.
    async fn blocks(db: &DatabaseConnection, statement: &Statement) -> (u64, Value) {
        let mut explain = statement.clone();
        explain.sql = format!("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {}", statement.sql);
        let row = db.query_one_raw(explain).await.expect("a plan").expect("a plan");
        let plan: Value = row.try_get_by_index(0).expect("JSON");
        let count = |name: &str| plan.pointer(&format!("/0/Plan/{name} Blocks")).and_then(Value::as_u64).expect(name);
        (count("Shared Hit") + count("Shared Read"), plan)
    }

    #[tokio::test]
    async fn deep_pages_read_as_much_as_the_first() {
        databases::on_postgres(async |db: &DatabaseConnection| {
            let table = "CREATE TABLE notes (id integer NOT NULL PRIMARY KEY, name text COLLATE \"C\" NOT NULL, \
                         priority integer, due timestamptz, is_active boolean NOT NULL)";
            let numbers = "WITH numbers AS (SELECT n FROM generate_series(1, 100000) AS n)";
            let moment = "timestamptz '2026-01-01 00:00:00Z' + (n - 1) * interval '1 minute'";
            fill(db, table, numbers, moment, "'name ' || lpad((n % 1000)::text, 4, '0')").await;
            let mut wrong = Vec::new();
            for case in cases().into_iter().chain(cases_of_postgres()) {
                let [first, deep] = statements(db, &case);
                let ((first, _), (blocks, plan)) = (blocks(db, &first).await, blocks(db, &deep).await);
                println!("{} after {:?}: {first} blocks, deep {blocks}", case.order, case.deep);
                let text = plan.to_string();
                if blocks > first * 3 + 16 || text.contains("Seq Scan") || !text.contains("Index") {
                    wrong.push(format!(
                        "{} after {:?}: {first}, deep {blocks}: {plan:#}\n{deep}",
                        case.order, case.deep
                    ));
                }
            }
            assert!(wrong.is_empty(), "{} of the orders:\n{}", wrong.len(), wrong.join("\n"));
        })
        .await;
    }
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn deep_pages_search_an_index() {
    databases::on_sqlite(async |db: &DatabaseConnection| {
        let table = "CREATE TABLE notes (id integer NOT NULL PRIMARY KEY, name text NOT NULL, priority integer, \
                     due text, is_active boolean NOT NULL)";
        let numbers = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 100000)";
        let moment = "strftime('%Y-%m-%dT%H:%M:%S+00:00', '2026-01-01', (n - 1) || ' minutes')";
        fill(db, table, numbers, moment, "printf('name %04d', n % 1000)").await;
        for case in cases() {
            let [_, deep] = statements(db, &case);
            let plan = plan(db, deep).await;
            let shown = || format!("{} after {:?}: {plan:#?}", case.order, case.deep);
            let stretches: Vec<i32> =
                plan.iter().filter(|step| step.what == "CO-ROUTINE notes").map(|step| step.id).collect();
            for step in &plan {
                match step.what.as_str() {
                    what if what.starts_with("SEARCH notes USING I") => {}
                    // What reads a stretch, and what puts several together.
                    "CO-ROUTINE notes" | "MERGE (UNION ALL)" | "LEFT" | "RIGHT" => {}
                    "SCAN notes" => {
                        let sibling = |other: &Step| other.parent == step.parent && stretches.contains(&other.id);
                        assert!(plan.iter().any(sibling), "{}", shown());
                    }
                    "USE TEMP B-TREE FOR ORDER BY" => {
                        assert!(step.parent != 0 && !stretches.contains(&step.parent), "{}", shown());
                    }
                    other => panic!("{other}: {}", shown()),
                }
            }
            let searches = plan.iter().filter(|step| step.what.starts_with("SEARCH")).count();
            assert_eq!(searches, stretches.len().max(1), "{}", shown());
        }
    })
    .await;
}

/// A step of SQLite's plan.
#[cfg(feature = "sqlite")]
#[derive(Debug)]
struct Step {
    id: i32,
    parent: i32,
    what: String,
}

#[cfg(feature = "sqlite")]
async fn plan(db: &DatabaseConnection, mut statement: Statement) -> Vec<Step> {
    statement.sql = format!("EXPLAIN QUERY PLAN {}", statement.sql);
    let number = |row: &sea_orm::QueryResult, place| row.try_get_by_index::<i32>(place).expect("a number");
    let step = |row: &sea_orm::QueryResult| Step {
        id: number(row, 0),
        parent: number(row, 1),
        what: row.try_get_by_index(3).expect("words"),
    };
    db.query_all_raw(statement).await.expect("a plan").iter().map(step).collect()
}
