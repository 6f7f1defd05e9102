//! Values that other programs have written into the tables and that do not fit their fields. Lists are still served, and
//! no answer reports a successful write as failed.

// Only one of the specimens is used by typed code, and the macro's spans make the others' services look unused.
#![allow(dead_code)]

use resourceful::prelude::*;
use resourceful::sea_orm::{ColumnTrait, ConnectionTrait, DbBackend, Statement};
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

use crate::resources::{Settings, Status};
use crate::support::{created, ok};

/// The same fields, with all that the engine does differently: hooks, checks, computed fields, a policy.
macro_rules! specimen {
    ($(#[$attribute:meta])* $name:ident) => {
        #[derive(Clone, Debug, PartialEq, Resource)]
        $(#[$attribute])*
        pub struct $name {
            pub id: i32,
            #[resource(filter)]
            pub label: Option<String>,
            #[resource(filter, sort)]
            pub small: Option<i16>,
            pub medium: Option<i32>,
            #[resource(filter, sort)]
            pub large: Option<i64>,
            pub single: Option<f32>,
            #[resource(sort)]
            pub double: Option<f64>,
            #[resource(sort)]
            pub exact: Option<Decimal>,
            pub flag: Option<bool>,
            pub key: Option<Uuid>,
            #[resource(sort)]
            pub day: Option<NaiveDate>,
            pub time: Option<NaiveTime>,
            pub local: Option<NaiveDateTime>,
            #[resource(filter, sort)]
            pub moment: Option<DateTime<Utc>>,
            pub status: Option<Status>,
            pub json: Option<Value>,
            pub settings: Option<Json<Settings>>,
            pub bytes: Option<Vec<u8>>,
        }
    };
}

specimen!(
    #[resource(public(list, search, get, create, bulk_create, update, patch, delete))]
    Plain
);
specimen!(
    #[resource(public(list, search, get, create, bulk_create, update, patch, delete), hooks)]
    Hooked
);
specimen!(
    #[resource(public(list, search, get, create, bulk_create, update, patch, delete), check = passes)]
    Tested
);
specimen!(
    #[resource(
        public(list, search, get, create, bulk_create, update, patch, delete),
        computed(length: i32, fragile: Option<i32>)
    )]
    Counted
);
specimen!(
    #[resource(public(list, search, get, create, bulk_create, update, patch, delete), policy)]
    Policed
);

impl Hooks for Hooked {
    async fn after_create(_: &Self, _: &HookContext) -> Result<()> {
        Ok(())
    }
}

fn passes(_: &Tested) -> Result<(), String> {
    Ok(())
}

impl Counted {
    fn length(&self) -> i32 {
        self.label.as_ref().map_or(0, |label| label.len() as i32)
    }

    fn fragile(&self) -> Option<i32> {
        assert_ne!(self.label.as_deref(), Some("breaks"), "a computed field that panics");
        self.medium
    }
}

impl Policy for Policed {
    fn rows(_: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        Rows::when("labelled", policed::Column::Id.gt(0))
    }
}

/// Typed writes, which return models.
#[post("/typed", public)]
async fn typed_create(body: Json<Value>, rows: plain::Service) -> Result<Out<Plain>> {
    rows.create(plain::Create::new().label(Some(body["label"].to_string()))).await.map(Out)
}

#[post("/typed/bulk", public)]
async fn typed_bulk(rows: plain::Service) -> Result<Out<Vec<Plain>>> {
    rows.create_bulk(vec![plain::Create::new(), plain::Create::new()]).await.map(Out)
}

#[patch("/{id}/typed", public)]
async fn typed_patch(id: Path<i32>, rows: plain::Service) -> Result<Out<Plain>> {
    rows.patch(*id, plain::Patch::new().label(Some("typed".into()))).await.map(Out)
}

#[put("/{id}/typed", public)]
async fn typed_update(id: Path<i32>, rows: plain::Service) -> Result<Out<Plain>> {
    rows.transaction(async |tx| rows.within(&tx).update(*id, plain::Update::new()).await).await.map(Out)
}

fn start(database: TestDatabase) -> TestApp {
    TestApp::start_on(database, |app| {
        app.resource_with::<Plain>(|routes| {
            routes.service(typed_create).service(typed_bulk).service(typed_patch).service(typed_update)
        })
        .resource::<Hooked>()
        .resource::<Tested>()
        .resource::<Counted>()
        .resource::<Policed>()
    })
}

