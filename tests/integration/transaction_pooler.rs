//! Behind a pooler in transaction mode with a pool of two sessions, every one of many clients gets their own answers, and
//! nothing is left in the sessions. Without a pooler the setting works, too.

use resourceful::prelude::*;
use resourceful::sea_orm::{
    ColumnTrait, ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait, QueryFilter,
    Statement,
};
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Caller, TestApp, TestDatabase};

use crate::pgbouncer::PgBouncer;
use crate::support::{created, direct, ok};

/// A row whose text says to which client it belongs.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(public(list, get, create, patch, delete, count))]
pub struct Slip {
    pub id: Uuid,
    #[resource(unique, filter, sort)]
    pub text: String,
    #[resource(filter, sort, default = 0)]
    pub number: i32,
}

/// A row that is written in a transaction, with a slip.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(public(get, create), hooks)]
pub struct Stub {
    pub id: i64,
    #[resource(unique)]
    pub text: String,
}

impl Hooks for Stub {
    async fn after_create(row: &Self, hook: &HookContext) -> Result<()> {
        hook.service::<slip::Service>().create(slip::Create::new(format!("{} slip", row.text))).await.map(drop)
    }
}

/// Queries by hand: of an entity, and with a type of the application's own.
#[get("/{text}/by-hand", public)]
async fn by_hand(text: Path<String>, ctx: Context) -> Result<Json<Value>> {
    let rows = slip::Entity::find().filter(slip::Column::Text.eq(text.as_str())).all(ctx.db()).await?;
    let sql = "SELECT $1::text AS text, 'calm'::mood AS mood, ARRAY['wild'::mood] AS moods";
    let own = Statement::from_sql_and_values(ctx.backend(), sql, [text.as_str().into()]);
    let own = ctx.db().query_one_raw(own).await?.map(|row| row.try_get::<String>("", "text")).transpose()?;
    Ok(Json(json!({"ids": rows.iter().map(|row| row.id).collect::<Vec<_>>(), "text": own})))
}

/// Several statements in a transaction by hand, one of them with a type of the application's own.
#[post("/{text}/raise", public)]
async fn raise(text: Path<String>, ctx: Context) -> Result<Json<Value>> {
    let text = text.as_str();
    let slip = ctx
        .transaction(async |tx| {
            let own = Statement::from_sql_and_values(DbBackend::Postgres, "SELECT $1::mood AS mood", ["wild".into()]);
            tx.query_one_raw(own).await?;
            let found = slip::Entity::find().filter(slip::Column::Text.eq(text)).one(&tx).await?;
            let found = found.ok_or_else(|| Error::internal("no slip"))?;
            let patch = slip::Patch { number: Some(found.number + 1), ..slip::Patch::default() };
            slip::Service::as_system(&tx).patch(found.id, patch).await
        })
        .await?;
    Ok(Json(json!({"id": slip.id, "number": slip.number})))
}

fn resources(app: App) -> App {
    app.resource_with::<Slip>(|routes| routes.service(by_hand).service(raise)).resource::<Stub>()
}

