//! The line that the log has for each request.

use resourceful::serde_json::{Value, from_str, json};

use super::{Serving, printed};

/// What must be in no line of the log.
const SECRET: &str = "hunter2-canary";

fn request(method: &str, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Content-Length: {length}\r\n{headers}\r\n{body}"
    )
    .into_bytes()
}

#[test]
fn each_request_has_one_line_without_secrets() {
    let server = Serving::start_with(&[("LOG_LEVEL", "info,resourceful::request=debug")]);
    let folder = server.folder.to_string_lossy().into_owned();
    let settings = [("ENVIRONMENT", "development"), ("DATA_FOLDER", folder.as_str())];
    let token = printed(&["token", "--sub", "auth0|ada"], &settings);
    let token = token.trim();
    let known = format!("Authorization: Bearer {token}\r\n");
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    let traced = format!("{known}X-Request-Id: r-17\r\ntraceparent: 00-{trace}-00f067aa0ba902b7-01\r\n");
    let row = format!("{{\"name\": \"{SECRET}\"}}");
    let id = "0190a2d4-9d30-7e5c-9b22-7f8091a2b3c4";
    // Method, path, headers, body; then level, route, status, user, and whether statements were run
    type Row<'a> = (&'a str, String, &'a str, &'a str, &'a str, Option<&'a str>, u16, Option<&'a str>, bool);
    let table: [Row<'_>; 7] = [
        ("POST", "/api/v1/things".into(), &traced, &row, "INFO", Some("/api/v1/things"), 201, Some("auth0|ada"), true),
        (
            "GET",
            format!("/api/v1/things/{id}?fields=name"),
            &known,
            "",
            "INFO",
            Some("/api/v1/things/{id}"),
            404,
            Some("auth0|ada"),
            true,
        ),
        (
            "GET",
            format!("/api/v1/things?name={SECRET}"),
            &known,
            "",
            "INFO",
            Some("/api/v1/things"),
            200,
            Some("auth0|ada"),
            true,
        ),
        ("GET", "/api/v1/things".into(), "", "", "INFO", Some("/api/v1/things"), 401, None, false),
        (
            "GET",
            "/api/v1/things".into(),
            "Authorization: Bearer hunter2-canary\r\n",
            "",
            "INFO",
            Some("/api/v1/things"),
            401,
            None,
            false,
        ),
        ("GET", format!("/no/{SECRET}?token={SECRET}"), "", "", "INFO", None, 404, None, false),
        ("GET", "/health/ready".into(), "", "", "DEBUG", Some("/health/ready"), 200, None, false),
    ];
    for (method, path, headers, body, _, _, status, _, _) in &table {
        let answer = server.send(&request(method, path, headers, body));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{method} {path}: {answer}");
    }
    let log = server.stop();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .filter(|line| line["target"] == "resourceful::request")
        .collect();
    assert_eq!(lines.len(), table.len(), "{log}");
    for (line, (method, path, _, _, level, route, status, user, has_sql)) in lines.iter().zip(&table) {
        let fields = &line["fields"];
        assert_eq!(line["level"], *level, "{path}: {line}");
        assert_eq!(fields["method"], *method, "{line}");
        assert_eq!(fields["status"], *status, "{line}");
        assert_eq!(fields.get("route").and_then(Value::as_str), *route, "{line}");
        assert_eq!(fields.get("user").and_then(Value::as_str), *user, "{line}");
        assert_eq!(fields["sql"].as_u64().expect("a number") > 0, *has_sql, "{line}");
        assert!(fields["ms"].as_f64() >= fields["sql_ms"].as_f64(), "{line}");
    }
    let fields = &lines[0]["fields"];
    assert_eq!((&fields["request_id"], &fields["trace_id"]), (&json!("r-17"), &json!(trace)));
    assert!(lines[1]["fields"].get("trace_id").is_none(), "{}", lines[1]);
    assert_eq!(lines[1]["fields"]["request_id"].as_str().map(str::len), Some(36), "{}", lines[1]);
    assert!(!log.contains(SECRET) && !log.contains(token), "{log}");
}

#[test]
fn the_lines_can_be_turned_off() {
    for (level, lines) in [("info", 1), ("warn", 0), ("info,resourceful::request=off", 0)] {
        let server = Serving::start(level);
        server.send(&request("GET", "/api/v1/notices", "", ""));
        server.send(&request("GET", "/health/live", "", ""));
        let log = server.stop();
        assert_eq!(log.matches("resourceful::request").count(), lines, "LOG_LEVEL={level}: {log}");
    }
}
