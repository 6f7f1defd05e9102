//! Writes that the database refuses: triggers, constraints created by hand, row-level security. The answer is a 4xx
//! problem in plain words, and no row is changed.

use resourceful::prelude::*;
use resourceful::sea_orm::{ConnectionTrait, DbBackend, Statement};
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

use crate::support::{created, ok, refused};

/// A write that is one statement.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(public(list, count, get, create, bulk_create, update, patch, delete))]
pub struct Bag {
    pub id: i32,
    pub name: Option<String>,
    #[resource(default = 1)]
    pub weight: i32,
}

/// A write that is a transaction, with hooks that write into another table.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(public(list, count, get, create, bulk_create, update, patch, delete), hooks)]
pub struct Chest {
    pub id: i32,
    pub name: Option<String>,
    #[resource(default = 1)]
    pub weight: i32,
}

impl Hooks for Chest {
    async fn before_create(row: &mut chest::ActiveModel, hook: &HookContext) -> Result<()> {
        match row.name.as_ref().as_deref() {
            // Its own statement violates the rule, and the error becomes the answer.
            Some("by hook") => insert_heavy(hook.tx()).await,
            Some("passes over") => {
                let _ = insert_heavy(hook.tx()).await;
                let _ = hook.tx().execute_unprepared("INSERT INTO bags (weight) VALUES (2)").await;
                Ok(())
            }
            Some("by service") => hook.service::<bag::Service>().create(bag::Create::new().weight(666)).await.map(drop),
            _ => Ok(()),
        }
    }
}

async fn insert_heavy(db: &impl ConnectionTrait) -> Result<()> {
    db.execute_unprepared("INSERT INTO bags (weight) VALUES (666)").await?;
    Ok(())
}

/// A hand-written statement outside of any transaction.
#[post("/heavy", public)]
async fn heavy(ctx: Context) -> Result<Json<Value>> {
    insert_heavy(ctx.db()).await.map(|()| Json(json!({})))
}

/// The same within a transaction.
#[post("/heavy/within", public)]
async fn heavy_within(ctx: Context) -> Result<Json<Value>> {
    ctx.transaction(async |tx| {
        bag::Service::as_system(&tx).create(bag::Create::new()).await?;
        insert_heavy(&tx).await
    })
    .await?;
    Ok(Json(json!({})))
}

fn start(database: TestDatabase) -> TestApp {
    TestApp::start_on(database, |app| {
        app.resource_with::<Bag>(|routes| routes.service(heavy).service(heavy_within).service(create_as))
            .resource::<Chest>()
    })
}

fn run(app: &TestApp, sql: &str) {
    let done = app.block_on(async { app.ctx().db().execute_unprepared(sql).await });
    done.unwrap_or_else(|error| panic!("{sql}: {error}"));
}

fn snapshot(app: &TestApp) -> Vec<String> {
    let sql = "SELECT 'bag ' || id || ' ' || coalesce(name, '-') || ' ' || weight AS t FROM bags UNION ALL \
               SELECT 'chest ' || id || ' ' || coalesce(name, '-') || ' ' || weight FROM chests ORDER BY 1";
    app.block_on(async {
        let statement = Statement::from_string(app.ctx().backend(), sql);
        let rows = app.ctx().db().query_all_raw(statement).await.expect("the tables");
        rows.iter().map(|row| row.try_get_by_index(0).expect("text")).collect()
    })
}

/// All writes that violate the rules: no weight is 666, and rows with the weight 665 cannot be changed.
fn writes<'a>(caller: &'a Caller<'a>, path: &str, id: &Value) -> Vec<(&'static str, Answer)> {
    let at = format!("{path}/{id}");
    let merge = [("content-type", "application/merge-patch+json")];
    vec![
        ("create", caller.post(path, json!({"weight": 666}))),
        ("bulk", caller.post(&format!("{path}/bulk"), json!([{}, {"weight": 2}, {"weight": 666}, {}]))),
        ("update", caller.put(&at, json!({"weight": 666}))),
        ("patch", caller.patch(&at, json!({"weight": 666}))),
        ("merge", caller.send("PATCH", &at, &merge, Some(b"{\"weight\":666}".to_vec()))),
        ("delete", caller.delete(&at)),
    ]
}

