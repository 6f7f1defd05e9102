//! Another program alters a table while the server uses it: prepared statements of PostgreSQL are then outdated, and no
//! request may fail.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

use resourceful::prelude::*;
use resourceful::sea_orm::{ConnectionTrait, EntityTrait};
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

/// The parent of leaves.
#[derive(Clone, Debug, Resource)]
#[resource(public(list, get, create, patch, count), has_many(leaves: Leaf))]
pub struct Branch {
    pub id: i32,
    #[resource(filter, sort, search)]
    pub name: String,
}

/// A child of a branch, whose writes run in a transaction.
#[derive(Clone, Debug, Resource)]
#[resource(public(list, get, create, patch, delete), hooks, check = has_name)]
pub struct Leaf {
    pub id: i32,
    #[resource(belongs_to(branch: Branch))]
    pub branch_id: i32,
    #[resource(filter)]
    pub name: String,
}

impl Hooks for Leaf {}

/// Written in a transaction, without hooks.
#[derive(Clone, Debug, Resource)]
#[resource(public(create, patch), check = named)]
pub struct Bud {
    pub id: i32,
    pub name: String,
}

fn has_name(row: &Leaf) -> Result<(), &'static str> {
    if row.name.is_empty() { Err("needs a name") } else { Ok(()) }
}

fn named(row: &Bud) -> Result<(), &'static str> {
    if row.name.is_empty() { Err("needs a name") } else { Ok(()) }
}

/// A hand-written query.
#[get("/by-hand", public)]
async fn by_hand(ctx: resourceful::actix_web::web::Data<Context>) -> Result<String> {
    Ok(branch::Entity::find().all(ctx.db()).await?.len().to_string())
}

/// A hand-written transaction.
#[post("/together", public)]
async fn together(ctx: resourceful::actix_web::web::Data<Context>) -> Result<String> {
    let done = ctx
        .transaction_retrying(async |tx| branch::Service::as_system(&tx).create(branch::Create::new("together")).await);
    Ok(done.await?.id.to_string())
}

fn app() -> TestApp {
    let app = TestApp::start_on(TestDatabase::Postgres, |app| {
        app.resource_with::<Branch>(|routes| routes.service(by_hand).service(together))
            .resource::<Leaf>()
            .resource::<Bud>()
    });
    run(&app, "ALTER TABLE branches ALTER COLUMN name TYPE varchar(20)");
    run(&app, "ALTER TABLE leafs ALTER COLUMN name TYPE varchar(20)");
    run(&app, "ALTER TABLE buds ALTER COLUMN name TYPE varchar(20)");
    app
}

fn run(app: &TestApp, sql: &str) {
    let server = app.ctx();
    app.block_on(server.db().execute_unprepared(sql)).expect(sql);
}

