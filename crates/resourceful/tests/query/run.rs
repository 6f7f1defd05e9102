//! The compiled conditions on real rows, against a plain evaluation of the same tree in memory.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use regex::Regex;
use resourceful::query::{
    FieldPath, Filter, ListQuery, Op, Operand, SortKey, Test, condition, order, parse_list, words,
};
use resourceful::resource::FieldValue;
use sea_orm::sea_query::{Alias, Query};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend};

use super::fixture::{NOTE, filter as show};

/// Names that differ in case, in wildcards and in bytes; `None` is a title only.
const TEXTS: &[Option<&str>] = &[
    None,
    Some(""),
    Some("a"),
    Some("A"),
    Some("cafe"),
    Some("café"),
    Some("CAFÉ"),
    Some("straße"),
    Some("STRASSE"),
    Some("STRAẞE"),
    Some("οδος"),
    Some("ΟΔΟΣ"),
    Some("οδοσ"),
    Some("İstanbul"),
    Some("istanbul"),
    Some("ısparta"),
    Some("ISPARTA"),
    Some("5 \u{212a}elvin"),
    Some("5 kelvin"),
    Some("100%"),
    Some("100 percent"),
    Some("a_b"),
    Some("a-b"),
    Some("axb"),
    Some(r"a\b"),
    Some(r"a\\b"),
    Some("a*b"),
    Some("a?b"),
    Some("a[x]b"),
    Some("a[^x]b"),
    Some("a]b"),
    Some("^a$"),
    Some("a\nb"),
    Some("a.b"),
    Some("😀 Ünïcode"),
    Some("\u{10400}"),
    Some("\u{10428}"),
];

const NEEDLES: &[&str] = &[
    "a",
    "A",
    "é",
    "É",
    "café",
    "ß",
    "ẞ",
    "ss",
    "ς",
    "Σ",
    "οδοσ",
    "İ",
    "i",
    "I",
    "ı",
    "k",
    "\u{212a}",
    "%",
    "_",
    r"\",
    r"\\",
    "*",
    "?",
    "[",
    "]",
    "[x]",
    "[^",
    "^",
    "-",
    "^a$",
    "a*b",
    "a?b",
    ".",
    ".*",
    "\n",
    "a_b",
    "100%",
    "😀",
    "ü",
    "\u{10400}",
    "(",
    "(?i)a",
    "x]b",
    " ",
];

struct Row {
    id: i32,
    name: &'static str,
    title: Option<&'static str>,
    priority: Option<i32>,
    folder: Option<i32>,
    parent: Option<i32>,
}

const FOLDERS: &[(i32, Option<&str>, &str)] = &[(1, Some("inbox"), "ada"), (2, None, "ada"), (3, Some("inbox"), "bob")];

fn rows() -> Vec<Row> {
    let row = |(at, title): (usize, &Option<&'static str>)| {
        let id = i32::try_from(at).expect("few rows") + 1;
        let name = TEXTS[(at * 7 + 1) % TEXTS.len()].unwrap_or("none");
        let some = |modulus: i32| (id % modulus != 0).then_some(id % modulus);
        Row { id, name, title: *title, priority: some(5), folder: some(4), parent: some(6) }
    };
    TEXTS.iter().enumerate().map(row).collect()
}

fn text(text: Option<&str>) -> FieldValue {
    FieldValue::String(text.map(str::to_owned))
}

/// The value at the end of a path; null also where a row on the way is missing.
fn value(rows: &[Row], row: &Row, path: &FieldPath) -> FieldValue {
    let names: Vec<&str> = path.relations.iter().map(|relation| relation.name).chain([path.field().name]).collect();
    match names.as_slice() {
        ["id"] => FieldValue::Int(Some(row.id)),
        ["name"] => text(Some(row.name)),
        ["title"] => text(row.title),
        ["priority"] => FieldValue::Int(row.priority),
        ["folder", field] => {
            let folder = row.folder.and_then(|id| FOLDERS.iter().find(|folder| folder.0 == id));
            text(if *field == "label" { folder.and_then(|folder| folder.1) } else { folder.map(|folder| folder.2) })
        }
        ["parent", rest @ ..] => {
            let path = FieldPath::resolve(&NOTE, rest).expect("a path");
            match row.parent.and_then(|id| rows.iter().find(|row| row.id == id)) {
                Some(parent) => value(rows, parent, &path),
                None if matches!(rest, ["priority" | "id"]) => FieldValue::Int(None),
                None => text(None),
            }
        }
        other => panic!("{other:?}"),
    }
}

