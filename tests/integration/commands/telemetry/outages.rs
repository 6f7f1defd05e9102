//! What a server does whose collector, or whose Sentry, is away.

use resourceful::serde_json::{Value, from_str};

use super::receiver::{Manner, Receiver, spans};
use super::{Serving, ask};

const FAILING: &str = "/api/v1/notices/0190a2d4-9d30-7e5c-9b22-7f8091a2b3c4/failing";

/// Starts a server that reports to this address, and sends requests, one after another. It is ended, and its log returned.
fn log_of(address: &str, while_running: impl Fn()) -> Vec<Value> {
    let (endpoint, dsn) = (format!("http://{address}"), format!("http://key@{address}/42"));
    let settings =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("SENTRY_DSN", &dsn), ("OTEL_BSP_SCHEDULE_DELAY", "10")];
    let server = Serving::start_with(&settings);
    for _ in 0..60 {
        let answer = ask(&server, "GET", "/api/v1/notices", &[], "");
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        let answer = ask(&server, "GET", FAILING, &[], "");
        assert!(answer.starts_with("HTTP/1.1 500"), "{answer}");
    }
    while_running();
    let log = server.end();
    log.lines().map(|line| from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// The warnings, without what each names.
fn warnings(log: &[Value]) -> Vec<String> {
    let of_telemetry = |line: &&Value| {
        line["level"] == "WARN" && line["target"].as_str().is_some_and(|target| target.contains("telemetry"))
    };
    let mut all: Vec<String> = log
        .iter()
        .filter(of_telemetry)
        .map(|line| line["fields"]["message"].as_str().unwrap_or_default().into())
        .collect();
    all.sort();
    all
}

const TRACES: &str = "traces cannot be sent; requests are answered all the same";
const FAILURES: &str = "failures cannot be sent; requests are answered all the same";

#[test]
fn requests_are_answered_while_nobody_takes_reports_and_the_log_says_so_once() {
    let fails = Receiver::start(Manner::Fails);
    for address in ["127.0.0.1:1", &fails.address] {
        let log = log_of(address, || {});
        assert_eq!(warnings(&log), [FAILURES, TRACES], "{address}: {log:?}");
        // Nothing that the library for HTTP says about these requests is a line.
        assert!(log.iter().all(|line| !line["target"].as_str().unwrap_or_default().contains("hyper")), "{log:?}");
    }
    assert!(fails.got().len() > 2);
}

#[test]
fn requests_are_answered_while_reports_are_taken_and_never_acknowledged() {
    let stalls = Receiver::start(Manner::Stalls);
    let log = log_of(&stalls.address, || {
        // A collector and Sentry each hold a connection, and have answered nothing.
        let paths =
            stalls.wait_for(|got| (got.len() >= 2).then(|| got.iter().map(|got| got.path.clone()).collect::<Vec<_>>()));
        assert!(paths.contains(&"/v1/traces".to_owned()), "{paths:?}");
    });
    // The process ends all the same, and says that something is lost.
    let said = warnings(&log);
    let last = ["the last failures could not be sent to Sentry in time", "the last traces could not be sent in time"];
    assert!(last.iter().all(|last| said.iter().any(|said| said == last)), "{log:?}");
}

#[test]
fn what_a_busy_collector_refuses_is_sent_again() {
    let busy = Receiver::start(Manner::BusyOnce);
    let endpoint = format!("http://{}", busy.address);
    let server = Serving::start_with(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint), ("OTEL_BSP_SCHEDULE_DELAY", "10")]);
    ask(&server, "GET", "/openapi.json", &[], "");
    let bodies = busy.wait_for(|got| (got.len() >= 2).then(|| [got[0].body.clone(), got[1].body.clone()]));
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(spans(&busy.got()[..1]).len(), 1);
    let log = server.end();
    assert!(!log.contains("WARN"), "{log}");
}