const TABLES: &[&str] = &["plains", "hookeds", "testeds", "counteds", "policeds"];

fn run(app: &TestApp, statements: &[String]) {
    app.block_on(async {
        for sql in statements {
            let done = app.ctx().db().execute_unprepared(sql).await;
            done.unwrap_or_else(|error| panic!("{sql}: {error}"));
        }
    });
}

/// All values of a table.
fn snapshot(app: &TestApp, table: &str) -> Vec<String> {
    let backend = app.ctx().backend();
    let sql = if backend == DbBackend::Postgres {
        format!("SELECT t::text FROM {table} t ORDER BY id")
    } else {
        let columns =
            "label small medium large single double exact flag key day time local moment status json settings bytes";
        let columns: Vec<String> =
            columns.split(' ').map(|name| format!("typeof(\"{name}\") || hex(\"{name}\")")).collect();
        format!("SELECT id || ' ' || {} FROM {table} ORDER BY id", columns.join(" || ' ' || "))
    };
    app.block_on(async {
        let rows = app.ctx().db().query_all_raw(Statement::from_string(backend, sql)).await.expect("a table");
        rows.iter().map(|row| row.try_get_by_index(0).expect("text")).collect()
    })
}

fn full() -> Value {
    json!({
        "label": "123", "small": 1, "medium": 2, "large": 3, "single": 0.5, "double": 0.25, "exact": "1.50", "flag": true,
        "key": "0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60", "day": "2026-01-31", "time": "13:45:00",
        "local": "2026-01-31T13:45:00", "moment": "2026-01-31T13:45:00Z", "status": "open", "json": {"a": 1},
        "settings": {"theme": "dark", "size": 1}, "bytes": "AA=="
    })
}

/// Runs every write, and checks that the answer is true. Returns the status of each operation.
fn write_everything(app: &TestApp, caller: &Caller<'_>, table: &str, row: &Value, what: &str) -> Vec<(String, u16)> {
    let path = format!("/api/v1/{table}");
    let at = format!("{path}/{}", row["id"]);
    let merge = |body: Value| {
        let header = [("content-type", "application/merge-patch+json")];
        caller.send("PATCH", &at, &header, Some(body.to_string().into_bytes()))
    };
    let some = json!({"label": "some", "medium": 7});
    let mut operations: Vec<(&str, Box<dyn Fn() -> Answer + '_>)> = vec![
        ("merge", Box::new(|| merge(json!({"json": {"b": 2}})))),
        ("merge without objects", Box::new(|| merge(json!({"label": "merged"})))),
        ("patch", Box::new(|| caller.patch(&at, json!({"label": "patched"})))),
        ("create", Box::new(|| caller.post(&path, full()))),
        ("create with little", Box::new(|| caller.post(&path, &some))),
        ("bulk", Box::new(|| caller.post(&format!("{path}/bulk"), [full(), some.clone()]))),
    ];
    if table == "plains" {
        operations.push(("typed patch", Box::new(|| caller.patch(&format!("{at}/typed"), json!({})))));
        operations.push(("typed create", Box::new(|| caller.post(&format!("{path}/typed"), json!({"label": "x"})))));
        operations.push(("typed bulk", Box::new(|| caller.post(&format!("{path}/typed/bulk"), json!({})))));
        operations.push(("typed update", Box::new(|| caller.put(&format!("{at}/typed"), json!({})))));
    }
    operations.push(("update", Box::new(|| caller.put(&at, full()))));
    operations.push(("delete", Box::new(|| caller.delete(&at))));
    let mut statuses = Vec::new();
    for (operation, run) in operations {
        let before = snapshot(app, table);
        let answer = run();
        let changed = snapshot(app, table) != before;
        let told = format!("{operation} on {table} with {what}: {} {}", answer.status, answer.text());
        assert_eq!(changed, answer.status < 300, "{told}");
        statuses.push((operation.to_owned(), answer.status));
    }
    statuses
}

