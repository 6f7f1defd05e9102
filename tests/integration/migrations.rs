//! Migrations: rebuilding a table of SQLite loses no data, and processes that start at the same time migrate once.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use resourceful::migration::{
    DbErr, MigrationName, MigrationTrait, MigratorTrait, SchemaManager, async_trait, execute_all, rebuild_table,
};
use resourceful::prelude::*;
use resourceful::sea_orm::{ConnectionTrait, Statement};
use resourceful::testing::{TestApp, TestDatabase};

/// A table to which many tables refer, including itself, with every action of `ON DELETE` and over several levels; an
/// index, triggers of this and of another table, a view, and AUTOINCREMENT numbers that must not be assigned again.
const TABLES: &[&str] = &[
    "CREATE TABLE folders (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, name text, parent_id integer, \
     CONSTRAINT fk FOREIGN KEY (parent_id) REFERENCES folders (id) ON DELETE CASCADE)",
    "CREATE INDEX ix_folders_name ON folders (name)",
    "CREATE TABLE gone (id integer)",
    "CREATE TRIGGER note AFTER DELETE ON folders BEGIN INSERT INTO gone VALUES (old.id); END",
    "CREATE TABLE files (id integer PRIMARY KEY, folder_id integer NOT NULL REFERENCES folders (id) ON DELETE CASCADE)",
    "CREATE TRIGGER touch AFTER INSERT ON files BEGIN UPDATE folders SET name = name WHERE id = new.folder_id; END",
    "CREATE TABLE pages (id integer PRIMARY KEY, file_id integer NOT NULL REFERENCES files (id) ON DELETE CASCADE)",
    "CREATE TABLE locks (id integer PRIMARY KEY, folder_id integer NOT NULL REFERENCES folders (id) ON DELETE RESTRICT)",
    "CREATE TABLE links (id integer PRIMARY KEY, folder_id integer REFERENCES folders (id) ON DELETE SET NULL)",
    "CREATE TABLE marks (id integer PRIMARY KEY, folder_id integer NOT NULL REFERENCES folders (id))",
    "CREATE VIEW named AS SELECT id, name FROM folders WHERE name IS NOT NULL",
    "INSERT INTO folders (id, name, parent_id) VALUES (1, 'a', NULL), (2, 'b', 1), (3, 'c', 2), (4, NULL, 3), (90, 'z', NULL)",
    "DELETE FROM folders WHERE id = 90",
    "INSERT INTO files SELECT id * 10, id FROM folders",
    "INSERT INTO pages SELECT id * 10, id FROM files",
    "INSERT INTO locks SELECT id, id FROM folders WHERE id < 3",
    "INSERT INTO links SELECT id, id FROM folders",
    "INSERT INTO marks SELECT id, id FROM folders WHERE id > 3",
];

const ALL: &str = "SELECT group_concat(line, ' ') FROM (\
    SELECT 'folders' || id || coalesce(name, '-') || coalesce(parent_id, '') AS line FROM folders \
    UNION ALL SELECT 'file' || id || ':' || folder_id FROM files UNION ALL SELECT 'page' || id || ':' || file_id FROM pages \
    UNION ALL SELECT 'lock' || id || ':' || folder_id FROM locks UNION ALL SELECT 'mark' || folder_id FROM marks \
    UNION ALL SELECT 'link' || id || ':' || coalesce(folder_id, '-') FROM links UNION ALL SELECT 'gone' || id FROM gone \
    UNION ALL SELECT 'named' || id || name FROM named)";

const NEW: &str = "CREATE TABLE folders (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, name varchar(200), \
                   parent_id integer REFERENCES folders (id) ON DELETE CASCADE, size integer NOT NULL DEFAULT 0)";

/// SQLite's documented rebuild, by hand.
const BY_HAND: &[&str] = &[
    "DROP TRIGGER touch",
    "DROP VIEW named",
    "CREATE TABLE new_folders (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, name varchar(200), parent_id integer \
     REFERENCES folders (id) ON DELETE CASCADE, size integer NOT NULL DEFAULT 0)",
    "INSERT INTO new_folders (id, name, parent_id) SELECT id, name, parent_id FROM folders",
    "DROP TABLE folders",
    "ALTER TABLE new_folders RENAME TO folders",
    "CREATE VIEW named AS SELECT id, name FROM folders WHERE name IS NOT NULL",
];