fn holds(rows: &[Row], row: &Row, filter: &Filter) -> bool {
    match filter {
        Filter::And(parts) => parts.iter().all(|part| holds(rows, row, part)),
        Filter::Or(parts) => parts.iter().any(|part| holds(rows, row, part)),
        Filter::Not(inner) => !holds(rows, row, inner),
        Filter::Test(test) => tests(&value(rows, row, &test.path), test.op, &test.operand),
    }
}

fn tests(value: &FieldValue, op: Op, operand: &Operand) -> bool {
    let null = matches!(value, FieldValue::String(None) | FieldValue::Int(None));
    match (op, operand) {
        (Op::IsNull, Operand::Flag(flag)) => null == *flag,
        (Op::Eq, Operand::Value(wanted)) => !null && value == wanted,
        (Op::Ne, Operand::Value(wanted)) => null || value != wanted,
        (Op::In, Operand::List(wanted)) => !null && wanted.contains(value),
        (Op::NotIn, Operand::List(wanted)) => null || !wanted.contains(value),
        (op, Operand::Value(wanted)) => match (value, wanted) {
            (FieldValue::Int(Some(value)), FieldValue::Int(Some(wanted))) => match op {
                Op::Gt => value > wanted,
                Op::Gte => value >= wanted,
                Op::Lt => value < wanted,
                _ => value <= wanted,
            },
            (FieldValue::String(Some(value)), FieldValue::String(Some(needle))) => match op {
                Op::Contains => value.contains(needle.as_str()),
                Op::StartsWith => value.starts_with(needle.as_str()),
                Op::EndsWith => value.ends_with(needle.as_str()),
                _ => contains_any_case(value, needle),
            },
            _ => false,
        },
        other => panic!("{other:?}"),
    }
}

fn contains_any_case(text: &str, needle: &str) -> bool {
    static COMPILED: LazyLock<Mutex<HashMap<String, Regex>>> = LazyLock::new(Mutex::default);
    let compile = || Regex::new(&format!("(?i:{})", regex::escape(needle))).expect("escaped");
    COMPILED.lock().expect("no panic").entry(needle.to_owned()).or_insert_with(compile).is_match(text)
}

/// Every test that there is, on own fields and through relations.
fn all_tests() -> Vec<Filter> {
    let mut all = Vec::new();
    let mut add = |names: &[&str], op, operand| {
        let path = FieldPath::resolve(&NOTE, names).expect("a path");
        all.push(Filter::Test(Test { path, op, operand }));
    };
    for names in [&["name"][..], &["title"], &["parent", "title"]] {
        for needle in NEEDLES {
            let operand = || Operand::Value(text(Some(needle)));
            for op in [Op::Eq, Op::Ne, Op::Contains, Op::IContains, Op::StartsWith, Op::EndsWith] {
                add(names, op, operand());
            }
        }
    }
    for names in [&["priority"][..], &["id"], &["parent", "priority"]] {
        for number in [0, 2, 4] {
            for op in [Op::Eq, Op::Ne, Op::Gt, Op::Gte, Op::Lt, Op::Lte] {
                add(names, op, Operand::Value(FieldValue::Int(Some(number))));
            }
        }
        add(names, Op::Eq, Operand::Value(FieldValue::Int(None)));
        for list in [&[][..], &[1], &[1, 3, 99]] {
            let list: Vec<_> = list.iter().map(|&number| FieldValue::Int(Some(number))).collect();
            add(names, Op::In, Operand::List(list.clone()));
            add(names, Op::NotIn, Operand::List(list));
        }
    }
    for names in [&["title"][..], &["priority"], &["name"], &["folder", "label"], &["parent", "folder", "label"]] {
        add(names, Op::IsNull, Operand::Flag(true));
        add(names, Op::IsNull, Operand::Flag(false));
    }
    for names in [&["folder", "owner_id"][..], &["folder", "label"], &["parent", "folder", "owner_id"]] {
        for owner in ["ada", "inbox", "nobody"] {
            add(names, Op::Eq, Operand::Value(text(Some(owner))));
            add(names, Op::Ne, Operand::Value(text(Some(owner))));
            add(names, Op::In, Operand::List(vec![text(Some(owner)), text(Some("bob"))]));
            add(names, Op::NotIn, Operand::List(vec![text(Some(owner)), text(Some("bob"))]));
        }
    }
    all
}

