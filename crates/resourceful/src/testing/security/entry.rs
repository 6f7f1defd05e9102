//! Access to endpoints: tokens, permissions, and whether the OpenAPI document describes them correctly.

use serde_json::{Value, json};

use super::world::{World, grant, path_of, what};
use crate::actor::CurrentUser;
use crate::http::ApiPrefix;
use crate::spec::{Operation, Requirement, Target};

const TOKENS: &str =
    "Tokens must be checked first; check for a middleware or a route that handles the request before that";

/// The operations that have a requirement.
fn guarded(world: &World) -> impl Iterator<Item = (Operation, Requirement)> {
    let offered = world.spec().operations.iter().filter(|offered| offered.requires != Requirement::Public);
    offered.map(|offered| (offered.operation, offered.requires))
}

/// The id of a row of Ada.
fn own(world: &World) -> String {
    world.rows[0].made.text.clone()
}

pub(super) fn without_a_token(world: &World) {
    for (operation, requires) in guarded(world) {
        let answer = world.send(None, operation, &own(world), None);
        let advice =
            format!("The operation requires {requires}; check whether the served resource declares it `public`");
        world.must_answer(&answer, &[401], &what(world, None, operation, &own(world)), &advice);
    }
}

pub(super) fn bad_tokens(world: &World) {
    let issuer = world.app.issuer();
    let all = world.all(&world.ada);
    let good = issuer.token(&all);
    let unsigned = format!("{}.", good.rsplit_once('.').map(|(signed, _)| signed).unwrap_or_default());
    let bad = [
        ("an expired token", issuer.expired_token(&all)),
        ("a token for another API", issuer.token_for_audience(&all, "https://other.example")),
        ("a token without its signature", unsigned),
        ("text that is not a token", "not.a.token".to_owned()),
    ];
    for offered in world.spec().operations {
        for (which, token) in &bad {
            let path = world.path(offered.operation, &own(world));
            let answer = world.app.with_token(token).send(offered.operation.method(), &path, &[], None);
            world.must_answer(&answer, &[401], &format!("{} {path} with {which}", offered.operation.method()), TOKENS);
        }
    }
}

pub(super) fn without_the_permission(world: &World) {
    for (operation, requires) in guarded(world) {
        let mut user = world.all(&world.ada);
        let required = requires.permissions();
        // All other permissions that callers could have, and similar names.
        let similar = required.iter().flat_map(|name| {
            let shorter = name.get(..name.len() - 1).unwrap_or_default().to_owned();
            [
                format!("{name}:self"),
                format!("{name}:x"),
                format!("{name} "),
                name.to_uppercase(),
                shorter,
                "*".to_owned(),
            ]
        });
        user.permissions.extend(similar);
        match requires {
            Requirement::Role(role) => user.roles.retain(|held| held != role),
            Requirement::Scope(scope) => user.scopes.retain(|held| held != scope),
            // If all of several permissions are required, each is removed alone.
            Requirement::All(_) => {
                for name in required {
                    let mut without_one = user.clone();
                    without_one.permissions.retain(|held| held != name);
                    refused(world, &without_one, operation, requires);
                }
                continue;
            }
            _ => user.permissions.retain(|held| !required.contains(&held.as_str())),
        }
        refused(world, &user, operation, requires);
    }
}

fn refused(world: &World, user: &CurrentUser, operation: Operation, requires: Requirement) {
    let before = world.stored(&world.rows[0].made.id);
    let answer = world.send(Some(user), operation, &own(world), None);
    let what = what(world, Some(user), operation, &own(world));
    let advice = format!("The caller has all permissions except {requires}, which the operation requires");
    world.must_answer(&answer, &[403], &what, &advice);
    world.must_be(&before, &world.rows[0].made.id, &what);
}

pub(super) fn self_permissions(world: &World) {
    let mut user = world.ada.clone();
    for offered in world.spec().operations.iter().filter(|offered| offered.operation.is_self()) {
        grant(&mut user, &offered.requires);
    }
    for (operation, requires) in guarded(world).filter(|(operation, _)| !operation.is_self()) {
        // Unless the operation requires exactly this permission.
        if requires.permissions().iter().any(|name| user.has_permission(name)) {
            let general = requires.permissions().iter().all(|name| name.ends_with(":self"));
            if general {
                let what = what(world, Some(&user), operation, &own(world));
                world.found(format!(
                    "{what} is allowed with {requires}, which must grant access to the caller's own rows only"
                ));
            }
            continue;
        }
        let answer = world.send(Some(&user), operation, &own(world), None);
        let what = what(world, Some(&user), operation, &own(world));
        world.must_answer(&answer, &[403], &what, "A permission for own rows (`..:self`) grants access to all rows");
    }
}