const OFF: &[&str] = &["PRAGMA foreign_keys = off"];
const ON: &[&str] = &["PRAGMA foreign_keys = on"];

type Work = for<'a> fn(&'a SchemaManager<'a>) -> BoxFuture<'a, Result<(), DbErr>>;

/// What the migration is called, whether it requires a transaction, and what it does.
struct Way(&'static str, Option<bool>, Work);

/// Rebuilds that lose nothing.
const REBUILDS: &[Way] = &[
    Way("m_hand", None, |manager| {
        async move {
            execute_all(manager, OFF).await?;
            execute_all(manager, BY_HAND).await?;
            execute_all(manager, ON).await
        }
        .boxed()
    }),
    Way("m_hand_forgets_to_switch_on", None, |manager| {
        async move {
            execute_all(manager, OFF).await?;
            execute_all(manager, BY_HAND).await
        }
        .boxed()
    }),
    Way("m_hand_in_a_transaction", Some(true), |manager| {
        async move {
            execute_all(manager, OFF).await?;
            execute_all(manager, BY_HAND).await?;
            execute_all(manager, ON).await
        }
        .boxed()
    }),
    Way("m_hand_with_begin", None, |manager| {
        async move {
            execute_all(manager, OFF).await?;
            execute_all(manager, &["BEGIN"]).await?;
            execute_all(manager, BY_HAND).await?;
            execute_all(manager, &["COMMIT"]).await?;
            execute_all(manager, ON).await
        }
        .boxed()
    }),
    Way("m_hand_with_a_manager", Some(false), |manager| {
        async move {
            execute_all(manager, OFF).await?;
            let inner = manager.begin().await?;
            execute_all(&inner, BY_HAND).await?;
            inner.commit().await?;
            execute_all(manager, ON).await
        }
        .boxed()
    }),
    Way("m_ours", None, |manager| rebuild_table(manager, NEW, &[]).boxed()),
    Way("m_ours_in_a_transaction", Some(true), |manager| rebuild_table(manager, NEW, &[("size", "0")]).boxed()),
    Way("m_ours_twice", None, |manager| {
        async move {
            rebuild_table(manager, NEW, &[]).await?;
            rebuild_table(manager, NEW, &[]).await
        }
        .boxed()
    }),
];

/// Migrations that are refused with a message, and change nothing.
const REFUSED: &[(Way, &str)] = &[
    (
        Way("m_null", None, |manager| {
            rebuild_table(
                manager,
                "CREATE TABLE folders (id integer PRIMARY KEY, name text NOT NULL, parent_id integer)",
                &[],
            )
            .boxed()
        }),
        "NOT NULL",
    ),
    (
        Way("m_key", None, |manager| rebuild_table(manager, NEW, &[("parent_id", "parent_id + 1000")]).boxed()),
        "`folders` that do not exist",
    ),
    (
        Way("m_reference", None, |manager| {
            rebuild_table(manager, NEW, &[("id", "id + 1000"), ("parent_id", "NULL")]).boxed()
        }),
        "that do not exist",
    ),
    (
        Way("m_trigger", None, |manager| {
            rebuild_table(manager, "CREATE TABLE folders (id integer PRIMARY KEY, parent_id integer)", &[]).boxed()
        }),
        "a trigger or a view uses a column that no longer exists",
    ),
    (
        Way("m_conflict", None, |manager| {
            rebuild_table(
            manager,
            "CREATE TABLE folders (id integer PRIMARY KEY, name text, parent_id integer, one integer UNIQUE ON CONFLICT IGNORE)",
            &[("one", "1")],
        )
        .boxed()
        }),
        "would not hold all rows",
    ),
    (Way("m_column", None, |manager| rebuild_table(manager, NEW, &[("sise", "0")]).boxed()), "no column `sise`"),
    (
        Way("m_no_table", None, |manager| rebuild_table(manager, "CREATE TABLE floders (id integer)", &[]).boxed()),
        "no table `floders`",
    ),
    (
        Way("m_own_transaction", None, |manager| {
            async move {
                let inner = manager.begin().await?;
                rebuild_table(&inner, NEW, &[]).await
            }
            .boxed()
        }),
        "outside of transactions of your own",
    ),
    (
        Way("m_begin", None, |manager| {
            async move {
                execute_all(manager, &["BEGIN"]).await?;
                let done = rebuild_table(manager, NEW, &[]).await;
                execute_all(manager, &["ROLLBACK"]).await?;
                done
            }
            .boxed()
        }),
        "inside a transaction",
    ),
    (
        Way("m_orphans", Some(true), |manager| execute_all(manager, &["DELETE FROM folders WHERE id = 4"]).boxed()),
        "was rolled back",
    ),
];

struct Step(&'static Way);

impl MigrationName for Step {
    fn name(&self) -> &str {
        self.0.0
    }
}

#[async_trait::async_trait]
impl MigrationTrait for Step {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        (self.0.2)(manager).await
    }

    fn use_transaction(&self) -> Option<bool> {
        self.0.1
    }
}

/// After the rebuild: the triggers of the table are there, new rows get new numbers, and foreign keys work as declared.
static AFTERWARDS: Way = Way("n_afterwards", None, |manager| {
    execute_all(
        manager,
        &[
            "DELETE FROM locks",
            "DELETE FROM marks",
            "INSERT INTO folders (name) VALUES ('new')",
            "DELETE FROM folders WHERE id = 2",
        ],
    )
    .boxed()
});

struct Rebuilds<const N: usize>;

#[async_trait::async_trait]
impl<const N: usize> MigratorTrait for Rebuilds<N> {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Step(&REBUILDS[N]))]
    }
}