/// Reads in every way; each must succeed.
#[track_caller]
fn read_everything(caller: &Caller<'_>, table: &str, row: &Value, what: &str) -> Value {
    let path = format!("/api/v1/{table}");
    let found = ok(caller.get(&format!("{path}?id={}", row["id"])))["items"][0].clone();
    assert_eq!(found, ok(caller.get(&format!("{path}/{}", row["id"]))), "{what}");
    for query in ["", "?sort=moment", "?sort=-day", "?sort=exact,-double", "?sort=small,large", "?count=none"] {
        ok(caller.get(&format!("{path}{query}")));
    }
    ok(caller.post(&format!("{path}/search"), json!({"filter": {"id": row["id"]}})));
    found
}

/// A field, and other values that its column can contain, as literals of SQLite and of PostgreSQL.
struct Foreign {
    field: &'static str,
    sqlite: &'static [&'static str],
    postgres: &'static [&'static str],
}

const FOREIGN: &[Foreign] = &[
    Foreign { field: "label", sqlite: &["x'ff'", "cast(x'ff41' as text)"], postgres: &[] },
    Foreign { field: "small", sqlite: &["70000", "'many'", "1.5", "x'00'"], postgres: &[] },
    Foreign { field: "medium", sqlite: &["3000000000", "'many'"], postgres: &[] },
    Foreign { field: "large", sqlite: &["'many'", "1e300"], postgres: &[] },
    Foreign {
        field: "single",
        sqlite: &["1e300", "9e999", "'much'"],
        postgres: &["'NaN'", "'Infinity'", "'-Infinity'"],
    },
    Foreign {
        field: "double",
        sqlite: &["9e999", "-9e999", "'much'", "x'00'"],
        postgres: &["'NaN'", "'Infinity'", "'-Infinity'"],
    },
    Foreign {
        field: "exact",
        sqlite: &["'much'", "'NaN'", "x'00'", "'1e5'", "'123456789012345678901234567890.5'"],
        postgres: &["'NaN'", "'Infinity'", "'-Infinity'", "123456789012345678901234567890.5", "1e200", "1e-40"],
    },
    Foreign { field: "flag", sqlite: &["2", "'yes'", "0.5"], postgres: &[] },
    Foreign {
        field: "key",
        sqlite: &["'0190a2d4'", "x'00'", "'0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60'", "7"],
        postgres: &[],
    },
    Foreign {
        field: "day",
        sqlite: &[
            "'infinity'",
            "'12026-01-01'",
            "'+12026-01-01'",
            "'-0044-03-15'",
            "'0000-01-01'",
            "'2026-02-30'",
            "7",
        ],
        postgres: &["'infinity'", "'-infinity'", "'0044-03-15 BC'", "'10000-01-01'", "'5874897-12-31'"],
    },
    Foreign { field: "time", sqlite: &["'25:00:00'", "'noon'", "7"], postgres: &["'24:00:00'"] },
    Foreign {
        field: "local",
        sqlite: &["'never'", "'+262142-12-31 23:59:59'", "'-0044-03-15 12:00:00'", "x'00'", "9e18"],
        postgres: &[
            "'infinity'",
            "'-infinity'",
            "'0044-03-15 12:00:00 BC'",
            "'294276-12-31 23:59:59'",
            "'10000-01-01'",
        ],
    },
    Foreign {
        field: "moment",
        sqlite: &["'never'", "'+262142-12-31T23:59:59Z'", "'-0044-03-15T12:00:00Z'", "9223372036854775807", "9e999"],
        postgres: &[
            "'infinity'",
            "'-infinity'",
            "'4713-01-01 00:00:00+00 BC'",
            "'294276-12-31 23:59:59+00'",
            "'10000-01-01 00:00:00+00'",
        ],
    },
    Foreign { field: "status", sqlite: &["'lost'", "''", "x'00'"], postgres: &["'lost'", "''"] },
    Foreign { field: "json", sqlite: &["'{'", "'nothing'", "x'7b7d'", "'{\"a\":\"\\ud8\"}'"], postgres: &[] },
    Foreign { field: "settings", sqlite: &["'{'", "x'00'"], postgres: &[] },
    Foreign { field: "bytes", sqlite: &["7"], postgres: &[] },
];

/// JSON that is valid, but that a model cannot hold.
const FOREIGN_TO_MODELS: &[(&str, &str)] =
    &[("settings", "{\"theme\":1}"), ("settings", "[]"), ("json", "{\"n\":1e400}"), ("settings", "{\"size\":300}")];

