//! What a collector gets.

use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use resourceful::serde_json::{Value, from_str, json};

use super::receiver::{Got, Manner, Receiver, hex, spans, value};
use super::{SECRET, Serving, ask, header};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";

fn server(receiver: &Receiver, more: &[(&str, &str)]) -> Serving {
    let endpoint = format!("http://{}/", receiver.address);
    let settings = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=two%20words, x-other=1"),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
        ("OUTBOX_INTERVAL", "0.1"),
    ];
    Serving::start_with(&[&settings, more].concat())
}

/// The spans of this trace.
fn of_trace(got: &[Got], trace: &str) -> Vec<Span> {
    spans(got).into_iter().map(|(span, _)| span).filter(|span| hex(&span.trace_id) == trace).collect()
}

fn is_kind(span: &Span, kind: SpanKind) -> bool {
    span.kind == kind as i32
}

/// The span of a request, when it is there, by the `traceresponse` of the answer.
fn span_of(receiver: &Receiver, answer: &str) -> Span {
    let told = header(answer, "traceresponse").unwrap_or_else(|| panic!("no traceresponse: {answer}"));
    let parts: Vec<&str> = told.split('-').collect();
    assert_eq!((parts.len(), parts[0], parts[3]), (4, "00", "01"), "{told}");
    receiver.wait_for(|got| of_trace(got, parts[1]).into_iter().find(|span| hex(&span.span_id) == parts[2]))
}

