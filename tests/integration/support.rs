//! Applications and callers that many tests share.

pub(crate) mod fault_proxy;
pub(crate) mod s3;
pub(crate) mod small_disk;

use resourceful::prelude::*;
use resourceful::sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement};
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

use crate::resources::{Account, Everything, Keyword, Ledger, Member, Note, Project, Stage, Task};

/// Runs a test on both databases.
pub(crate) fn on_both(test: impl Fn(&TestApp)) {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        println!("on {database:?}");
        test(&app(database));
    }
}

/// An application with all the resources of these tests.
pub(crate) fn app(database: TestDatabase) -> TestApp {
    app_with(database, &[], |app| app)
}

/// The same with these settings and with what else the test registers.
pub(crate) fn app_with(
    database: TestDatabase,
    settings: &[(&str, &str)],
    more: impl FnOnce(App) -> App + Send + 'static,
) -> TestApp {
    TestApp::start_with(database, settings, |app| {
        more(app)
            .title("Tests", "1.0.0")
            .provision::<Member>(|caller| {
                crate::resources::member::Create::new(&caller.id).email(caller.email.clone()).name(caller.name.clone())
            })
            .resource::<Member>()
            .resource_with::<Project>(|routes| {
                routes
                    .service(crate::resources::activate)
                    .service(crate::resources::statistics)
                    .service(crate::resources::mine)
                    .service(crate::resources::report)
                    .service(crate::resources::whoami)
                    .service(crate::resources::explode)
                    .service(crate::resources::rename)
                    .service(crate::resources::touch)
                    .service(crate::resources::settings)
            })
            .resource::<Task>()
            .resource::<Everything>()
            .resource::<Keyword>()
            .resource::<Ledger>()
            .resource::<Account>()
            .resource::<Note>()
            .resource::<Stage>()
    })
}

/// A connection of its own to the PostgreSQL database of this application.
pub(crate) async fn direct(app: &TestApp) -> DatabaseConnection {
    let name = Statement::from_string(DbBackend::Postgres, "SELECT current_database()::text");
    let row = app.ctx().db().query_one_raw(name).await.expect("a name").expect("a row");
    let name: String = row.try_get_by_index(0).expect("a text");
    let server = std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL");
    let (front, _) = server.rsplit_once('/').expect("a path");
    let mut options = ConnectOptions::new(format!("{front}/{name}"));
    options.max_connections(1).sqlx_logging(false);
    Database::connect(options).await.expect("the database")
}

/// Closes the connections of this application.
pub(crate) async fn close_pool(app: &TestApp) {
    app.ctx().pool().expect("no pooler").clone().close().await.expect("the pool closes");
}

/// Every permission of the resources.
pub(crate) fn all_permissions() -> Vec<String> {
    let names = ["members", "projects", "tasks", "everythings", "orders", "ledgers", "accounts", "notes", "stages"];
    let kinds = ["read", "write", "delete", "admin", "read:self", "write:self", "delete:self"];
    names.iter().flat_map(|name| kinds.iter().map(move |kind| format!("{name}:{kind}"))).collect()
}

/// A user with every permission.
pub(crate) fn user(id: &str) -> CurrentUser {
    CurrentUser::new(id).with_permissions(all_permissions())
}

/// A caller with every permission.
pub(crate) fn ada(app: &TestApp) -> Caller<'_> {
    app.as_user(user("auth0|ada"))
}

/// Creates a project and returns it.
pub(crate) fn project(caller: &Caller<'_>, name: &str) -> Value {
    created(caller.post("/api/v1/projects", json!({"name": name})))
}

/// The body of a 201.
#[track_caller]
pub(crate) fn created(answer: Answer) -> Value {
    assert_eq!(answer.status, 201, "{}", answer.text());
    answer.json()
}

/// The body of a 200.
#[track_caller]
pub(crate) fn ok(answer: Answer) -> Value {
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json()
}

/// Checks status and slug, and what every problem has in common.
#[track_caller]
pub(crate) fn refused(answer: &Answer, status: u16, slug: &str, what: &str) {
    let text = answer.text();
    assert_eq!((answer.status, answer.problem().as_deref()), (status, Some(slug)), "{what}: {text}");
    let problem = answer.json();
    assert_eq!(problem["status"], status, "{what}");
    for name in ["title", "detail", "instance", "requestId"] {
        assert!(problem[name].as_str().is_some_and(|text| !text.is_empty()), "{what}: no {name} in {text}");
    }
    assert_eq!(answer.header("x-request-id"), problem["requestId"].as_str(), "{what}");
    let lower = text.to_lowercase();
    for word in [
        "sqlx",
        "sqlite",
        "postgres",
        "constraint",
        "select ",
        "insert ",
        "panicked",
        ".rs:",
        "serde",
        "seaorm",
        "src/",
    ] {
        assert!(!lower.contains(word), "{what}: the answer contains `{word}`: {text}");
    }
}

/// The pointers or parameters of a problem's `errors`, each with its code.
pub(crate) fn field_errors(answer: &Answer) -> Vec<(String, String)> {
    let problem = answer.json();
    let list = problem["errors"].as_array().cloned().unwrap_or_default();
    let place =
        |error: &Value| error["pointer"].as_str().or(error["parameter"].as_str()).unwrap_or_default().to_owned();
    list.iter().map(|error| (place(error), error["code"].as_str().unwrap_or_default().to_owned())).collect()
}

/// The values of one field of a page's items.
pub(crate) fn column(page: &Value, field: &str) -> Vec<Value> {
    page["items"].as_array().map(|items| items.iter().map(|item| item[field].clone()).collect()).unwrap_or_default()
}