/// What is planted into a table, and whether answers show null for it. Resources that differ in what is done with a
/// row, and not in how a column is read, need only one value of each field.
fn planted(backend: DbBackend, table: &str) -> Vec<(&'static str, String, bool)> {
    let of = |foreign: &Foreign| if backend == DbBackend::Postgres { foreign.postgres } else { foreign.sqlite };
    let most = if table == "plains" { usize::MAX } else { 1 };
    let values = FOREIGN
        .iter()
        .flat_map(|foreign| of(foreign).iter().take(most).map(|value| (foreign.field, (*value).to_owned(), true)));
    let json = FOREIGN_TO_MODELS.iter().map(|(field, text)| (*field, format!("'{text}'"), text.contains("1e400")));
    values.chain(json).collect()
}

/// Without the checks of the enums' columns, as in tables that another program created.
fn without_checks(app: &TestApp) {
    for table in TABLES {
        if app.ctx().backend() == DbBackend::Postgres {
            run(app, &[format!("ALTER TABLE {table} DROP CONSTRAINT {table}_status_check")]);
            continue;
        }
        let sql = format!("SELECT sql FROM sqlite_master WHERE name = '{table}'");
        let sql: String = app.block_on(async {
            let row = app.ctx().db().query_one_raw(Statement::from_string(DbBackend::Sqlite, sql)).await;
            row.expect("a query").expect("a table").try_get_by_index(0).expect("text")
        });
        let (before, rest) = sql.split_once(" CHECK (").expect("a check");
        let (_, after) = rest.split_once("))").expect("its end");
        run(app, &[format!("DROP TABLE {table}"), format!("{before}{after}")]);
    }
}

/// Whether the engine needs models of this table's rows, or the operation gives one to typed code.
fn needs_models(table: &str, operation: &str) -> bool {
    matches!(table, "hookeds" | "testeds") || operation.starts_with("typed")
}

fn check_statuses(table: &str, statuses: &[(String, u16)], what: &str) {
    for (operation, status) in statuses {
        // A merge refuses to change what it cannot read.
        let fine = *status < 300 || *status == 409 && operation == "merge";
        assert!(fine || needs_models(table, operation), "{operation} on {table} with {what}: {status}");
    }
}

#[test]
fn rows_written_by_other_programs_on_sqlite() {
    let app = start(TestDatabase::Sqlite);
    let caller = app.anonymous();
    without_checks(&app);
    for table in TABLES {
        for (field, value, is_null) in planted(DbBackend::Sqlite, table) {
            let what = format!("{field} = {value}");
            run(&app, &[format!("DELETE FROM {table}")]);
            let row = created(caller.post(&format!("/api/v1/{table}"), full()));
            run(&app, &[format!("UPDATE {table} SET {field} = {value} WHERE id = {}", row["id"])]);
            let found = read_everything(&caller, table, &row, &what);
            assert_eq!(found[field].is_null(), is_null, "{what} in {table}");
            let statuses = write_everything(&app, &caller, table, &row, &what);
            check_statuses(table, &statuses, &what);
        }
    }
}

#[test]
fn rows_written_by_other_programs_on_postgres() {
    let app = start(TestDatabase::Postgres);
    let caller = app.anonymous();
    without_checks(&app);
    for table in TABLES {
        for (field, value, is_null) in planted(DbBackend::Postgres, table) {
            let what = format!("{field} = {value}");
            let row = created(caller.post(&format!("/api/v1/{table}"), full()));
            // From now on each write stores the foreign value, and its answer contains it.
            let plant = [
                format!("UPDATE {table} SET {field} = {value}"),
                format!(
                    "CREATE OR REPLACE FUNCTION plant_{table}() RETURNS trigger AS $$ BEGIN NEW.{field} := {value}; \
                     RETURN NEW; END $$ LANGUAGE plpgsql"
                ),
                format!(
                    "CREATE TRIGGER plant BEFORE INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION plant_{table}()"
                ),
            ];
            run(&app, &plant);
            let found = read_everything(&caller, table, &row, &what);
            assert_eq!(found[field].is_null(), is_null, "{what} in {table}");
            let statuses = write_everything(&app, &caller, table, &row, &what);
            check_statuses(table, &statuses, &what);
            run(&app, &[format!("DROP TRIGGER plant ON {table}"), format!("DELETE FROM {table}")]);
        }
    }
}

