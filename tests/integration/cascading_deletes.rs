//! Cascading deletes: long and cyclic chains of rows that are deleted with a row.

use std::sync::atomic::{AtomicUsize, Ordering};

use resourceful::prelude::*;
use resourceful::sea_orm::{ConnectionTrait, Statement};
use resourceful::testing::{TestApp, TestDatabase};

/// A tree, which is deleted with its trunk.
#[derive(Clone, Debug, Resource)]
#[resource(public(list, delete), has_many(twigs: Twig))]
pub struct Trunk {
    pub id: i32,
    #[resource(default = 0)]
    pub height: i32,
}

/// A row that is deleted with its parent.
#[derive(Clone, Debug, Resource)]
#[resource(public(list, delete))]
pub struct Twig {
    pub id: i32,
    #[resource(belongs_to(parent: Twig, on_delete = "cascade"))]
    pub parent_id: Option<i32>,
    #[resource(belongs_to(trunk: Trunk, on_delete = "cascade"))]
    pub trunk_id: Option<i32>,
}

/// A row that prevents the deletion of a twig (`restrict`).
#[derive(Clone, Debug, Resource)]
#[resource(public(list, delete))]
pub struct Nest {
    pub id: i32,
    #[resource(belongs_to(twig: Twig))]
    pub twig_id: i32,
}

/// A row that is deleted with a twig, and has no children.
#[derive(Clone, Debug, Resource)]
#[resource(public(list, delete))]
pub struct Fruit {
    pub id: i32,
    #[resource(belongs_to(twig: Twig, on_delete = "cascade"))]
    pub twig_id: i32,
}

/// A row whose reference becomes null when its parent is deleted.
#[derive(Clone, Debug, Resource)]
#[resource(public(list, delete))]
pub struct Bird {
    pub id: i32,
    #[resource(belongs_to(twig: Twig, on_delete = "set_null"))]
    pub twig_id: Option<i32>,
}

/// The same with hooks.
#[derive(Clone, Debug, Resource)]
#[resource(public(list, delete), hooks)]
pub struct Knot {
    pub id: i64,
    #[resource(belongs_to(parent: Knot, on_delete = "cascade"))]
    pub parent_id: Option<i64>,
}

static HOOKS: AtomicUsize = AtomicUsize::new(0);

impl Hooks for Knot {
    async fn before_delete(_: &Self, _: &HookContext) -> Result<()> {
        HOOKS.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    async fn after_delete(_: &Self, hook: &HookContext) -> Result<()> {
        HOOKS.fetch_add(10, Ordering::SeqCst);
        // The transaction is still usable.
        hook.service::<trunk::Service>().create(trunk::Create::new()).await.map(drop)
    }
}

/// Two tables whose rows are deleted with each other's.
#[derive(Clone, Debug, Resource)]
#[resource(public(list, delete))]
pub struct Ping {
    pub id: i32,
    #[resource(belongs_to(pong: Pong, on_delete = "cascade"))]
    pub pong_id: Option<i32>,
}

/// The other.
#[derive(Clone, Debug, Resource)]
#[resource(public(list, delete))]
pub struct Pong {
    pub id: i32,
    #[resource(belongs_to(ping: Ping, on_delete = "cascade"))]
    pub ping_id: Option<i32>,
}

fn app(database: TestDatabase) -> TestApp {
    TestApp::start_on(database, |app| {
        app.resource::<Trunk>()
            .resource::<Twig>()
            .resource::<Nest>()
            .resource::<Fruit>()
            .resource::<Bird>()
            .resource::<Knot>()
            .resource::<Ping>()
            .resource::<Pong>()
    })
}

fn run(app: &TestApp, statements: &[String]) {
    for statement in statements {
        app.block_on(app.ctx().db().execute_unprepared(statement)).expect(statement);
    }
}

fn count(app: &TestApp, table: &str) -> i64 {
    let db = app.ctx().db();
    let sql = format!("SELECT COUNT(*) FROM {table}");
    let row = app.block_on(db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)));
    row.expect("a query").expect("a row").try_get_by_index(0).expect("a number")
}

/// Numbers, starting at 1.
fn numbers(most: usize) -> String {
    format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {most})")
}

/// `most` rows, each the parent of the next. They are not stored in the chain's order.
fn chain(table: &str, most: usize) -> Vec<String> {
    vec![
        format!("INSERT INTO {table} (id, parent_id) {} SELECT i, NULL FROM n ORDER BY i % 7, i", numbers(most)),
        format!("UPDATE {table} SET parent_id = id - 1 WHERE id > 1"),
    ]
}

struct Case {
    what: &'static str,
    rows: fn(usize) -> Vec<String>,
    delete: &'static str,
    /// The number of rows that are left in each table.
    left: &'static [(&'static str, i64)],
    status: u16,
}

