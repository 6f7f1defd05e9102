//! Traces for OpenTelemetry and failures for Sentry, as servers get them that speak their protocols.

mod failures;
mod outages;
mod postgres;
mod receiver;
mod traces;

use super::{Serving, refused, run, text};

/// What must be in nothing that is sent.
const SECRET: &str = "hunter2-canary";

/// A request, and what the server answered.
fn ask(server: &Serving, method: &str, path: &str, headers: &[&str], body: &str) -> String {
    let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n{headers}\r\n{body}"
    );
    server.send(request.as_bytes())
}

/// A header of an answer.
fn header<'a>(answer: &'a str, name: &str) -> Option<&'a str> {
    answer.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).map(str::trim)
}

#[test]
fn settings_are_checked_at_the_start() {
    let otel = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let at = (otel, "http://127.0.0.1:4318");
    for (settings, says) in [
        (vec![(otel, "collector:4318")], "OTEL_EXPORTER_OTLP_ENDPOINT is no address"),
        (vec![(otel, "ftp://collector")], "OTEL_EXPORTER_OTLP_ENDPOINT is no address"),
        (vec![(otel, "https://ann:hunter2-canary@collector")], "has a user name or a password"),
        (vec![(otel, "http://collector:4318/v1/traces/")], "ends with /v1/traces, which is added to it"),
        (vec![(otel, "http://collector:4318/?key=hunter2-canary")], "has a query or a fragment"),
        (vec![(otel, "http://collector:4317")], "has the port 4317, at which collectors speak gRPC"),
        (vec![at, ("OTEL_EXPORTER_OTLP_HEADERS", "a=b,hunter2-canary")], "the header number 2 of OTEL_EXPORTER"),
        (vec![at, ("OTEL_EXPORTER_OTLP_HEADERS", "a=%0Ahunter2-canary")], "the header number 1 of OTEL_EXPORTER"),
        (vec![at, ("OTEL_TRACES_SAMPLER", "sometimes")], "OTEL_TRACES_SAMPLER is `sometimes`"),
        (vec![at, ("OTEL_TRACES_SAMPLER_ARG", "1.5")], "OTEL_TRACES_SAMPLER_ARG is 1.5"),
        (vec![at, ("OTEL_TRACES_SAMPLER_ARG", "NaN")], "OTEL_TRACES_SAMPLER_ARG is NaN"),
        (vec![at, ("OTEL_BSP_SCHEDULE_DELAY", "0")], "OTEL_BSP_SCHEDULE_DELAY is 0"),
        (vec![("SENTRY_DSN", "https://hunter2-canary@host")], "SENTRY_DSN is no client key"),
        (vec![("SENTRY_SAMPLE_RATE", "2")], "SENTRY_SAMPLE_RATE is 2"),
        (vec![("SENTRY_USER", "name")], "SENTRY_USER is `name`; it can be hash, id or none"),
    ] {
        let said = refused(&["serve"], &[&[("ENVIRONMENT", "development")][..], &settings].concat());
        assert!(said.contains(says) && !said.contains(SECRET), "{settings:?}: {said}");
    }
}

#[test]
fn doctor_asks_who_gets_reports() {
    use receiver::{Manner, Receiver};

    let (takes, fails) = (Receiver::start(Manner::Takes), Receiver::start(Manner::Fails));
    let nobody = "127.0.0.1:1".to_owned();
    for (address, succeeds, lines) in [
        (
            &takes.address,
            true,
            ["ok       traces       the collector at http", "ok       sentry       127.0.0.1 answers"],
        ),
        (&fails.address, false, ["does not take them: it answered 500", "cannot be reached: it answered 500"]),
        (&nobody, false, ["PROBLEM  traces ", "PROBLEM  sentry "]),
    ] {
        let folder = std::env::temp_dir().join(format!("resourceful_doctor_{}", resourceful::uuid::Uuid::now_v7()));
        let (endpoint, dsn) = (format!("http://{address}"), format!("http://{SECRET}@{address}/42"));
        let settings = [
            ("ENVIRONMENT", "development"),
            ("DATA_FOLDER", &folder.to_string_lossy()),
            ("LOG_LEVEL", "error"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
            ("SENTRY_DSN", &dsn),
        ];
        let output = run(&["doctor"], &settings);
        let printed = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.success(), succeeds, "{printed}");
        assert!(lines.iter().all(|line| printed.contains(line)) && !printed.contains(SECRET), "{lines:?}: {printed}");
        let _ = std::fs::remove_dir_all(&folder);
    }
    assert!(receiver::events(&[]).is_empty() && receiver::spans(&takes.got()[..1]).is_empty());
}