/// The triggers with this RAISE statement, on both tables.
fn rules(backend: DbBackend, raise: &str) -> Vec<String> {
    let mut statements = Vec::new();
    if backend == DbBackend::Postgres {
        statements.push(format!(
            "CREATE OR REPLACE FUNCTION too_heavy() RETURNS trigger AS $$ BEGIN IF TG_OP = 'DELETE' THEN IF OLD.weight = 665 \
             THEN {raise}; END IF; RETURN OLD; END IF; IF NEW.weight = 666 THEN {raise}; END IF; RETURN NEW; END $$ \
             LANGUAGE plpgsql"
        ));
    }
    for table in ["bags", "chests"] {
        if backend == DbBackend::Postgres {
            statements.push(format!("DROP TRIGGER IF EXISTS heavy ON {table}"));
            statements.push(format!(
                "CREATE TRIGGER heavy AFTER INSERT OR UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION too_heavy()"
            ));
            continue;
        }
        for (event, row, weight) in [("INSERT", "NEW", 666), ("UPDATE", "NEW", 666), ("DELETE", "OLD", 665)] {
            statements.push(format!("DROP TRIGGER IF EXISTS {table}_{event}"));
            statements.push(format!(
                "CREATE TRIGGER {table}_{event} AFTER {event} ON {table} WHEN {row}.weight = {weight} BEGIN SELECT {raise}; END"
            ));
        }
    }
    statements
}

const POSTGRES: &[(&str, u16, &str)] = &[
    ("RAISE EXCEPTION 'the secret rule of %', TG_TABLE_NAME", 422, "validation-error"),
    ("RAISE EXCEPTION 'the secret rule' USING ERRCODE = '45000'", 422, "validation-error"),
    (
        "RAISE EXCEPTION 'the secret rule' USING ERRCODE = 'MYERR', HINT = 'secret', DETAIL = 'secret'",
        422,
        "validation-error",
    ),
    ("RAISE EXCEPTION 'the secret rule' USING ERRCODE = 'insufficient_privilege'", 422, "validation-error"),
    ("RAISE EXCEPTION 'the secret rule' USING ERRCODE = 'object_not_in_prerequisite_state'", 422, "validation-error"),
    ("RAISE no_data_found", 422, "validation-error"),
    ("ASSERT false, 'the secret rule'", 422, "validation-error"),
    ("RAISE EXCEPTION 'the secret rule' USING ERRCODE = 'check_violation'", 422, "validation-error"),
    ("RAISE EXCEPTION 'the secret rule' USING ERRCODE = 'invalid_parameter_value'", 422, "validation-error"),
    ("PERFORM 1 / 0", 422, "validation-error"),
    ("PERFORM 'secret'::integer", 422, "validation-error"),
    ("PERFORM 'secret'::varchar(2)::date", 422, "validation-error"),
    ("RAISE EXCEPTION 'the secret rule' USING ERRCODE = 'unique_violation'", 409, "conflict"),
    ("RAISE EXCEPTION 'the secret rule' USING ERRCODE = 'exclusion_violation'", 409, "conflict"),
    ("RAISE EXCEPTION 'the secret rule' USING ERRCODE = 'triggered_data_change_violation'", 409, "conflict"),
    // Not a rule: a missing table is an error of the trigger.
    ("PERFORM * FROM secret", 500, "internal-error"),
];

const SQLITE: &[(&str, u16, &str)] = &[
    ("RAISE(ABORT, 'the secret rule')", 422, "validation-error"),
    ("RAISE(ROLLBACK, 'the secret rule')", 422, "validation-error"),
    ("RAISE(FAIL, 'the secret rule')", 422, "validation-error"),
    ("RAISE(ABORT, 'UNIQUE is the secret rule')", 422, "validation-error"),
];