struct Both<const N: usize>;

#[async_trait::async_trait]
impl<const N: usize> MigratorTrait for Both<N> {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Step(&REBUILDS[N])), Box::new(Step(&AFTERWARDS))]
    }
}

struct Refused<const N: usize>;

#[async_trait::async_trait]
impl<const N: usize> MigratorTrait for Refused<N> {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Step(&REFUSED[N].0))]
    }
}

fn text(app: &TestApp, sql: &str) -> String {
    let db = app.ctx().db();
    let row = app.block_on(db.query_one_raw(Statement::from_string(db.get_database_backend(), sql)));
    row.expect("a query").expect("a row").try_get_by_index::<Option<String>>(0).expect("a text").unwrap_or_default()
}

fn run(app: &TestApp, statements: &[&str]) {
    for statement in statements {
        app.block_on(app.ctx().db().execute_unprepared(statement)).expect(statement);
    }
}

fn filled() -> TestApp {
    let app = TestApp::start(|app| app);
    run(&app, TABLES);
    app
}

/// The start-up error of an application.
fn refusal(start: impl FnOnce() -> TestApp) -> String {
    let panic = std::panic::catch_unwind(AssertUnwindSafe(start)).err().expect("it does not start");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

fn rebuild<const N: usize>() {
    let Way(name, ..) = REBUILDS[N];
    for round in 0..4 {
        let app = filled();
        let before = text(&app, ALL);
        drop(app.another(|app| app.migrations::<Rebuilds<N>>()));
        assert_eq!(text(&app, ALL), before, "{name}, round {round}");
        if name.contains("ours") {
            let kept = "SELECT group_concat(name, ' ') FROM (SELECT name FROM sqlite_schema WHERE type IN ('index', \
                        'trigger', 'view') AND sql IS NOT NULL ORDER BY name)";
            assert_eq!(text(&app, kept), "ix_folders_name named note touch", "{name}");
        }
        drop(app.another(|app| app.migrations::<Both<N>>()));
        let left = "SELECT (SELECT group_concat(id, ' ') FROM folders) || '; ' || (SELECT group_concat(id, ' ') FROM files) \
                    || '; ' || (SELECT count(*) FROM pages) || '; ' || (SELECT group_concat(coalesce(folder_id, '-'), ' ') FROM links)";
        let number = if name.contains("hand") { 5 } else { 91 };
        assert_eq!(
            text(&app, left),
            format!("1 {number}; 10; 1; 1 - - -"),
            "{name}: what ON DELETE says happens again"
        );
    }
    // Both in one run: foreign keys that the first has turned off must be on for the second.
    let app = filled();
    drop(app.another(|app| app.migrations::<Both<N>>()));
    assert_eq!(text(&app, "SELECT group_concat(id, ' ') FROM files"), "10", "{name}");
}

#[test]
fn a_rebuild_by_hand_loses_nothing() {
    rebuild::<0>();
    rebuild::<1>();
    rebuild::<2>();
    rebuild::<3>();
    rebuild::<4>();
}

#[test]
fn rebuild_table_loses_nothing() {
    rebuild::<5>();
    rebuild::<6>();
    rebuild::<7>();
}

fn refused<const N: usize>() {
    let (Way(name, ..), sentence) = &REFUSED[N];
    let app = filled();
    let before = text(&app, ALL);
    let schema = "SELECT group_concat(sql, ' ') FROM (SELECT sql FROM sqlite_schema WHERE name != 'seaql_migrations' ORDER BY name)";
    let tables = text(&app, schema);
    let why = refusal(|| app.another(|app| app.migrations::<Refused<N>>()));
    assert!(why.contains(sentence) && why.contains("a migration failed"), "{name}: {why}");
    assert_eq!((text(&app, ALL), text(&app, schema)), (before, tables), "{name} changed something");
    assert!(app.block_on(app.ctx().db().execute_unprepared("DELETE FROM folders WHERE id = 4")).is_err(), "{name}");
}

#[test]
fn a_rebuild_that_would_lose_data_is_refused() {
    refused::<0>();
    refused::<1>();
    refused::<2>();
    refused::<3>();
    refused::<4>();
    refused::<5>();
    refused::<6>();
    refused::<7>();
    refused::<8>();
    refused::<9>();
}

/// A caller with many connections of their own gets the same.
#[test]
fn a_rebuild_uses_one_connection() {
    for _ in 0..5 {
        let app = filled();
        let before = text(&app, ALL);
        app.block_on(async {
            let db = app.ctx().pool().expect("no pooler");
            let manager = SchemaManager::new(db);
            rebuild_table(&manager, NEW, &[]).await.expect("it is done");
            for _ in 0..10 {
                assert!(db.execute_unprepared("DELETE FROM folders WHERE id = 2").await.is_err(), "keys are on");
            }
        });
        assert_eq!(text(&app, ALL), before);
    }
}

/// A dropped column, and what was dropped with it.
#[test]
fn a_column_can_be_dropped() {
    let app = filled();
    run(&app, &["DROP VIEW named", "DROP TRIGGER touch"]);
    app.block_on(async {
        let manager = SchemaManager::new(app.ctx().pool().expect("no pooler"));
        let create = "CREATE TABLE \"folders\" (id integer PRIMARY KEY, parent_id integer, title text NOT NULL)";
        rebuild_table(&manager, create, &[("title", "coalesce(name, 'none')")]).await.expect("it is done");
    });
    assert_eq!(text(&app, "SELECT group_concat(title, ' ') FROM folders"), "a b c none");
    assert_eq!(text(&app, "SELECT CAST(count(*) AS TEXT) FROM sqlite_schema WHERE name = 'ix_folders_name'"), "0");
    assert_eq!(text(&app, "SELECT CAST(count(*) AS TEXT) FROM sqlite_schema WHERE name = 'note'"), "1");
}

/// Adds a row; running twice would add one row too many.
struct Data;

#[async_trait::async_trait]
impl MigrationTrait for Data {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        execute_all(
            manager,
            &["INSERT INTO notes VALUES (1)", "UPDATE totals SET total = total + (SELECT COUNT(*) FROM notes)"],
        )
        .await
    }
}

impl MigrationName for Data {
    fn name(&self) -> &str {
        "m_data"
    }
}

struct Later;

#[async_trait::async_trait]
impl MigratorTrait for Later {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(Data)]
    }
}

/// A resource whose table every process would create.
#[derive(Clone, Debug, Resource)]
#[resource(public(list))]
pub struct Slip {
    pub id: Uuid,
}

#[test]
fn processes_that_start_at_once_migrate_once() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        for round in 0..3 {
            let app = TestApp::start_on(database, |app| app);
            run(
                &app,
                &[
                    "CREATE TABLE notes (id integer)",
                    "CREATE TABLE totals (total integer)",
                    "INSERT INTO totals VALUES (0)",
                ],
            );
            let start = || drop(app.another(|app| app.migrations::<Later>()));
            std::thread::scope(|threads| (0..4).for_each(|_| drop(threads.spawn(start))));
            let total = text(&app, "SELECT (SELECT total FROM totals) || ' ' || (SELECT COUNT(*) FROM notes)");
            assert_eq!(total, "1 1", "{database:?}, round {round}");
            let start = || drop(app.another(|app| app.resource::<Slip>()));
            std::thread::scope(|threads| (0..4).for_each(|_| drop(threads.spawn(start))));
        }
    }
}
