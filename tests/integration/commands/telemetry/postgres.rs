//! Traces and errors of PostgreSQL.

use resourceful::sea_orm::{ConnectionTrait, Database};
use resourceful::serde_json::{Value, from_str, json};

use super::receiver::{Manner, Receiver, spans, value};
use super::{SECRET, Serving, ask};

/// A database of its own, which is removed with this value.
struct Own {
    server: String,
    name: String,
}

impl Own {
    fn new() -> Self {
        let server = std::env::var("TEST_POSTGRES_URL").expect("TEST_POSTGRES_URL; `cargo xtask test` sets it");
        let name = format!("resourceful_test_{}", resourceful::uuid::Uuid::now_v7().simple());
        execute(&server, &format!("CREATE DATABASE {name}"));
        Self { server, name }
    }

    fn url(&self) -> String {
        let (start, _) = self.server.rsplit_once('/').expect("the name of a database");
        format!("{start}/{}", self.name)
    }
}

impl Drop for Own {
    fn drop(&mut self) {
        execute(&self.server, &format!("DROP DATABASE {} WITH (FORCE)", self.name));
    }
}

fn execute(url: &str, sql: &str) {
    resourceful::actix_web::rt::System::new().block_on(async {
        let database = Database::connect(url).await.expect("a connection");
        database.execute_unprepared(sql).await.expect("it is executed");
        database.close().await.expect("closed");
    });
}

#[test]
fn errors_of_the_database_have_message_code_and_constraint_and_no_values() {
    let (receiver, own) = (Receiver::start(Manner::Takes), Own::new());
    let (endpoint, url) = (format!("http://{}", receiver.address), own.url());
    let dsn = format!("http://key@{}/42", receiver.address);
    let server = Serving::start_with(&[
        ("DATABASE_URL", url.as_str()),
        ("LOG_LEVEL", "info,resourceful=debug"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
        ("SENTRY_DSN", &dsn),
    ]);
    execute(&url, "CREATE UNIQUE INDEX names ON things (name)");
    let known = format!("Authorization: Bearer {}", server.token("auth0|ada"));
    let row = format!("{{\"name\": \"{SECRET}\"}}");
    for (method, path, body, status) in [
        ("POST", "/api/v1/things", row.as_str(), 201),
        ("POST", "/api/v1/things", row.as_str(), 409),
        ("GET", "/api/v1/things", "", 200),
        ("DROP", "", "", 0),
        ("GET", "/api/v1/things", "", 500),
    ] {
        if method == "DROP" {
            execute(&url, "ALTER TABLE things RENAME TO elsewhere");
            continue;
        }
        let answer = ask(&server, method, path, &[&known], body);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{method}: {answer}");
    }
    let log = server.end();
    let lines: Vec<Value> = log.lines().map(|line| from_str(line).expect("JSON")).collect();
    for (message, says) in [
        ("request refused", ["violates unique constraint", "(code 23505, constraint names)"]),
        ("request failed", ["does not exist", "(code 42P01)"]),
    ] {
        let line = lines.iter().find(|line| line["fields"]["message"] == message);
        let source = line.map(|line| line["fields"]["source"].to_string()).unwrap_or_default();
        assert!(says.iter().all(|word| source.contains(word)), "{message}: {log}");
    }
    assert!(!log.contains(SECRET), "{log}");
    let (reports, traces): (Vec<_>, Vec<_>) = receiver.got().into_iter().partition(|got| got.path.contains("envelope"));
    let causes: Vec<Value> = super::receiver::events(&reports)
        .iter()
        .map(|event| event["exception"]["values"][0]["value"].clone())
        .collect();
    assert!(matches!(causes.as_slice(), [Value::String(cause)] if cause.ends_with("(code 42P01)")), "{causes:?}");
    let inserted = spans(&traces).into_iter().find(|(span, _)| span.name == "INSERT things");
    let system = inserted.map(|(span, _)| value(&span.attributes, "db.system.name"));
    assert_eq!(system, Some(json!("postgresql")));
    assert!(!receiver.everything().contains(SECRET));
}
