//! Full-text search on PostgreSQL, in databases that know all letters and in one that knows only those of ASCII.

use resourceful::internals::query::full_text;
use resourceful::internals::resource::{FieldValue, ResourceTable};
use resourceful::prelude::*;
use resourceful::schema;
use resourceful::sea_orm::sea_query::{Alias, Expr, Order, Query, SelectStatement};
use resourceful::sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use resourceful::spec::{ResourceSpec, SearchSpec};

use crate::resources::Note;

/// Notes with full-text search.
fn notes() -> &'static ResourceTable {
    let spec: &'static ResourceSpec =
        Box::leak(Box::new(ResourceSpec { search: SearchSpec::FullText, ..*Note::spec() }));
    Box::leak(Box::new(ResourceTable { spec, ..*Note::TABLE }))
}

const NAME: usize = 1;
const TITLE: usize = 2;

const ROWS: &[(i32, &str, Option<&str>)] = &[
    (1, "ÄRGER im Büro", None),
    (2, "Łódź", Some("Reise")),
    (3, "Η ΟΔΟΣ", Some("Athen")),
    (4, "Привет МИР", None),
    (5, "TCP/IP <b>basics</b>", Some("write to foo@bar.com, don't call")),
    (6, "Projects of 2026", Some("C++ and Rust & friends")),
    (7, "project plan", Some("„Zitat“ 😀\u{a0}3.14")),
    (8, "plan", Some("a project")),
    (9, "Catalogue C", Some(r"it's 100% a\b _x_ हिन्दी में")),
];

