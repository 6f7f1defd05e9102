//! Endpoints of every form of access.
#![deny(warnings)]
#![allow(dead_code)]

use resourceful::__private::Route;
use resourceful::prelude::*;
use resourceful::spec::Requirement;

#[get("", public)]
async fn root() -> &'static str {
    "root"
}

#[put("/{id}/things/{thing}", any("a:b", "c:d"))]
async fn any_of((_id, _thing): (Path<Uuid>, Path<i32>)) -> Json<i32> {
    Json(1)
}

#[patch("/all", all("a:b", "c:d"))]
pub async fn all_of(mut number: Json<i32>) -> Result<Json<i32>> {
    number.0 += 1;
    Ok(number)
}

/// Deletes
/// everything.
#[delete("/type", role("admin"))]
#[allow(unused_variables)]
async fn r#type(user: CurrentUser) -> Result<Json<i32>> {
    Err(Error::not_found())
}

const READ_X: &str = "read:x";

#[post("/scope", scope(READ_X))]
async fn scope() -> Json<i32> {
    Json(2)
}

#[resourceful::main]
/// Runs what it makes.
pub async fn main() -> Result<()> {
    let all = [root.endpoint(), any_of.endpoint(), all_of.endpoint(), scope.endpoint()];
    let methods: Vec<_> = all.iter().map(|endpoint| endpoint.method).collect();
    assert_eq!(methods, ["GET", "PUT", "PATCH", "POST"]);
    let requires: Vec<_> = all.iter().map(|endpoint| endpoint.requires).collect();
    assert_eq!(
        requires,
        [
            Requirement::Public,
            Requirement::Any(&["a:b", "c:d"]),
            Requirement::All(&["a:b", "c:d"]),
            Requirement::Scope("read:x"),
        ]
    );
    let endpoint = r#type.endpoint();
    assert_eq!(
        (endpoint.name, endpoint.doc, endpoint.requires),
        ("type", "Deletes\neverything.", Requirement::Role("admin"))
    );
    Ok(())
}