fn check(app: &TestApp, raise: &str, status: u16, slug: &str) {
    let caller = app.anonymous();
    for statement in rules(app.ctx().backend(), raise) {
        run(app, &statement);
    }
    for path in ["/api/v1/bags", "/api/v1/chests"] {
        let id = created(caller.post(path, json!({"name": "a", "weight": 665})))["id"].clone();
        let before = snapshot(app);
        for (operation, answer) in writes(&caller, path, &id) {
            let what = format!("{operation} on {path} where a trigger says {raise}");
            refused(&answer, status, slug, &what);
            for word in ["secret", "heavy", "trigger"] {
                assert!(!answer.text().contains(word), "{what}: {}", answer.text());
            }
            assert_eq!(snapshot(app), before, "{what}: nothing is changed");
        }
    }
    let before = snapshot(app);
    for (what, path, body) in [
        ("a hook's own statement", "chests", json!({"name": "by hook"})),
        ("a service in a hook", "chests", json!({"name": "by service"})),
        ("a hook that passes over it", "chests", json!({"name": "passes over"})),
        ("a statement in a transaction", "bags/heavy/within", json!({})),
        ("a statement", "bags/heavy", json!({})),
    ] {
        let answer = caller.post(&format!("/api/v1/{path}"), body);
        let what = format!("{what} where a trigger says {raise}");
        if what.starts_with("a hook that passes") {
            // It has to return the error: a transaction in which a statement has failed is not committed.
            assert_eq!(answer.status, 500, "{what}: {}", answer.text());
        } else {
            refused(&answer, status, slug, &what);
        }
        // Outside of a transaction `FAIL` keeps what was written; hand-written statements are not protected from that.
        if !(path == "bags/heavy" && raise.starts_with("RAISE(FAIL")) {
            assert_eq!(snapshot(app), before, "{what}: nothing is changed");
        }
    }
    // All connections stay usable: later writes succeed, each in its own transaction.
    for _ in 0..12 {
        created(caller.post("/api/v1/chests", json!({"name": "after"})));
        created(caller.post("/api/v1/bags", json!({"name": "after"})));
    }
    let id = created(caller.post("/api/v1/bags", json!({})))["id"].clone();
    assert_eq!(ok(caller.patch(&format!("/api/v1/bags/{id}"), json!({"weight": 3})))["weight"], 3);
    assert_eq!(caller.delete(&format!("/api/v1/bags/{id}")).status, 204);
}

#[test]
fn triggers_that_raise_errors_on_sqlite() {
    for (raise, status, slug) in SQLITE {
        check(&start(TestDatabase::Sqlite), raise, *status, slug);
    }
}

#[test]
fn triggers_that_raise_errors_on_postgres() {
    let app = start(TestDatabase::Postgres);
    for (raise, status, slug) in POSTGRES {
        check(&app, raise, *status, slug);
    }
}

#[test]
fn a_deferred_trigger_that_raises_at_the_commit() {
    let app = start(TestDatabase::Postgres);
    let caller = app.anonymous();
    for statement in rules(DbBackend::Postgres, "RAISE EXCEPTION 'the secret rule'") {
        run(&app, &statement);
    }
    for table in ["bags", "chests"] {
        run(&app, &format!("DROP TRIGGER heavy ON {table}"));
        run(
            &app,
            &format!(
                "CREATE CONSTRAINT TRIGGER heavy AFTER INSERT OR UPDATE OR DELETE ON {table} DEFERRABLE INITIALLY DEFERRED FOR \
                 EACH ROW EXECUTE FUNCTION too_heavy()"
            ),
        );
    }
    for path in ["/api/v1/bags", "/api/v1/chests"] {
        let id = created(caller.post(path, json!({"weight": 665})))["id"].clone();
        let before = snapshot(&app);
        for (operation, answer) in writes(&caller, path, &id) {
            refused(&answer, 422, "validation-error", operation);
            assert_eq!(snapshot(&app), before, "{operation} on {path}");
        }
    }
}