/// Each test, each negated, and neighbours joined in each way.
fn all_filters() -> Vec<Filter> {
    let tests = all_tests();
    let mut filters = Vec::new();
    for (at, test) in tests.iter().enumerate() {
        let other = &tests[(at * 31 + 17) % tests.len()];
        let third = &tests[(at * 53 + 5) % tests.len()];
        let not = |filter: &Filter| Filter::Not(Box::new(filter.clone()));
        let mixed = Filter::Or(vec![Filter::And(vec![test.clone(), not(other)]), not(third)]);
        filters.extend([test.clone(), not(test), not(&not(test)), not(&mixed), mixed]);
    }
    filters.extend([Filter::And(vec![]), Filter::Or(vec![]), Filter::Not(Box::new(Filter::And(vec![])))]);
    filters
}

async fn fill(db: &DatabaseConnection, collation: &str) {
    for ddl in [
        "DROP TABLE IF EXISTS notes".to_owned(),
        "DROP TABLE IF EXISTS folders".to_owned(),
        "CREATE TABLE folders (id integer NOT NULL PRIMARY KEY, label text, owner_id text NOT NULL)".to_owned(),
        format!(
            "CREATE TABLE notes (id integer NOT NULL PRIMARY KEY, name text {collation} NOT NULL, \
             the_title text {collation}, priority integer, folder_id integer, parent_id integer)"
        ),
    ] {
        db.execute_unprepared(&ddl).await.expect("a table");
    }
    for &(id, label, owner) in FOLDERS {
        let mut insert = Query::insert();
        insert.into_table("folders").columns(["id", "label", "owner_id"]).values_panic([
            FieldValue::Int(Some(id)).into(),
            text(label).into(),
            text(Some(owner)).into(),
        ]);
        db.execute(&insert).await.expect("a folder");
    }
    for row in rows() {
        let mut insert = Query::insert();
        insert
            .into_table("notes")
            .columns(["id", "name", "the_title", "priority", "folder_id", "parent_id"])
            .values_panic([
                FieldValue::Int(Some(row.id)).into(),
                text(Some(row.name)).into(),
                text(row.title).into(),
                FieldValue::Int(row.priority).into(),
                FieldValue::Int(row.folder).into(),
                FieldValue::Int(row.parent).into(),
            ]);
        db.execute(&insert).await.expect("a note");
    }
}

/// The ids of the rows that a query selects, in its order.
async fn select(db: &DatabaseConnection, list: &ListQuery) -> Vec<i32> {
    let backend = db.get_database_backend();
    let mut select = Query::select();
    select.expr(sea_orm::sea_query::Expr::col(("t", "id"))).from_as("notes", Alias::new("t"));
    if let Some(filter) = &list.filter {
        select.cond_where(condition(backend, "t", &NOTE, filter));
    }
    select.cond_where(words(backend, "t", &NOTE, &list.words));
    order(backend, &mut select, "t", &NOTE, &list.sort);
    let rows = db.query_all(&select).await.unwrap_or_else(|error| panic!("{error}: {:?}", backend.build(&select)));
    rows.iter().map(|row| row.try_get_by_index(0).expect("an id")).collect()
}