/// What one client does, and how many requests these are. Each answer is theirs.
fn client(callers: &[Caller<'_>], name: &str, rounds: usize) -> usize {
    let mut requests = 0;
    let mut caller = || {
        requests += 1;
        &callers[requests % callers.len()]
    };
    for round in 0..rounds {
        let text = format!("{name}-{round}");
        let made = created(caller().post("/api/v1/slips", json!({"text": text, "number": round})));
        let path = format!("/api/v1/slips/{}", made["id"].as_str().expect("an id"));
        assert_eq!(made["text"], text);
        assert_eq!(ok(caller().get(&path)), made);
        let text = format!("{text}-b");
        let patched = ok(caller().patch(&path, json!({"text": text})));
        assert_eq!((&patched["id"], &patched["text"]), (&made["id"], &json!(text)));
        assert_eq!(ok(caller().get(&format!("{path}?fields=text"))), json!({"text": text}));
        let page = ok(caller().get(&format!("/api/v1/slips?text={text}&size={}", 1 + round % 7)));
        assert_eq!(page["items"], json!([patched]));
        let hand = ok(caller().get(&format!("/api/v1/slips/{text}/by-hand")));
        assert_eq!(hand, json!({"ids": [made["id"]], "text": text}));
        let raised = ok(caller().post(&format!("/api/v1/slips/{text}/raise"), json!({})));
        assert_eq!(raised, json!({"id": made["id"], "number": round + 1}));
        let stub = created(caller().post("/api/v1/stubs", json!({"text": text})));
        assert_eq!(stub["text"], text);
        assert_eq!(ok(caller().get(&format!("/api/v1/stubs/{}", stub["id"])))["text"], text);
        let count = format!("/api/v1/slips/count?text[in]={text},{text}%20slip");
        assert_eq!(ok(caller().get(&count))["total"], 2);
        let taken = caller().post("/api/v1/slips", json!({"text": text}));
        assert_eq!(taken.status, 409, "{}", taken.text());
        if round % 3 == 0 {
            assert_eq!(caller().delete(&path).status, 204);
            assert_eq!(caller().get(&path).status, 404);
        }
    }
    requests
}

fn text(app: &TestApp, sql: &str) -> String {
    let row = app.block_on(app.ctx().db().query_one_raw(Statement::from_string(DbBackend::Postgres, sql)));
    row.expect("an answer").expect("a row").try_get_by_index(0).expect("a text")
}

/// What a session has when no transaction is open. It is read in one message without a statement of its own: by an error.
async fn left_in_a_session(db: &DatabaseConnection) -> String {
    let sql = "DO $$ BEGIN RAISE EXCEPTION 'statements %, settings %', (SELECT count(*) FROM pg_prepared_statements), \
               (SELECT count(*) FROM pg_settings WHERE source = 'session' AND name LIKE '%timeout'); END $$";
    db.execute_unprepared(sql).await.expect_err("it raises").to_string()
}

#[test]
fn every_client_gets_their_own_answers() {
    let pooled = ("DATABASE_POOLER", "transaction");
    // Without a pooler
    let first = TestApp::start_with(TestDatabase::Postgres, &[pooled], resources);
    let db = first.block_on(direct(&first));
    first.block_on(db.execute_unprepared("CREATE TYPE mood AS ENUM ('calm', 'wild')")).expect("a type");
    client(&[first.anonymous()], "alone", 2);

    let server = std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL");
    let address = server.rsplit('@').next().and_then(|rest| rest.split('/').next()).expect("an address");
    let (host, port) = address.split_once(':').expect("host and port");
    let pgbouncer = PgBouncer::start(
        host,
        port,
        "pool_mode = transaction\ndefault_pool_size = 2\nmax_client_conn = 200\nignore_startup_parameters = extra_float_digits",
    );
    let url =
        format!("postgres://postgres@127.0.0.1:{}/{}", pgbouncer.port, text(&first, "SELECT current_database()::text"));
    // Whoever waits for one of the two sessions must not be given up on a slow machine.
    let patient =
        ["STATEMENT_TIMEOUT", "ACQUIRE_TIMEOUT", "LOCK_TIMEOUT", "TRANSACTION_TIMEOUT"].map(|name| (name, "300"));
    let mut settings = vec![pooled, ("DATABASE_URL", url.as_str()), ("DATABASE_MAX_CONNECTIONS", "20")];
    settings.extend(patient);
    let apps = [first.another_with(&settings, resources), first.another_with(&settings, resources)];

    let requests: usize = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..40)
            .map(|number| {
                let callers = [apps[number % 2].anonymous(), apps[(number + 1) % 2].anonymous()];
                scope.spawn(move || client(&callers, &format!("client-{number}"), 7))
            })
            .collect();
        clients.into_iter().map(|client| client.join().expect("every answer is right")).sum()
    });
    assert!(requests > 3000, "{requests}");
    println!("{requests} requests");

    let app = &apps[0];
    app.block_on(async {
        let mut options = ConnectOptions::new(url.as_str());
        let through =
            Database::connect(options.max_connections(1).sqlx_logging(false).to_owned()).await.expect("a client");
        for _ in 0..4 {
            let left = left_in_a_session(&through).await;
            assert!(left.contains("statements 0, settings 0"), "{left}");
        }
    });
    for setting in ["lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"] {
        assert_ne!(text(app, &format!("SELECT current_setting('{setting}')")), "0", "{setting}");
    }
    for sql in ["LISTEN slips", "SET search_path = other", "SELECT pg_advisory_lock(1)", "CREATE TEMP TABLE t (id int)"]
    {
        let said = app.block_on(app.ctx().db().execute_unprepared(sql)).expect_err(sql).to_string();
        assert!(said.contains("needs a session of its own") && said.contains("DATABASE_POOLER"), "{sql}: {said}");
    }
    app.block_on(app.ctx().db().execute_unprepared("VACUUM slips")).expect("what cannot run in a transaction");
    assert!(app.ctx().pool().is_err(), "SeaORM's own statements would be those of other clients");
}