#[test]
fn hand_made_constraints_on_postgres() {
    let app = start(TestDatabase::Postgres);
    let caller = app.anonymous();
    for sql in [
        "ALTER TABLE bags ADD CONSTRAINT secret EXCLUDE (weight WITH =) WHERE (weight = 666)",
        "ALTER TABLE bags ADD CONSTRAINT secret_length CHECK (length(name) < 5)",
        "ALTER TABLE bags ADD COLUMN secret integer GENERATED ALWAYS AS (100 / (weight - 7)) STORED",
        "ALTER TABLE bags ALTER COLUMN name TYPE varchar(6)",
        "ALTER TABLE chests RENAME TO chests_all",
        "CREATE VIEW chests AS SELECT * FROM chests_all WHERE weight < 600 WITH CHECK OPTION",
    ] {
        run(&app, sql);
    }
    created(caller.post("/api/v1/bags", json!({"weight": 666})));
    for (path, body, status, slug) in [
        ("/api/v1/bags", json!({"weight": 666}), 409, "conflict"),
        ("/api/v1/bags", json!({"name": "long!"}), 422, "validation-error"),
        ("/api/v1/bags", json!({"name": "longer!"}), 422, "validation-error"),
        ("/api/v1/bags", json!({"weight": 7}), 422, "validation-error"),
        ("/api/v1/chests", json!({"weight": 600}), 422, "validation-error"),
    ] {
        let before = snapshot(&app);
        refused(&caller.post(path, &body), status, slug, &body.to_string());
        refused(&caller.post(&format!("{path}/bulk"), json!([{}, body])), status, slug, &format!("a bulk with {body}"));
        assert_eq!(snapshot(&app), before, "{body}");
    }
    run(&app, "ALTER TABLE chests_all ALTER COLUMN name SET DEFAULT 'x'");
    run(&app, "DROP VIEW chests");
    run(&app, "ALTER TABLE chests_all DROP COLUMN name");
    run(&app, "ALTER TABLE chests_all ADD COLUMN name text GENERATED ALWAYS AS ('made') STORED");
    run(&app, "ALTER TABLE chests_all RENAME TO chests");
    refused(&caller.post("/api/v1/chests", json!({"name": "x"})), 422, "validation-error", "a column that is computed");
}

/// A statement as another role of the database.
#[post("/as/{role}", public)]
async fn create_as(role: Path<String>, body: Json<Value>, ctx: Context) -> Result<Out<Bag>> {
    let weight = body["weight"].as_i64().and_then(|weight| weight.try_into().ok()).unwrap_or(1);
    ctx.transaction(async |tx| {
        tx.execute_unprepared(&format!("SET LOCAL ROLE {}", *role)).await?;
        bag::Service::as_system(&tx).create(bag::Create::new().weight(weight)).await
    })
    .await
    .map(Out)
}

#[test]
fn row_level_security() {
    let app = start(TestDatabase::Postgres);
    let caller = app.anonymous();
    let role = format!("resourceful_test_{}", std::process::id());
    for sql in [
        format!("CREATE ROLE {role}"),
        "CREATE POLICY light ON bags USING (true) WITH CHECK (weight < 600)".to_owned(),
        "ALTER TABLE bags ENABLE ROW LEVEL SECURITY".to_owned(),
    ] {
        run(&app, &sql);
    }
    let path = format!("/api/v1/bags/as/{role}");
    let none = caller.post(&path, json!({"weight": 1}));
    run(&app, &format!("GRANT ALL ON bags TO {role}"));
    let light = caller.post(&path, json!({"weight": 1}));
    let heavy = caller.post(&path, json!({"weight": 600}));
    for sql in [format!("DROP OWNED BY {role}"), format!("DROP ROLE {role}")] {
        run(&app, &sql);
    }
    refused(&none, 500, "internal-error", "a right that the application's role lacks is a fault of its setting");
    assert_eq!(ok(light)["weight"], 1);
    refused(&heavy, 403, "forbidden", "a row that the role may not write");
    assert_eq!(snapshot(&app).len(), 1);
}

#[test]
fn hand_made_constraints_on_sqlite() {
    let app = start(TestDatabase::Sqlite);
    let caller = app.anonymous();
    for sql in [
        "DROP TABLE bags",
        "CREATE TABLE bags (id integer PRIMARY KEY, name text CHECK (length(name) < 5), weight integer UNIQUE ON CONFLICT FAIL) STRICT",
    ] {
        run(&app, sql);
    }
    created(caller.post("/api/v1/bags", json!({"weight": 666})));
    for (body, status, slug) in
        [(json!({"weight": 666}), 409, "conflict"), (json!({"name": "long!"}), 422, "validation-error")]
    {
        let before = snapshot(&app);
        refused(&caller.post("/api/v1/bags", &body), status, slug, &body.to_string());
        let bulk = caller.post("/api/v1/bags/bulk", json!([{"weight": 5}, body]));
        refused(&bulk, status, slug, &format!("a bulk with {body}"));
        assert_eq!(snapshot(&app), before, "{body}");
    }
}