#[test]
fn requests_and_statements_are_spans_without_values() {
    let receiver = Receiver::start(Manner::Takes);
    let server = server(&receiver, &[]);
    let token = server.token("auth0|ada");
    let known = format!("Authorization: Bearer {token}");
    let row = format!("{{\"name\": \"{SECRET}\"}}");
    let long = "0190a2d4-9d30-7e5c-9b22-7f8091a2b3c4";
    let report = "/api/v1/notices/{id}/report";
    // Method, path, body; then the name, the status, and the first statement
    type Row<'a> = (&'a str, String, &'a str, String, u16, Option<(&'a str, Option<&'a str>)>);
    let table: [Row<'_>; 9] = [
        ("POST", "/api/v1/things".into(), &row, "POST /api/v1/things".into(), 201, Some(("INSERT", Some("things")))),
        (
            "GET",
            format!("/api/v1/things?name={SECRET}&sort=name"),
            "",
            "GET /api/v1/things".into(),
            200,
            Some(("SELECT", Some("things"))),
        ),
        (
            "GET",
            format!("/api/v1/things/{long}"),
            "",
            "GET /api/v1/things/{id}".into(),
            404,
            Some(("SELECT", Some("things"))),
        ),
        ("GET", format!("/api/v1/things/{SECRET}"), "", "GET /api/v1/things/{id}".into(), 404, None),
        (
            "POST",
            "/api/v1/things".into(),
            "{\"email\": \"hunter2-canary@example.org\"}",
            "POST /api/v1/things".into(),
            422,
            None,
        ),
        ("GET", report.replace("{id}", long), "", format!("GET {report}"), 200, Some(("SELECT", None))),
        ("GET", format!("/api/v1/notices/{long}/failing"), "", "GET /api/v1/notices/{id}/failing".into(), 500, None),
        ("GET", format!("/no/{SECRET}?token={SECRET}"), "", "GET".into(), 404, None),
        ("HUNTER2", "/api/v1/things".into(), "", "HTTP /api/v1/things".into(), 405, None),
    ];
    for (method, path, body, name, status, statement) in &table {
        let answer = ask(&server, method, path, &[&known, "X-Request-Id: r-17"], body);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{method} {path}: {answer}");
        let span = span_of(&receiver, &answer);
        let attribute = |name: &str| value(&span.attributes, name);
        assert_eq!((&span.name, is_kind(&span, SpanKind::Server)), (name, true), "{span:?}");
        assert!(span.parent_span_id.is_empty() && span.end_time_unix_nano >= span.start_time_unix_nano, "{span:?}");
        let route = name.split_once(' ').map_or(Value::Null, |(_, route)| json!(route));
        let known = if *method == "HUNTER2" { "_OTHER" } else { method };
        for (name, expected) in [
            ("http.request.method", json!(known)),
            ("http.route", route),
            ("http.response.status_code", json!(status)),
            ("url.scheme", json!("http")),
            ("server.address", json!("localhost")),
            ("server.port", json!(8080)),
            ("network.protocol.version", json!("1.1")),
            ("resourceful.request_id", json!("r-17")),
            ("error.type", if *status == 500 { json!("internal-error") } else { Value::Null }),
        ] {
            assert_eq!(attribute(name), expected, "{name} of {span:?}");
        }
        let is_error = span.status.as_ref().is_some_and(|status| status.code == StatusCode::Error as i32);
        assert_eq!(is_error, *status == 500, "{span:?}");
        let Some((operation, table)) = statement else {
            assert_eq!(attribute("resourceful.sql.count"), json!(0), "{span:?}");
            continue;
        };
        let is_it = |child: &Span| {
            child.parent_span_id == span.span_id && value(&child.attributes, "db.operation.name") == json!(operation)
        };
        let child = receiver.wait_for(|got| of_trace(got, &hex(&span.trace_id)).into_iter().find(is_it));
        assert!(is_kind(&child, SpanKind::Client), "{child:?}");
        assert_eq!(child.name, table.map_or((*operation).to_owned(), |table| format!("{operation} {table}")));
        assert_eq!(value(&child.attributes, "db.collection.name"), json!(table), "{child:?}");
        assert_eq!(value(&child.attributes, "db.system.name"), json!("sqlite"), "{child:?}");
        assert!(attribute("resourceful.sql.count").as_u64() > Some(0), "{span:?}");
        assert!(span.start_time_unix_nano <= child.end_time_unix_nano, "{span:?} {child:?}");
    }
    // What monitors ask is no span, so the last request is the last span.
    ask(&server, "GET", "/health/live", &[], "");
    let last = span_of(&receiver, &ask(&server, "GET", "/openapi.json", &[], ""));
    let all = spans(&receiver.got());
    let requests = all.iter().filter(|(span, _)| is_kind(span, SpanKind::Server));
    assert_eq!(requests.count(), table.len() + 1, "{all:?}");
    assert!(all.iter().all(|(span, _)| span.start_time_unix_nano <= last.start_time_unix_nano));
    let (_, sender): &(Span, Vec<KeyValue>) = &all[0];
    for (name, expected) in
        [("service.name", "Things"), ("service.version", "1.0.0"), ("deployment.environment.name", "development")]
    {
        assert_eq!(value(sender, name), json!(expected), "{sender:?}");
    }
    let first = &receiver.got()[0];
    assert_eq!((first.path.as_str(), first.header("content-type")), ("/v1/traces", "application/x-protobuf"));
    assert_eq!((first.header("x-key"), first.header("x-other")), ("two words", "1"));
    let (everything, log) = (receiver.everything(), server.end());
    for secret in [SECRET, &token, long, "auth0|ada", "example.org"] {
        assert!(!everything.contains(secret), "{secret}: {everything}");
        assert!(secret == "auth0|ada" || !log.contains(secret), "{secret}: {log}");
    }
}