/// Checks that permitted requests succeed. Without this check a suite could pass because every request fails.
pub(super) fn the_permission_opens(world: &World) {
    for offered in world.spec().operations {
        let user = world.only(&world.ada, offered.operation);
        let answer = world.send(Some(&user), offered.operation, &own(world), None);
        if matches!(answer.status, 401 | 405 | 500..) || answer.problem().as_deref() == Some("insufficient-scope") {
            let what = what(world, Some(&user), offered.operation, &own(world));
            let text = answer.text();
            world.found(format!("{what} is refused to a caller who has {}: {text}", offered.requires));
        }
    }
}

pub(super) fn hand_written_endpoints(world: &World) {
    let document = world.app.anonymous().get("/openapi.json").json();
    let below = format!("{}/{}/", ApiPrefix::of_context(world.app.ctx()), world.spec().path);
    let generated: Vec<(String, &str)> = Operation::ALL
        .map(|operation| {
            (path_of(&world.app, world.spec(), operation, "{id}").replace("%7Bid%7D", "{id}"), operation.method())
        })
        .to_vec();
    for (path, item) in document["paths"].as_object().into_iter().flatten().filter(|(path, _)| path.starts_with(&below))
    {
        for (method, operation) in item.as_object().into_iter().flatten() {
            let method = method.to_uppercase();
            let is_generated = generated.iter().any(|(known, by)| known == path && *by == method);
            let is_open = operation["security"].as_array().is_none_or(|all| all.contains(&json!({})));
            if is_generated || is_open || !["GET", "POST", "PUT", "PATCH", "DELETE"].contains(&method.as_str()) {
                continue;
            }
            let address: Vec<&str> =
                path.split('/').map(|word| if word.starts_with('{') { "0" } else { word }).collect();
            let address = address.join("/");
            let advice = "The document says that the endpoint has a requirement; check whether the handler is mounted without it";
            let answer = world.app.anonymous().send(&method, &address, &[], None);
            world.must_answer(&answer, &[401], &format!("{method} {path} without a token"), advice);
            let stranger = world.app.as_user(CurrentUser::new("auth0|stranger"));
            let answer = stranger.send(&method, &address, &[], None);
            world.must_answer(&answer, &[403], &format!("{method} {path} without any permission"), advice);
        }
    }
}

pub(super) fn the_document(world: &World) {
    let document = world.app.anonymous().get("/openapi.json").json();
    for offered in world.spec().operations {
        let prefix = &ApiPrefix::of_context(world.app.ctx());
        let path = format!("{prefix}/{}{}", world.spec().path, offered.operation.path());
        let operation = &document["paths"][&path][offered.operation.method().to_lowercase()];
        let (name, expected) = match offered.requires {
            Requirement::Public => ("security", json!([{}, {"bearer": []}])),
            Requirement::Permission(permission) => ("x-permissions", json!([permission])),
            Requirement::All(permissions) => ("x-permissions", json!(permissions)),
            Requirement::Any(permissions) => ("x-permissions-any", json!(permissions)),
            Requirement::Role(role) => ("x-role", json!(role)),
            Requirement::Scope(scope) => ("x-scope", json!(scope)),
        };
        if operation[name] != expected {
            let said: &Value = &operation[name];
            world.found(format!(
                "the document has `{name}: {said}` for {} {path}, which requires {}",
                offered.operation.method(),
                offered.requires
            ));
        }
    }
}

pub(super) fn overridden_methods(world: &World) {
    let row = &world.rows[0].made;
    let reader = world.only(&world.ada, Operation::Get);
    for (operation, header) in [
        (Operation::Delete, "x-http-method-override"),
        (Operation::Delete, "x-method-override"),
        (Operation::Patch, "x-http-method-override"),
    ] {
        if !world.offers(operation) || operation.target() != Target::Item {
            continue;
        }
        let before = world.stored(&row.id);
        let headers = [(header, operation.method()), ("content-type", "application/json")];
        for method in ["GET", "POST"] {
            let path = world.path(operation, &row.text);
            world.caller(Some(&reader)).send(method, &path, &headers, Some(b"{}".to_vec()));
            world.must_be(&before, &row.id, &format!("{method} {path} with {header}: {}", operation.method()));
        }
    }
}

pub(super) fn head(world: &World) {
    for (operation, _) in guarded(world).filter(|(operation, _)| operation.method() == "GET") {
        let path = world.path(operation, &own(world));
        let answer = world.app.anonymous().send("HEAD", &path, &[], None);
        world.must_answer(
            &answer,
            &[401],
            &format!("HEAD {path} without a token"),
            "HEAD must have the same requirement as GET",
        );
        let answer = world.app.anonymous().send("OPTIONS", &path, &[], None);
        if !answer.body.is_empty() {
            world.found(format!("OPTIONS {path} without a token has a response with content: {}", answer.text()));
        }
    }
}
