//! In development, answers say which rule decided.

use resourceful::prelude::*;
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Answer, TestApp};

use super::{ALL, letter, on_both, sentences, user};
use crate::support::refused;

/// One denial: the request, and the expected explanation.
struct Denial {
    caller: CurrentUser,
    method: &'static str,
    path: String,
    body: Option<Value>,
    refusal: (u16, &'static str),
    explanation: Vec<&'static str>,
}

fn denials(app: &TestApp) -> Vec<Denial> {
    let [own, open, hidden] = [("auth0|ada", false), ("auth0|bob", true), ("auth0|bob", false)]
        .map(|(writer, open)| letter(app, writer, open));
    let missing = Uuid::now_v7();
    let ada = || user("auth0|ada", &ALL);
    let with = |roles: &[&str], permissions: &[&str]| CurrentUser {
        roles: roles.iter().map(|&role| role.to_owned()).collect(),
        ..user("auth0|ada", permissions)
    };
    let denial = |caller, method, path: String, body, refusal, explanation: &[&'static str]| Denial {
        caller,
        method,
        path: format!("/api/v1/{path}"),
        body,
        refusal,
        explanation: explanation.to_vec(),
    };
    let title = || Some(json!({"title": "x"}));
    let reply = |letter: Uuid| Some(json!({"text": "x", "letterId": letter}));
    let dangling = (422, "invalid-reference");
    let (not_found, scope) = ((404, "not-found"), (403, "insufficient-scope"));
    vec![
        // Rows
        denial(
            ada(),
            "GET",
            format!("letters/{missing}"),
            None,
            not_found,
            &["There is no row with this id in `letters`"],
        ),
        denial(
            ada(),
            "GET",
            format!("letters/{hidden}"),
            None,
            not_found,
            &["The row exists and matches none of the rules `writer`, `open` of the policy of Letter for `get`"],
        ),
        denial(
            ada(),
            "PATCH",
            format!("letters/{open}"),
            title(),
            not_found,
            &["The row exists and does not match the rule `writer` of the policy of Letter for `patch`"],
        ),
        denial(
            ada(),
            "PATCH",
            format!("letters/{open}"),
            Some(json!({})),
            not_found,
            &["The row exists and does not match the rule `writer` of the policy of Letter for `patch`"],
        ),
        denial(
            ada(),
            "PUT",
            format!("letters/{hidden}"),
            title(),
            not_found,
            &["The row exists and does not match the rule `writer` of the policy of Letter for `update`"],
        ),
        denial(
            ada(),
            "DELETE",
            format!("letters/{open}"),
            None,
            not_found,
            &["The row exists and does not match the rule `writer` of the policy of Letter for `delete`"],
        ),
        denial(
            ada(),
            "POST",
            "replies".to_owned(),
            reply(missing),
            dangling,
            &["`letterId`: There is no row with this id in `letters`"],
        ),
        denial(
            ada(),
            "POST",
            "replies".to_owned(),
            reply(hidden),
            dangling,
            &[
                "`letterId`: The row exists and matches none of the rules `writer`, `open` of the policy of Letter for `list`",
            ],
        ),
        denial(
            ada(),
            "GET",
            format!("letters/self/{open}"),
            None,
            not_found,
            &["The row exists and `writer` names another owner: only the caller's own rows are allowed here"],
        ),
        denial(
            ada(),
            "DELETE",
            format!("letters/self/{hidden}"),
            None,
            not_found,
            &[
                "The row exists and `writer` names another owner: only the caller's own rows are allowed here",
                "The row exists and does not match the rule `writer` of the policy of Letter for `self_delete`",
            ],
        ),
        denial(
            with(&["suspended"], &ALL),
            "PATCH",
            format!("letters/{own}"),
            title(),
            not_found,
            &["The row exists and the policy of Letter gives the caller no rows for `patch`"],
        ),
        // Rows that a write would move outside of the policy
        denial(
            with(&["suspended"], &ALL),
            "POST",
            "letters".to_owned(),
            title(),
            (403, "outside-policy"),
            &["The row, as it would be, the policy of Letter gives the caller no rows for `create`"],
        ),
        denial(
            with(&[], &["letters:write", "letters:assign"]),
            "PATCH",
            format!("letters/{own}"),
            Some(json!({"writer": "auth0|bob"})),
            (403, "outside-policy"),
            &["The row, as it would be, does not match the rule `writer` of the policy of Letter for `patch`"],
        ),
        denial(
            with(&[], &["letters:write", "letters:assign"]),
            "POST",
            "letters/bulk".to_owned(),
            Some(json!([{"title": "x"}, {"title": "y", "writer": "auth0|bob"}])),
            (403, "outside-policy"),
            &[
                "The row at /1, as it would be, does not match the rule `writer` of the policy of Letter for `bulk_create`",
            ],
        ),
        // Permissions
        denial(
            with(&[], &["letters:read"]),
            "DELETE",
            format!("letters/{own}"),
            None,
            scope,
            &["DELETE /api/v1/letters/{id} requires letters:delete", "auth0|ada holds the permissions `letters:read`"],
        ),
        denial(
            with(&[], &["letters:write:self", "Letters:Write"]),
            "PUT",
            format!("letters/{own}"),
            title(),
            scope,
            &[
                "PUT /api/v1/letters/{id} requires letters:write",
                "auth0|ada holds the permissions `letters:write:self`, `Letters:Write`",
                "`letters:write:self` gives access to the caller's own rows only, below `/self`; `letters:write` is another permission",
                "`Letters:Write` is not `letters:write`: permissions are compared exactly",
            ],
        ),
        denial(
            CurrentUser { scopes: vec!["letters:read".to_owned()], ..user("auth0|ada", &[]) },
            "GET",
            "letters/count".to_owned(),
            None,
            scope,
            &[
                "GET /api/v1/letters/count requires letters:read",
                "auth0|ada holds no permissions",
                "The token's scope contains `letters:read`, but its permissions do not; scopes are not permissions",
                "The token contains no permissions: in Auth0 turn on RBAC and `Add Permissions in the Access Token` in the settings of the API, or set AUTH0_PERMISSIONS_CLAIM to the claim that contains them",
            ],
        ),
        denial(
            with(&["guest"], &ALL),
            "POST",
            format!("letters/{own}/send"),
            None,
            scope,
            &["POST /api/v1/letters/{id}/send requires role clerk", "auth0|ada holds the roles `guest`"],
        ),
        denial(
            with(&["clerk"], &["letters:read"]),
            "POST",
            format!("letters/{own}/send"),
            None,
            scope,
            &[
                "POST /api/v1/letters/{id}/send requires any of letters:send, letters:send:self",
                "auth0|ada holds the permissions `letters:read`",
            ],
        ),
        // The same in hand-written code
        denial(
            with(&["clerk"], &["letters:send"]),
            "POST",
            format!("letters/{open}/send"),
            None,
            not_found,
            &["The row exists and does not match the rule `writer` of the policy of Letter for `patch`"],
        ),
        denial(
            ada(),
            "POST",
            "letters/refuse".to_owned(),
            None,
            (403, "too-late"),
            &["The rule `before-noon` of this test"],
        ),
        // Fields and relations
        denial(
            ada(),
            "GET",
            "letters?sort=price".to_owned(),
            None,
            scope,
            &["The field `price` of Letter is declared with `read = \"letters:price\"`"],
        ),
        denial(
            ada(),
            "PATCH",
            format!("letters/{own}"),
            Some(json!({"price": 8})),
            scope,
            &["The field `price` of Letter is declared with `write = \"letters:price\"`"],
        ),
        denial(
            with(&[], &["letters:read"]),
            "GET",
            "letters?include=replies".to_owned(),
            None,
            scope,
            &["`replies` of Letter leads to rows of Reply, for which this is required"],
        ),
    ]
}

fn sent(app: &TestApp, denial: &Denial) -> Answer {
    let body = denial.body.as_ref().map(|body| body.to_string().into_bytes());
    app.as_user(denial.caller.clone()).send(denial.method, &denial.path, &[("content-type", "application/json")], body)
}

#[test]
fn in_development_a_denial_names_the_rule_that_decided() {
    on_both("development", |app| {
        for denial in denials(app) {
            let answer = sent(app, &denial);
            let what = format!("{} {}", denial.method, denial.path);
            refused(&answer, denial.refusal.0, denial.refusal.1, &what);
            assert_eq!(sentences(&answer), denial.explanation, "{what}");
        }
        let [open, own] = [letter(app, "auth0|bob", true), letter(app, "auth0|ada", false)];
        let merge = app.as_user(user("auth0|ada", &ALL)).send(
            "PATCH",
            &format!("/api/v1/letters/{open}"),
            &[("content-type", "application/merge-patch+json")],
            Some(br#"{"notes": {"a": 1}}"#.to_vec()),
        );
        refused(&merge, 404, "not-found", "a merge patch");
        let rule = "The row exists and does not match the rule `writer` of the policy of Letter for `patch`";
        assert_eq!(sentences(&merge), [rule]);
        let anonymous = app.anonymous().get(&format!("/api/v1/letters/{own}"));
        let rule = "The row exists and does not match the rule `open` of the policy of Letter for `get`";
        assert_eq!(sentences(&anonymous), [rule]);
    });
}

#[test]
fn outside_of_development_a_denial_gives_no_reasons() {
    on_both("test", |app| {
        for denial in denials(app) {
            let answer = sent(app, &denial);
            assert_eq!(answer.status, denial.refusal.0);
            assert_eq!(answer.json().get("explanation"), None, "{} {}", denial.method, denial.path);
            for sentence in denial.explanation {
                assert!(!answer.text().contains(sentence), "{}", answer.text());
            }
        }
    });
}