/// Search words, and the rows that contain them.
const FOUND: &[(&str, &[i32])] = &[
    // Case, in alphabets that lower-casing by the locale C leaves alone.
    ("ärger", &[1]),
    ("ÄRGER", &[1]),
    ("BÜRO Ärg", &[1]),
    ("arger", &[]),
    ("łódź", &[2]),
    ("ŁÓDŹ", &[2]),
    ("οδος", &[3]),
    ("ΟΔΟΣ", &[3]),
    ("οδοσ", &[3]),
    ("οδ", &[3]),
    ("привет", &[4]),
    ("ПРИВЕТ мир", &[4]),
    ("हिन्दी", &[9]),
    // All words, in any field and order, by their beginnings.
    ("proj", &[6, 7, 8]),
    ("proj*", &[6, 7, 8]),
    ("projects", &[6]),
    ("plan proj", &[7, 8]),
    ("proj plan", &[7, 8]),
    ("proj missing", &[]),
    ("roject", &[]),
    ("202", &[6]),
    // Whole words.
    ("proj.", &[]),
    ("project.", &[7, 8]),
    ("c", &[6, 9, 5]),
    ("c++", &[6, 9]),
    // Punctuation parts words, whatever a parser of documents would take them for.
    ("ip", &[5]),
    ("tcp/ip", &[5]),
    ("ip/tcp", &[]),
    ("basics", &[5]),
    ("foo@bar.com", &[5]),
    ("bar", &[5]),
    ("don't", &[5]),
    ("3.1", &[7]),
    ("3.2", &[]),
    ("zitat", &[7]),
    ("„zitat“", &[7]),
    ("x", &[9]),
    // Words without letters are searched for unchanged.
    ("&", &[6]),
    ("c++ &", &[6]),
    ("😀", &[7]),
    ("%", &[9]),
    ("_", &[9]),
    (r"\", &[9]),
    ("'", &[5, 9]),
    ("→", &[]),
    ("proj →", &[]),
    // What would be operators of a tsquery.
    ("!proj", &[6, 7, 8]),
    ("proj:*", &[6, 7, 8]),
    ("proj:b", &[]),
    ("proj|plan", &[]),
    ("(plan", &[7, 8]),
    ("project<->plan", &[7]),
    ("'plan", &[7, 8]),
    (r"plan\ proj", &[7, 8]),
    ("''", &[]),
];

fn select(table: &'static ResourceTable, fields: &[usize], q: &str) -> SelectStatement {
    let words: Vec<&str> = q.split_whitespace().collect();
    let mut select = Query::select();
    select.column(Alias::new("id")).from(Alias::new("notes")).cond_where(full_text::search(
        DbBackend::Postgres,
        table,
        fields,
        &words,
    ));
    select
}

/// The same by the documents that the table keeps.
fn select_kept(table: &'static ResourceTable, q: &str) -> SelectStatement {
    let words: Vec<&str> = q.split_whitespace().collect();
    let mut select = Query::select();
    select.column(Alias::new("id")).from(Alias::new("notes")).cond_where(full_text::matches_kept(table, &words));
    select
}

async fn ids(db: &DatabaseConnection, select: &SelectStatement) -> Vec<i32> {
    let rows =
        db.query_all(select).await.unwrap_or_else(|error| panic!("{error}: {:?}", DbBackend::Postgres.build(select)));
    rows.iter().map(|row| row.try_get_by_index(0).expect("an id")).collect()
}

async fn plan(db: &DatabaseConnection, select: &SelectStatement) -> String {
    let statement = DbBackend::Postgres.build(select);
    let explain = Statement { sql: format!("EXPLAIN {}", statement.sql), ..statement };
    let rows = db.query_all_raw(explain).await.expect("a plan");
    rows.iter().map(|row| row.try_get_by_index::<String>(0).expect("text") + "\n").collect()
}

async fn everything(db: &DatabaseConnection) {
    let table = notes();
    for statement in schema::statements(DbBackend::Postgres, &[table.spec]) {
        db.execute_unprepared(&statement).await.unwrap_or_else(|error| panic!("{error}: {statement}"));
    }
    for &(id, name, title) in ROWS {
        let mut insert = Query::insert();
        insert.into_table(Alias::new("notes")).columns(["id", "name", "title"].map(Alias::new)).values_panic([
            Expr::val(id),
            Expr::val(name),
            Expr::val(title),
        ]);
        db.execute(&insert).await.expect("a row");
    }
    finds(db, table).await;
    ranks(db, table).await;
    uses_its_index(db, table).await;
    can_be_had_later(db, table).await;
    takes_any_length(db).await;
}

async fn finds(db: &DatabaseConnection, table: &'static ResourceTable) {
    for &(q, expected) in FOUND {
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        let mut found = ids(db, &select(table, &[NAME, TITLE], q)).await;
        found.sort_unstable();
        assert_eq!(found, expected, "{q}");
        let mut kept = ids(db, &select_kept(table, q)).await;
        kept.sort_unstable();
        assert_eq!(kept, expected, "{q}, by what the table keeps");
    }
    // A field that the caller may not read is not looked into.
    assert_eq!(ids(db, &select(table, &[NAME], "zitat")).await, [0; 0]);
    assert_eq!(ids(db, &select(table, &[TITLE], "zitat")).await, [7]);
    for q in ["plan", "&", "plan &"] {
        assert_eq!(ids(db, &select(table, &[], q)).await, [0; 0], "{q}");
    }
}

async fn ranks(db: &DatabaseConnection, table: &'static ResourceTable) {
    let ranked = |q: &'static str| {
        let words: Vec<&str> = q.split_whitespace().collect();
        let mut select = select(table, &[NAME, TITLE], q);
        let rank = full_text::rank(table, &[NAME, TITLE], &words);
        select.expr(rank.clone()).order_by_expr(rank, Order::Desc).order_by(Alias::new("id"), Order::Asc);
        select
    };
    let rows = db.query_all(&ranked("project.")).await.expect("rows");
    let order: Vec<(i32, f64)> =
        rows.iter().map(|row| (row.try_get_by_index(0).expect("id"), row.try_get_by_index(1).expect("rank"))).collect();
    assert!(matches!(order[..], [(7, name), (8, title)] if name > title && title > 0.0), "{order:?}");
    // Nothing to rank by: the order that comes next decides.
    assert_eq!(ids(db, &ranked("'")).await, [5, 9]);
    for (q, expected) in [("project.", [7, 8]), ("'", [5, 9])] {
        let mut select = select_kept(table, q);
        let rank = full_text::rank_kept(table, &[q]);
        select.order_by_expr(rank, Order::Desc).order_by(Alias::new("id"), Order::Asc);
        assert_eq!(ids(db, &select).await, expected, "{q}, by what the table keeps");
    }
}

async fn uses_its_index(db: &DatabaseConnection, table: &'static ResourceTable) {
    db.execute_unprepared("SET enable_seqscan = off").await.expect("a setting");
    for q in ["plan", "tcp/ip proj", "plan &"] {
        let plan = plan(db, &select_kept(table, q)).await;
        assert!(plan.contains("ft_notes_kept") && plan.contains("Index Cond"), "{q}: {plan}");
        assert_eq!(ids(db, &select(table, &[NAME, TITLE], "plan")).await.len(), 2);
    }
    // Only the whole document is kept.
    let part = plan(db, &select(table, &[NAME], "plan")).await;
    assert!(!part.contains("ft_notes_kept"), "{part}");
}