async fn filters_agree(db: &DatabaseConnection) {
    let all = rows();
    let mut kept = 0;
    for filter in all_filters() {
        let expected: Vec<i32> = all.iter().filter(|row| holds(&all, row, &filter)).map(|row| row.id).collect();
        kept += expected.len();
        let shown = show(&filter);
        let list = ListQuery { filter: Some(filter), sort: Vec::new(), ..ListQuery::new(&NOTE) };
        assert_eq!(select(db, &list).await, expected, "{shown}");
    }
    assert!(kept > 10_000, "the filters say something: {kept}");
}

async fn words_agree(db: &DatabaseConnection) {
    let all = rows();
    let mut kept = 0;
    for (at, first) in NEEDLES.iter().enumerate() {
        for second in [NEEDLES[(at * 3 + 1) % NEEDLES.len()], "a", first] {
            let words: Vec<String> = [*first, second].map(str::to_owned).to_vec();
            let found = |row: &&Row| {
                words.iter().all(|word| {
                    contains_any_case(row.name, word) || row.title.is_some_and(|title| contains_any_case(title, word))
                })
            };
            let expected: Vec<i32> = all.iter().filter(found).map(|row| row.id).collect();
            kept += expected.len();
            let list = ListQuery { words: words.clone(), sort: Vec::new(), ..ListQuery::new(&NOTE) };
            assert_eq!(select(db, &list).await, expected, "{words:?}");
        }
    }
    assert!(kept > 300, "{kept}");
}

/// Null above every value, text by code point, and the id last.
fn compare(left: &Row, right: &Row, keys: &[SortKey]) -> Ordering {
    fn nulls_last<T: Ord>(left: Option<T>, right: Option<T>) -> Ordering {
        (left.is_none(), left).cmp(&(right.is_none(), right))
    }
    let tie = SortKey { field: 0, descending: keys.last().is_some_and(|key| key.descending) };
    keys.iter().chain([&tie]).fold(Ordering::Equal, |so_far, key| {
        let next = match NOTE.fields[key.field].name {
            "name" => left.name.cmp(right.name),
            "title" => nulls_last(left.title, right.title),
            "priority" => nulls_last(left.priority, right.priority),
            _ => left.id.cmp(&right.id),
        };
        so_far.then(if key.descending { next.reverse() } else { next })
    })
}

async fn orders_agree(db: &DatabaseConnection) {
    for raw in
        ["", "name", "-name", "title", "-title", "priority", "-priority,title", "priority,-title", "-id", "title,id"]
    {
        let sort = if raw.is_empty() { Vec::new() } else { parse_list(&NOTE, &format!("sort={raw}")).unwrap().sort };
        let mut all = rows();
        all.sort_by(|left, right| compare(left, right, &sort));
        let expected: Vec<i32> = all.iter().map(|row| row.id).collect();
        let list = ListQuery { sort, ..ListQuery::new(&NOTE) };
        assert_eq!(select(db, &list).await, expected, "{raw}");
    }
}

async fn everything(url: String, backend: DbBackend, collation: &str) {
    // One connection: each of them would have an in-memory database of its own.
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await.expect("a database");
    assert_eq!(db.get_database_backend(), backend);
    fill(&db, collation).await;
    filters_agree(&db).await;
    words_agree(&db).await;
    orders_agree(&db).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn sqlite_selects_what_the_tree_says() {
    everything("sqlite::memory:".to_owned(), DbBackend::Sqlite, "").await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn postgres_selects_what_the_tree_says() {
    let server =
        std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names a server; `cargo xtask test` starts one");
    let name = format!("resourceful_query_{}", uuid::Uuid::now_v7().simple());
    let db = Database::connect(&server).await.expect("the server of TEST_POSTGRES_URL");
    db.execute_unprepared(&format!("CREATE DATABASE {name}")).await.expect("a database");
    let (base, _) = server.rsplit_once('/').expect("a URL with a database");
    everything(format!("{base}/{name}"), DbBackend::Postgres, "COLLATE \"C\"").await;
    db.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.expect("the database goes away");
}
