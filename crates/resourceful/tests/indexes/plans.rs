//! The advised indexes in use: both databases make them, and read lists and cursor pages from them.

use resourceful::internals::query::{self, SortKey, seek};
use resourceful::prelude::*;
use resourceful::schema::index_advice;
use resourceful::sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement};
use resourceful::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};
use resourceful::testing::{TestApp, TestDatabase};

use crate::resources::{Item, Member, Note, Step};

const COLUMNS: &str = "name, due, price, is_active, state, email, code, batch, place, priority, owner_id";

const SQLITE_ROWS: &str = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000)
    SELECT 'name ' || (i * 7919 % 1000), CASE WHEN i % 9 > 0 THEN '2026-01-01T00:00:00.' || printf('%06d', i) || '+00:00' END,
    CASE WHEN i % 5 > 0 THEN CAST(i % 700 AS text) END, i % 2, 'open', i || '@x.org', i, i % 50, i % 900, i % 40, 'user ' || (i % 30) FROM n";

const POSTGRES_ROWS: &str = "SELECT 'name ' || (i * 7919 % 1000), CASE WHEN i % 9 > 0 THEN now() + i * interval '1 second' END,
    CASE WHEN i % 5 > 0 THEN i % 700 END, i % 2 = 0, 'open', i || '@x.org', i, i % 50, i % 900, i % 40, 'user ' || (i % 30)
    FROM generate_series(1, 3000) AS i";

async fn fill(db: &DatabaseConnection) {
    let backend = db.get_database_backend();
    let (members, items) = match backend {
        DbBackend::Sqlite => (
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 29) SELECT 'user ' || i FROM n",
            SQLITE_ROWS,
        ),
        _ => ("SELECT 'user ' || i FROM generate_series(0, 29) AS i", POSTGRES_ROWS),
    };
    let advice = index_advice(backend, &[Member::spec(), Item::spec(), Step::spec(), Note::spec()]);
    assert!(advice.len() >= 8);
    let advised = advice.into_iter().flat_map(|advice| advice.statements).collect::<Vec<_>>();
    let fill = [format!("INSERT INTO members (id) {members}"), format!("INSERT INTO items ({COLUMNS}) {items}")];
    // Twice: an existing index is not an error.
    for statement in fill.into_iter().chain(advised.clone()).chain(advised).chain(["ANALYZE".to_owned()]) {
        db.execute_unprepared(&statement).await.unwrap_or_else(|error| panic!("{error}: {statement}"));
    }
}

async fn plan(db: &DatabaseConnection, select: &SelectStatement) -> String {
    let backend = db.get_database_backend();
    let (explain, column) = if backend == DbBackend::Sqlite { ("EXPLAIN QUERY PLAN", 3) } else { ("EXPLAIN", 0) };
    let statement = backend.build(select);
    let explain = Statement { sql: format!("{explain} {}", statement.sql), ..statement };
    let rows = db.query_all_raw(explain).await.unwrap_or_else(|error| panic!("{error}"));
    rows.iter().map(|row| row.try_get_by_index::<String>(column).expect("text") + "\n").collect()
}

fn field(name: &str) -> usize {
    Item::spec().field(name).expect("a field").0
}

fn column(name: &'static str) -> Expr {
    Expr::col((Alias::new("items"), Alias::new(name)))
}

fn list(backend: DbBackend, keys: &[(&str, bool)]) -> SelectStatement {
    let mut select = Query::select();
    select.columns([Alias::new("name"), Alias::new("email")]).from(Alias::new("items")).limit(20);
    let keys: Vec<SortKey> =
        keys.iter().map(|&(name, descending)| SortKey { field: field(name), descending }).collect();
    seek::order(backend, &mut select, &seek::keys(Item::spec(), &keys));
    select
}

#[track_caller]
fn reads(plan: &str, index: &str) {
    assert!(plan.contains(index), "{index} in {plan}");
    for sorting in ["Sort", "TEMP B-TREE"] {
        assert!(!plan.contains(sorting), "{index} without {sorting}: {plan}");
    }
}