/// Columns of other types: SQLite with text for numbers and numbers for text, PostgreSQL with text for everything.
#[test]
fn columns_of_other_types() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        println!("on {database:?}");
        let app = start(database);
        let caller = app.anonymous();
        let mut statements = Vec::new();
        for table in TABLES {
            if app.ctx().backend() == DbBackend::Postgres {
                let fields = "small medium large single double exact flag key day time local moment json settings";
                let changes: Vec<String> = fields
                    .split(' ')
                    .map(|field| format!("ALTER COLUMN \"{field}\" TYPE text USING \"{field}\"::text"))
                    .collect();
                statements.push(format!("ALTER TABLE {table} {}", changes.join(", ")));
            } else {
                statements.push(format!("DROP TABLE {table}"));
                statements.push(format!(
                    "CREATE TABLE {table} (id integer NOT NULL PRIMARY KEY AUTOINCREMENT, label integer, small text, medium \
                     text, large text, single text, double text, exact decimal(10,2), flag text, \"key\" text, day integer, \
                     time integer, local real, moment numeric, status integer, json integer, settings numeric, bytes text)"
                ));
            }
        }
        run(&app, &statements);
        for table in TABLES {
            let row = caller.post(&format!("/api/v1/{table}"), json!({}));
            let row = if row.status == 201 { row.json() } else { json!({"id": 1}) };
            let statuses = write_everything(&app, &caller, table, &row, "columns of other types");
            check_statuses(table, &statuses, "columns of other types");
            assert!(ok(caller.get(&format!("/api/v1/{table}")))["items"].is_array());
        }
        // Numbers in a column of decimals are decimals all the same.
        if app.ctx().backend() == DbBackend::Sqlite {
            let row = created(caller.post("/api/v1/plains", json!({"exact": "12.50"})));
            assert_eq!(row["exact"], "12.5");
            let row = created(caller.post("/api/v1/plains", json!({"exact": "12.00"})));
            assert_eq!(row["exact"], "12");
        }
    }
}

/// A column that was made wider holds the same numbers.
#[test]
fn wider_and_narrower_columns_of_postgres() {
    let app = start(TestDatabase::Postgres);
    let caller = app.anonymous();
    run(
        &app,
        &["ALTER TABLE plains ALTER COLUMN small TYPE bigint, ALTER COLUMN medium TYPE bigint, ALTER COLUMN large TYPE integer"
            .to_owned()],
    );
    let row = created(caller.post("/api/v1/plains", json!({"small": -1, "medium": 2, "large": 3})));
    assert_eq!([&row["small"], &row["medium"], &row["large"]], [&json!(-1), &json!(2), &json!(3)]);
    run(&app, &["UPDATE plains SET medium = 3000000000".to_owned()]);
    assert_eq!(ok(caller.get(&format!("/api/v1/plains/{}", row["id"])))["medium"], Value::Null);
}

#[test]
fn a_computed_field_that_panics_is_null() {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = start(database);
        let caller = app.anonymous();
        let row = created(caller.post("/api/v1/counteds", json!({"label": "breaks", "medium": 1})));
        assert_eq!((&row["length"], &row["fragile"]), (&json!(6), &Value::Null));
        assert_eq!(ok(caller.get("/api/v1/counteds"))["items"], json!([row]));
    }
}

/// A cursor contains the sort values of the last row. If one of them cannot be read, the answer says so.
#[test]
fn a_page_that_ends_with_an_unreadable_sort_value() {
    let app = start(TestDatabase::Postgres);
    let caller = app.anonymous();
    for _ in 0..3 {
        created(caller.post("/api/v1/plains", json!({})));
    }
    run(&app, &["UPDATE plains SET moment = 'infinity'".to_owned()]);
    assert_eq!(ok(caller.get("/api/v1/plains?sort=moment"))["items"].as_array().map(Vec::len), Some(3));
    assert_eq!(ok(caller.get("/api/v1/plains?size=2"))["items"].as_array().map(Vec::len), Some(2));
    let answer = caller.get("/api/v1/plains?sort=moment&size=2");
    assert_eq!(answer.status, 409, "{}", answer.text());
    for word in ["moment", "the row with the id 2"] {
        assert!(answer.text().contains(word), "{}", answer.text());
    }
}