/// Every kind of request.
const REQUESTS: &[(&str, fn(&Caller<'_>) -> Answer)] = &[
    ("list", |caller| caller.get("/api/v1/branches?include=leaves&sort=name&q=a&size=3")),
    ("filter", |caller| caller.get("/api/v1/branches?name[contains]=a&leaves.name=x")),
    ("count", |caller| caller.get("/api/v1/branches/count?name=a")),
    ("get", |caller| caller.get("/api/v1/branches/1?include=leaves")),
    ("create", |caller| caller.post("/api/v1/branches", json!({"name": "another"}))),
    ("patch", |caller| caller.patch("/api/v1/branches/1", json!({"name": "changed"}))),
    ("create with a check", |caller| caller.post("/api/v1/buds", json!({"name": "a bud"}))),
    ("patch with a check", |caller| caller.patch("/api/v1/buds/1", json!({"name": "a bud"}))),
    ("patch with hooks", |caller| caller.patch("/api/v1/leafs/1", json!({"name": "a leaf"}))),
    ("delete with hooks", |caller| {
        let leaves = caller.get("/api/v1/leafs?name=gone").json();
        let rows = leaves["items"].as_array().expect("leaves to delete");
        let mut answer = caller.delete(&format!("/api/v1/leafs/{}", rows[0]["id"]));
        // Others delete the same
        answer.status = if answer.status == 404 { 204 } else { answer.status };
        answer
    }),
    ("transaction", |caller| caller.post("/api/v1/branches/together", Value::Null)),
];

/// What is done to all tables.
const CHANGES: &[&str] = &[
    "ALTER COLUMN name TYPE varchar(200)",
    "ALTER COLUMN name TYPE text",
    "ADD COLUMN extra integer NOT NULL DEFAULT 7",
    "ALTER COLUMN name TYPE varchar(300)",
    "DROP COLUMN extra",
    "ALTER COLUMN name SET DEFAULT 'x'",
    "ALTER COLUMN name TYPE varchar(30)",
    "ALTER COLUMN name DROP DEFAULT",
];

fn prepare(app: &TestApp) {
    let caller = app.anonymous();
    for name in ["a", "b", "c"] {
        assert_eq!(caller.post("/api/v1/branches", json!({"name": name})).status, 201);
    }
    assert_eq!(caller.post("/api/v1/leafs", json!({"branchId": 1, "name": "leaf"})).status, 201);
    assert_eq!(caller.post("/api/v1/buds", json!({"name": "bud"})).status, 201);
    // Enough to delete
    run(app, "INSERT INTO leafs (branch_id, name) SELECT 1, 'gone' FROM generate_series(1, 200)");
}

/// One after another, each request right after each change: all succeed, and each write happens once.
#[test]
fn no_request_fails_after_a_table_was_altered() {
    let app = app();
    let caller = app.anonymous();
    prepare(&app);
    for (what, request) in REQUESTS {
        assert!((200..300).contains(&request(&caller).status), "{what}");
        let before = rows(&app);
        for change in CHANGES {
            for table in ["branches", "leafs", "buds"] {
                run(&app, &format!("ALTER TABLE {table} {change}"));
            }
            let answer = request(&caller);
            assert!((200..300).contains(&answer.status), "{what} after {change}: {}", answer.text());
        }
        let creates = what.starts_with("create") || *what == "transaction";
        assert_eq!(rows(&app) - before, if creates { CHANGES.len() as u64 } else { 0 }, "{what}");
    }
}

fn rows(app: &TestApp) -> u64 {
    app.block_on(async {
        let all = branch::Service::as_system(app.ctx()).count(Query::new()).await.expect("a count");
        all + bud::Service::as_system(app.ctx()).count(Query::new()).await.expect("a count")
    })
}

/// Number columns that a migration has widened before the new version of the program runs.
#[test]
fn columns_of_wider_and_narrower_numbers_are_read() {
    let app = app();
    let caller = app.anonymous();
    prepare(&app);
    for width in ["bigint", "smallint", "integer"] {
        run(&app, &format!("ALTER TABLE branches ALTER COLUMN id TYPE {width}"));
        assert_eq!(caller.get("/api/v1/branches/1").json()["id"], 1, "{width}");
        assert_eq!(caller.patch("/api/v1/branches/1", json!({"name": "x"})).json()["id"], 1, "{width}");
        let branch = caller.post("/api/v1/branches", json!({"name": width}));
        assert_eq!((branch.status, branch.json()["name"].as_str()), (201, Some(width)));
        assert_eq!(caller.get("/api/v1/branches?sort=name").status, 200, "{width}");
    }
}

/// Under load, on many connections at once.
#[test]
fn no_request_fails_while_tables_are_altered_under_load() {
    let app = app();
    prepare(&app);
    let (stop, changed) = (AtomicBool::new(false), app.ctx().statements());
    let answers: Vec<BTreeMap<(&str, u16), usize>> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|worker| {
                let (stop, app) = (&stop, &app);
                scope.spawn(move || {
                    let (caller, mut counts) = (app.anonymous(), BTreeMap::new());
                    for (what, request) in REQUESTS.iter().cycle().skip(worker) {
                        if stop.load(Ordering::SeqCst) {
                            break;
                        }
                        *counts.entry((*what, request(&caller).status)).or_insert(0) += 1;
                    }
                    counts
                })
            })
            .collect();
        for _ in 0..3 {
            for change in CHANGES {
                for table in ["branches", "leafs", "buds"] {
                    run(&app, &format!("ALTER TABLE {table} {change}"));
                }
            }
            run(&app, "CREATE INDEX again ON branches (name)");
            run(&app, "DROP INDEX again");
        }
        stop.store(true, Ordering::SeqCst);
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    let mut all = BTreeMap::new();
    for (key, count) in answers.into_iter().flatten() {
        *all.entry(key).or_insert(0) += count;
    }
    println!("{all:?}, {} statements", app.ctx().statements() - changed);
    let failed: Vec<_> = all.iter().filter(|((_, status), _)| *status >= 300).collect();
    assert!(failed.is_empty(), "{failed:?}");
}

/// Hand-written queries cannot be repeated automatically: at most one answer is 503, which says that it can be repeated.
#[test]
fn hand_written_queries_recover_after_one_failure() {
    let app = app();
    let caller = app.anonymous();
    prepare(&app);
    for change in CHANGES {
        for _ in 0..8 {
            assert_eq!(caller.get("/api/v1/branches/by-hand").status, 200);
        }
        run(&app, &format!("ALTER TABLE branches {change}"));
        let answers: Vec<Answer> = (0..8).map(|_| caller.get("/api/v1/branches/by-hand")).collect();
        let failed: Vec<&Answer> = answers.iter().filter(|answer| answer.status != 200).collect();
        assert!(failed.len() <= 1, "{change}: {} of 8", failed.len());
        for answer in failed {
            assert_eq!((answer.status, answer.problem().as_deref()), (503, Some("unavailable")), "{}", answer.text());
            assert!(answer.header("retry-after").is_some());
        }
    }
}