async fn orders(db: &DatabaseConnection) {
    let backend = db.get_database_backend();
    for descending in [false, true] {
        for name in ["name", "due", "price", "state", "place"] {
            // A plain index of the table does on SQLite, which ends it with the numeric id.
            let index = match (backend, name) {
                (DbBackend::Sqlite, "place") => "ix_items_place".to_owned(),
                (DbBackend::Sqlite, _) => format!("ix_items_by_{name}"),
                _ => format!("ix_items_by_{name}_id"),
            };
            reads(&plan(db, &list(backend, &[(name, descending)])).await, &index);
        }
        let own = [("priority", !descending), ("name", descending)];
        let own_plan = plan(db, &list(backend, &own)).await;
        // The id goes with the last key, so the opposite of all directions is the same index, backward.
        reads(&own_plan, "ix_items_by_priority_desc_name");
        let mut select = list(backend, &own);
        select.and_where(column("owner_id").eq("user 7"));
        reads(&plan(db, &select).await, "ix_items_by_owner_id_desc_priority_desc_name");
        // What is unique needs no index of ours.
        let unique = plan(db, &list(backend, &[("code", descending)])).await;
        assert!(unique.contains("uq_items_code") || unique.contains("sqlite_autoindex_items_1"), "{unique}");
    }
}

/// `(field, id) > (.., ..)`: a cursor's page begins in the index where the last one ended.
async fn cursors(db: &DatabaseConnection) {
    let backend = db.get_database_backend();
    for descending in [false, true] {
        for (name, value) in [("name", Expr::val("name 500")), ("place", Expr::val(450))] {
            let mut select = list(backend, &[(name, descending)]);
            let keys = Expr::tuple([column(name), column("id")]);
            let last = Expr::tuple([value, Expr::val(7_i64)]);
            select.and_where(if descending { keys.lt(last) } else { keys.gt(last) });
            let plan = plan(db, &select).await;
            reads(&plan, if name == "name" { "ix_items_by_name" } else { "_place" });
            let from_there = if backend == DbBackend::Sqlite { "SEARCH" } else { "Index Cond: (ROW(" };
            assert!(plan.contains(from_there), "{plan}");
        }
    }
}

async fn filters(db: &DatabaseConnection) {
    for (name, value, index) in
        [("email", Expr::val("7@x.org"), "ix_items_by_email"), ("name", Expr::val("name 7"), "ix_items_by_name")]
    {
        let mut select = Query::select();
        select.column(Alias::new("id")).from(Alias::new("items")).and_where(column(name).eq(value));
        reads(&plan(db, &select).await, index);
    }
}

/// One row is found by its key.
async fn one_row(db: &DatabaseConnection) {
    let mut select = Query::select();
    select.column(Alias::new("name")).from(Alias::new("items")).and_where(column("id").eq(7_i64)).limit(1);
    let key = if db.get_database_backend() == DbBackend::Sqlite { "INTEGER PRIMARY KEY" } else { "items_pkey" };
    reads(&plan(db, &select).await, key);
}

/// `q` reads PostgreSQL's trigrams, whatever the case.
async fn substrings(db: &DatabaseConnection) {
    let mut select = Query::select();
    select.column(Alias::new("id")).from(Alias::new("items")).cond_where(query::words(
        DbBackend::Postgres,
        Item::TABLE,
        &[field("name")],
        &["ME 812"],
    ));
    let plan = plan(db, &select).await;
    assert!(plan.contains("ix_items_trigrams"), "{plan}");
}

fn on(database: TestDatabase) {
    let app = TestApp::start_on(database, |app| {
        app.resource::<Member>().resource::<Item>().resource::<Step>().resource::<Note>()
    });
    app.block_on(async {
        let db = app.ctx().pool().expect("no pooler");
        fill(db).await;
        orders(db).await;
        cursors(db).await;
        filters(db).await;
        one_row(db).await;
        if database == TestDatabase::Postgres {
            substrings(db).await;
        }
    });
}

#[test]
fn sqlite_reads_the_advised_indexes() {
    on(TestDatabase::Sqlite);
}

#[test]
fn postgres_reads_the_advised_indexes() {
    on(TestDatabase::Postgres);
}
