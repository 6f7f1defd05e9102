//! The line that the log has for each slow SQL statement.

use resourceful::serde_json::{Value, from_str};

use super::*;

/// What must be in no line of the log.
const SECRET: &str = "hunter2-canary";

fn request(server: &Serving, method: &str, path: &str, token: &str, body: &str) -> String {
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\n\
         Authorization: Bearer {token}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    server.send(request.as_bytes())
}

/// The lines about slow statements, after some requests.
fn lines(settings: &[(&str, &str)]) -> (Vec<Value>, String) {
    let server = Serving::start_with(settings);
    let folder = server.folder.to_string_lossy().into_owned();
    let known = [("ENVIRONMENT", "development"), ("DATA_FOLDER", folder.as_str())];
    let token = printed(&["token", "--sub", "auth0|ada"], &known);
    let token = token.trim();
    let created = request(&server, "POST", "/api/v1/things", token, &format!("{{\"name\": \"{SECRET}\"}}"));
    assert!(created.starts_with("HTTP/1.1 201"), "{created}");
    let id = created.split("\"id\":\"").nth(1).and_then(|rest| rest.split('"').next()).expect("an id").to_owned();
    for (method, path, body) in [
        ("GET", format!("/api/v1/things?name={SECRET}&sort=name"), String::new()),
        ("PATCH", format!("/api/v1/things/{id}"), format!("{{\"name\": \"{SECRET}-2\"}}")),
        ("GET", format!("/api/v1/notices/{id}/report"), String::new()),
        ("DELETE", format!("/api/v1/things/{id}"), String::new()),
    ] {
        let answer = request(&server, method, &path, token, &body);
        assert!(answer.starts_with("HTTP/1.1 20"), "{method} {path}: {answer}");
    }
    let log = server.stop();
    let all = log.lines().map(|line| from_str::<Value>(line).unwrap_or_else(|error| panic!("{error}: {line}")));
    let slow = all.filter(|line| line["target"] == "resourceful::statement").collect();
    assert!(!log.contains(SECRET) && !log.contains(&id), "{log}");
    (slow, log)
}

#[test]
fn slow_statements_are_logged_with_what_they_ran_for_and_without_values() {
    // Every statement is slow.
    let (lines, log) = lines(&[("LOG_LEVEL", "info"), ("SLOW_STATEMENT", "0.000000001"), ("OUTBOX_INTERVAL", "0.05")]);
    let find = |expected: &[(&str, &str)], sql: &str| {
        let is_it = |line: &&Value| {
            let fields = &line["fields"];
            expected.iter().all(|(name, value)| fields[*name].as_str() == Some(*value))
                && fields["sql"].as_str().is_some_and(|text| text.contains(sql))
        };
        lines.iter().find(is_it).unwrap_or_else(|| panic!("{expected:?} {sql}: {log}"))
    };
    for (expected, sql) in [
        (&[("resource", "things"), ("operation", "create")][..], "INSERT INTO \"things\""),
        (&[("resource", "things"), ("operation", "list")], "SELECT "),
        (&[("resource", "things"), ("operation", "patch")], "\"things\""),
        (&[("resource", "things"), ("operation", "delete")], "DELETE FROM \"things\""),
        (&[("method", "GET"), ("route", "/api/v1/notices/{id}/report")], "SELECT ? AS number WHERE ? <> ?"),
        (&[("operation", "outbox")], "resourceful_outbox"),
    ] {
        let line = find(expected, sql);
        let fields = &line["fields"];
        assert_eq!((&line["level"], &fields["message"]), (&"WARN".into(), &"slow statement".into()), "{line}");
        assert!(fields["ms"].as_f64().is_some_and(|ms| ms >= 0.0), "{line}");
        let names = ["resource", "operation", "method", "route"];
        let given: Vec<&str> = names.into_iter().filter(|name| fields.get(*name).is_some()).collect();
        assert_eq!(given, expected.iter().map(|(name, _)| *name).collect::<Vec<_>>(), "{line}");
    }
    let plain =
        |line: &Value| line["fields"]["sql"].as_str().is_some_and(|sql| !sql.contains('\'') && !sql.contains('\n'));
    assert!(lines.iter().all(plain), "{log}");
}

#[test]
fn other_statements_are_not_logged() {
    for settings in [
        &[("LOG_LEVEL", "info"), ("SLOW_STATEMENT", "3600")][..],
        &[("LOG_LEVEL", "info"), ("SLOW_STATEMENT", "0")],
        &[("LOG_LEVEL", "info,resourceful::statement=off"), ("SLOW_STATEMENT", "0.000000001")],
    ] {
        let (lines, log) = lines(settings);
        assert!(lines.is_empty(), "{settings:?}: {log}");
    }
}
