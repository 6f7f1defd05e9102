//! Just-in-time provisioning: a caller's row is created before the first write that refers to it.

use resourceful::prelude::*;
use resourceful::serde_json::json;

use crate::resources::member;
use crate::support::{ada, created, ok, on_both, project, refused, user};

#[test]
fn a_callers_row_is_created_before_their_first_write() {
    on_both(|app| {
        let ada = app.as_user(CurrentUser { email: Some("ada@example.com".into()), ..user("auth0|ada") });
        refused(&ada.get("/api/v1/members/auth0%7Cada"), 404, "not-found", "reading makes no row");
        ok(ada.get("/api/v1/projects/self"));
        refused(&ada.get("/api/v1/members/auth0%7Cada"), 404, "not-found", "reading makes no row");
        project(&ada, "first");
        let row = ok(ada.get("/api/v1/members/auth0%7Cada"));
        assert_eq!(
            (&row["email"], &row["name"]),
            (&json!("ada@example.com"), &json!(null)),
            "claims that are missing are null"
        );
        assert!(row.get("secret").is_none(), "hidden fields are never shown");
        assert_eq!(ok(ada.get("/api/v1/members/self"))["total"], 1, "owner = id: the caller's own row");
        assert_eq!(ok(ada.patch("/api/v1/members/self/auth0%7Cada", json!({"name": "Ada"})))["name"], "Ada");
        project(&ada, "second");
        assert_eq!(ok(ada.get("/api/v1/members/auth0%7Cada"))["name"], "Ada", "a later write leaves the row alone");
    });
}

#[test]
fn claims_that_break_rules_are_left_out() {
    on_both(|app| {
        let name = "x".repeat(41);
        let odd = app.as_user(CurrentUser { name: Some(name), email: Some("no address".into()), ..user("auth0|odd") });
        project(&odd, "x");
        let row = ok(odd.get("/api/v1/members/auth0%7Codd"));
        assert_eq!((&row["name"], &row["email"]), (&json!(null), &json!(null)));
    });
}

#[test]
fn concurrent_requests_create_the_row_once() {
    on_both(|app| {
        let address = app.address();
        let token = app.issuer().token(&user("auth0|race"));
        let threads: Vec<_> = (0..16)
            .map(|number| {
                let token = token.clone();
                std::thread::spawn(move || {
                    use std::io::{Read, Write};
                    let body = format!("{{\"name\":\"{number}\"}}");
                    let mut stream = std::net::TcpStream::connect(address).expect("the server listens");
                    write!(
                        stream,
                        "POST /api/v1/projects/self HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
                        body.len()
                    )
                    .expect("the request is sent");
                    let mut answer = String::new();
                    stream.read_to_string(&mut answer).expect("an answer");
                    answer
                })
            })
            .collect();
        for thread in threads {
            let answer = thread.join().expect("no panic");
            assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
        }
        assert_eq!(ok(ada(app).get("/api/v1/members?id=auth0%7Crace"))["total"], 1);
    });
}

#[test]
fn a_deleted_row_is_created_again() {
    on_both(|app| {
        let eve = app.as_user(user("auth0|eve"));
        let id = project(&eve, "x")["id"].as_str().expect("an id").to_owned();
        assert_eq!(eve.delete(&format!("/api/v1/projects/{id}")).status, 204);
        assert_eq!(eve.delete("/api/v1/members/auth0%7Ceve").status, 204);
        project(&eve, "y");
        assert_eq!(ok(eve.get("/api/v1/members/auth0%7Ceve"))["id"], "auth0|eve");
    });
}

#[test]
fn a_user_with_two_accounts_can_write_with_both() {
    on_both(|app| {
        let first = app.as_user(user("auth0|first"));
        created(first.post("/api/v1/members", json!({"email": "same@example.com"})));
        let second = app.as_user(CurrentUser { email: Some("same@example.com".into()), ..user("auth0|second") });
        project(&second, "x");
        project(&second, "y");
        let row = ok(second.get("/api/v1/members/auth0%7Csecond"));
        assert_eq!(row["email"], json!(null), "the address is unique, and the first account has it");
        let members = member::Service::as_system(app.ctx());
        assert_eq!(app.block_on(members.count(Query::new())).expect("a count"), 2);
    });
}