/// A table that was made before documents were kept gets there by what is advised; doing it again changes nothing.
async fn can_be_had_later(db: &DatabaseConnection, table: &'static ResourceTable) {
    let (column, _) = full_text::kept_column(table.spec).expect("a column");
    db.execute_unprepared(&format!("ALTER TABLE notes DROP COLUMN {column}")).await.expect("it is gone");
    assert_eq!(ids(db, &select(table, &[NAME, TITLE], "plan")).await.len(), 2);
    let advice = schema::index_advice(DbBackend::Postgres, &[table.spec]);
    let advice = advice.iter().find(|advice| advice.name == "ft_notes_kept").expect("an advice");
    for statement in advice.statements.iter().chain(&advice.statements) {
        db.execute_unprepared(statement).await.unwrap_or_else(|error| panic!("{error}: {statement}"));
    }
    assert_eq!(ids(db, &select_kept(table, "plan")).await.len(), 2);
    assert!(schema::index_advice(DbBackend::Sqlite, &[table.spec]).iter().all(|advice| advice.name != "ft_notes_kept"));
}

/// PostgreSQL refuses documents of more than a megabyte; rows of any length must be writable all the same.
async fn takes_any_length(db: &DatabaseConnection) {
    let character = |number: u32| char::from_u32(0x2_0000 + number % 40_000).expect("an ideograph");
    let pair = |number: u32| String::from_iter([character(number / 40_000), character(number), ' ']);
    let single: String = (0..40_000).flat_map(|number| [character(number), ' ']).collect();
    let pairs: String = (0..60_000).map(pair).collect();
    let capitals: String = (0..60_000).map(|number| format!("İ{number} ")).collect();
    for (id, text) in (100..).zip([single + &pairs, pairs, capitals]) {
        let values = [FieldValue::from(id), FieldValue::from(text.clone()), FieldValue::from(text)];
        let sql = "INSERT INTO notes (id, name, title) VALUES ($1, $2, $3)";
        db.execute_raw(Statement::from_sql_and_values(DbBackend::Postgres, sql, values)).await.expect("a long row");
    }
}

async fn in_database(options: &str) {
    let server =
        std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL names a server; `cargo xtask test` starts one");
    let name = format!("resourceful_words_{}", Uuid::now_v7().simple());
    let db = Database::connect(&server).await.expect("the server of TEST_POSTGRES_URL");
    let create = format!("CREATE DATABASE {name} TEMPLATE template0 ENCODING 'UTF8' {options}");
    // Servers older than 15 have no providers of locales, and need none to be named.
    if db.execute_unprepared(&create).await.is_err() {
        db.execute_unprepared(&create.replace("LOCALE_PROVIDER libc", "")).await.expect("a database");
    }
    let (base, _) = server.rsplit_once('/').expect("a URL with a database");
    let mut connect = ConnectOptions::new(format!("{base}/{name}"));
    connect.max_connections(1).sqlx_logging(false);
    let own = Database::connect(connect).await.expect("the database");
    everything(&own).await;
    own.close().await.expect("an end");
    db.execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)")).await.expect("the database goes away");
}

#[tokio::test]
async fn words_are_found_where_the_locale_knows_all_letters() {
    in_database("").await;
}

#[tokio::test]
async fn words_are_found_where_the_locale_knows_ascii_only() {
    in_database("LOCALE 'C' LOCALE_PROVIDER libc").await;
}

#[test]
fn on_sqlite_it_is_the_substring_search() {
    let build = |condition| {
        let mut select = Query::select();
        select.column(Alias::new("id")).from(Alias::new("notes")).cond_where(condition);
        DbBackend::Sqlite.build(&select).to_string()
    };
    let table = notes();
    assert!(!full_text::applies(DbBackend::Sqlite, table.spec) && full_text::applies(DbBackend::Postgres, table.spec));
    assert!(!full_text::applies(DbBackend::Postgres, Note::spec()));
    let words = ["a", "&"];
    assert_eq!(
        build(full_text::search(DbBackend::Sqlite, table, &[NAME, TITLE], &words)),
        build(resourceful::internals::query::words(DbBackend::Sqlite, table, &[NAME, TITLE], &words)),
    );
    assert!(!schema::statements(DbBackend::Sqlite, &[table.spec]).iter().any(|statement| statement.contains("ft_")));
}