#[test]
fn a_trace_goes_on_through_the_server_and_the_outbox() {
    let receiver = Receiver::start(Manner::Takes);
    let server = server(&receiver, &[]);
    let path = "/api/v1/notices/message";
    let given = format!("traceparent: 00-{TRACE}-{PARENT}-01");
    let answer = ask(&server, "POST", path, &[&given, "tracestate: a=1", "tracestate: b=2"], "\"hunter2-canary\"");
    let request = span_of(&receiver, &answer);
    assert_eq!((hex(&request.trace_id).as_str(), hex(&request.parent_span_id).as_str()), (TRACE, PARENT));
    assert_eq!(request.trace_state, "a=1,b=2");
    // What the endpoint hands on continues its own span.
    let own = hex(&request.span_id);
    let handed_on = format!("[\"traceparent: 00-{TRACE}-{own}-01\",\"tracestate: a=1,b=2\"]");
    assert!(answer.contains(&handed_on), "{answer}");
    let delivery =
        receiver.wait_for(|got| of_trace(got, TRACE).into_iter().find(|span| is_kind(span, SpanKind::Consumer)));
    assert_eq!((delivery.name.as_str(), &delivery.parent_span_id), ("process message", &request.span_id));
    assert_eq!(value(&delivery.attributes, "messaging.destination.name"), json!("message"), "{delivery:?}");
    assert_eq!(value(&delivery.attributes, "resourceful.attempt"), json!(1), "{delivery:?}");
    // Its statements belong to it, and not to the request.
    receiver.wait_for(|got| {
        let all = of_trace(got, TRACE);
        all.into_iter().find(|span| span.parent_span_id == delivery.span_id && span.name == "UPDATE resourceful_outbox")
    });

    // A client that does not record its request, and headers that are not valid
    let other = TRACE.replace('4', "5");
    let unsampled = ask(&server, "POST", path, &[&format!("traceparent: 00-{other}-{PARENT}-00")], "\"x\"");
    let told = header(&unsampled, "traceresponse").unwrap_or_default();
    assert!(told.starts_with(&format!("00-{other}-")) && told.ends_with("-00"), "{told}");
    for invalid in [&["traceparent: 00-0-0-01"][..], &[&given, &given]] {
        let span = span_of(&receiver, &ask(&server, "GET", "/api/v1/notices", invalid, ""));
        assert!(hex(&span.trace_id) != TRACE && span.parent_span_id.is_empty(), "{invalid:?}: {span:?}");
    }
    let log = server.end();
    assert!(of_trace(&receiver.got(), &other).is_empty(), "an unsampled trace was sent");
    let lines: Vec<Value> = log.lines().map(|line| from_str(line).expect("JSON")).collect();
    let ids = |message: &str| -> Vec<Value> {
        let lines = lines.iter().filter(|line| line["fields"]["message"] == message);
        lines.map(|line| line["fields"]["trace_id"].clone()).collect()
    };
    assert_eq!(ids("request")[..2], [json!(TRACE), json!(other)], "{log}");
    let mut arrived = ids("a message arrived");
    arrived.sort_by_key(Value::to_string);
    assert_eq!(arrived, [json!(TRACE), json!(other)], "{log}");
    assert!(!receiver.everything().contains(SECRET));
}

#[test]
fn without_a_collector_a_trace_is_handed_on_as_it_came() {
    let server = Serving::start_with(&[("LOG_LEVEL", "info"), ("OUTBOX_INTERVAL", "0.1")]);
    let given = format!("traceparent: 00-{TRACE}-{PARENT}-01");
    let (path, body) = ("/api/v1/notices/message", "\"x\"");
    let answer = ask(&server, "POST", path, &[&given, "tracestate: a=1"], body);
    assert!(answer.ends_with(&format!("[\"{given}\",\"tracestate: a=1\"]")), "{answer}");
    assert_eq!(header(&answer, "traceresponse"), None, "{answer}");
    let answer = ask(&server, "POST", path, &["tracestate: a=1"], body);
    assert!(answer.ends_with("[]"), "{answer}");
    // The worker ends what it has begun.
    let log = server.end();
    let lines = log.lines().filter(|line| line.contains("a message arrived")).count();
    assert_eq!((lines, log.matches(TRACE).count()), (2, 2), "{log}");
}

#[test]
fn the_last_request_before_the_end_is_sent() {
    let receiver = Receiver::start(Manner::Takes);
    for (sampler, argument, is_sent) in [
        ("parentbased_always_on", "1", true),
        ("traceidratio", "1", true),
        ("traceidratio", "0", false),
        ("always_off", "1", false),
    ] {
        let settings = [
            ("OTEL_BSP_SCHEDULE_DELAY", "3600000"),
            ("OTEL_TRACES_SAMPLER", sampler),
            ("OTEL_TRACES_SAMPLER_ARG", argument),
            ("OTEL_SERVICE_NAME", sampler),
        ];
        let before = spans(&receiver.got()).len();
        let server = server(&receiver, &settings);
        ask(&server, "GET", "/openapi.json", &[], "");
        let log = server.end();
        let all = spans(&receiver.got());
        let sent: Vec<_> = all[before..].iter().filter(|(span, _)| span.name == "GET /openapi.json").collect();
        assert_eq!(sent.len(), usize::from(is_sent), "{sampler} {argument}: {log}");
        assert!(sent.iter().all(|(_, sender)| value(sender, "service.name") == json!(sampler)), "{sent:?}");
        assert!(!log.contains("WARN"), "{log}");
    }
}