const CASES: &[Case] = &[
    Case { what: "a chain", rows: |most| chain("twigs", most), delete: "twigs/1", left: &[("twigs", 0)], status: 204 },
    Case {
        what: "a chain, from its middle",
        rows: |most| chain("twigs", most + 100),
        delete: "twigs/101",
        left: &[("twigs", 100)],
        status: 204,
    },
    Case {
        what: "a chain with hooks",
        rows: |most| chain("knots", most),
        delete: "knots/1",
        left: &[("knots", 0), ("trunks", 1)],
        status: 204,
    },
    Case {
        what: "a chain that goes with another row",
        rows: |most| {
            let mut rows = vec!["INSERT INTO trunks (id, height) VALUES (1000000, 1)".to_owned()];
            rows.extend(chain("twigs", most));
            rows.push("UPDATE twigs SET trunk_id = 1000000 WHERE id IN (1, 7, 900)".to_owned());
            rows
        },
        delete: "trunks/1000000",
        left: &[("twigs", 0), ("trunks", 0)],
        status: 204,
    },
    Case {
        what: "two tables that refer to each other",
        rows: |most| {
            vec![
                format!("INSERT INTO pings (id, pong_id) {} SELECT i, NULL FROM n", numbers(most)),
                format!("INSERT INTO pongs (id, ping_id) {} SELECT i, i FROM n", numbers(most)),
                "UPDATE pings SET pong_id = id - 1 WHERE id > 1".to_owned(),
            ]
        },
        delete: "pings/1",
        left: &[("pings", 0), ("pongs", 0)],
        status: 204,
    },
    Case {
        what: "a ring",
        rows: |most| {
            let mut rows = chain("twigs", most);
            rows.push(format!("UPDATE twigs SET parent_id = {most} WHERE id = 1"));
            rows
        },
        delete: "twigs/5",
        left: &[("twigs", 0)],
        status: 204,
    },
    Case {
        what: "a tree",
        rows: |most| {
            vec![
                format!("INSERT INTO twigs (id, parent_id) {} SELECT i, NULL FROM n", numbers(most)),
                "UPDATE twigs SET parent_id = CASE WHEN id > 3 THEN id - 1 - id % 3 END WHERE id > 1".to_owned(),
                "UPDATE twigs SET parent_id = 1 WHERE id IN (2, 3)".to_owned(),
            ]
        },
        delete: "twigs/1",
        left: &[("twigs", 0)],
        status: 204,
    },
    Case {
        what: "a chain with fruit and birds",
        rows: |most| {
            let mut rows = chain("twigs", most);
            rows.push(format!("INSERT INTO fruits (id, twig_id) {} SELECT i, i FROM n", numbers(most)));
            rows.push(format!("INSERT INTO birds (id, twig_id) {} SELECT i, i FROM n", numbers(most)));
            rows.push("UPDATE birds SET twig_id = NULL WHERE id = 3".to_owned());
            rows
        },
        delete: "twigs/1",
        left: &[("twigs", 0), ("fruits", 0), ("birds WHERE twig_id IS NOT NULL", 0)],
        status: 204,
    },
    Case {
        what: "a chain whose last row something stands in the way of",
        rows: |most| {
            let mut rows = chain("twigs", most);
            rows.push(format!("INSERT INTO nests (id, twig_id) VALUES (1, {most})"));
            rows
        },
        delete: "twigs/1",
        left: &[("twigs WHERE parent_id IS NOT NULL OR id = 1", -1), ("nests", 1)],
        status: 409,
    },
];

fn check(database: TestDatabase, most: usize, cases: &[&str]) {
    let app = app(database);
    for case in CASES.iter().filter(|case| cases.is_empty() || cases.contains(&case.what)) {
        let tables = ["nests", "fruits", "birds", "knots"];
        run(&app, &tables.map(|table| format!("DELETE FROM {table}")));
        for cut in ["twigs SET parent_id = NULL", "pings SET pong_id = NULL", "pongs SET ping_id = NULL"] {
            run(&app, &[format!("UPDATE {cut}")]);
        }
        run(&app, &["twigs", "trunks", "pings", "pongs"].map(|table| format!("DELETE FROM {table}")));
        run(&app, &(case.rows)(most));
        let begun = std::time::Instant::now();
        let answer = app.anonymous().delete(&format!("/api/v1/{}", case.delete));
        println!("{database:?}, {most}: {}: {} after {:?}", case.what, answer.status, begun.elapsed());
        assert_eq!(answer.status, case.status, "{database:?}, {most}: {}: {}", case.what, answer.text());
        for (table, left) in case.left {
            let left = if *left < 0 { most as i64 } else { *left };
            assert_eq!(count(&app, table), left, "{database:?}, {most}: {}: {table}", case.what);
        }
    }
}

#[test]
fn long_chains_are_deleted_on_sqlite() {
    check(TestDatabase::Sqlite, 900, &["a chain"]);
    check(TestDatabase::Sqlite, 1_100, &[]);
}

#[test]
fn long_chains_are_deleted_on_postgres() {
    check(TestDatabase::Postgres, 5_000, &[]);
}

#[test]
fn very_long_chains_are_deleted() {
    let cases = ["a chain", "a chain with hooks", "two tables that refer to each other"];
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        HOOKS.store(0, Ordering::SeqCst);
        check(database, 20_000, &cases);
        assert_eq!(HOOKS.load(Ordering::SeqCst), 11, "hooks run once, for the row itself");
    }
}
