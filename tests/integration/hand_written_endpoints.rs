//! Hand-written endpoints are as strict as generated ones: unknown query parameters and invalid bodies are errors that
//! name their place.

use std::collections::BTreeMap;

use resourceful::JsonShape;
use resourceful::actix_web::{HttpRequest, web};
use resourceful::prelude::*;
use resourceful::serde::{Deserialize, Serialize};
use resourceful::serde_json::{Value, json};
use resourceful::testing::{TestApp, TestDatabase};

use crate::support::{ok, refused};

/// The parameters of `asked`.
#[derive(Debug, Deserialize, Serialize)]
#[serde(crate = "resourceful::serde", rename_all = "camelCase")]
struct Asked {
    #[serde(default)]
    page_size: Option<u16>,
    #[serde(default)]
    order: Order,
    #[serde(default)]
    loud: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<f64>,
}

#[derive(Debug, Default, Deserialize, Serialize)]
#[serde(crate = "resourceful::serde", rename_all = "lowercase")]
enum Order {
    #[default]
    Up,
    Down,
}

/// The body of `ordered`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(crate = "resourceful::serde")]
pub struct Delivery {
    to: Address,
    #[serde(default)]
    items: Vec<Item>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(crate = "resourceful::serde", deny_unknown_fields)]
struct Address {
    street: String,
    number: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(crate = "resourceful::serde")]
struct Item {
    count: i32,
}

impl JsonShape for Delivery {}

/// A row with a typed document in it.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Parcel {
    pub id: i32,
    pub delivery: Json<Delivery>,
    pub maybe: Option<Json<Delivery>>,
}

/// Takes nothing.
#[get("/nothing", public)]
async fn nothing() -> Json<bool> {
    Json(true)
}

/// Takes parameters.
#[get("/asked", public)]
async fn asked(query: QueryParams<Asked>) -> Json<Value> {
    Json(json!(query.0))
}

/// Takes parameters by a type alias of the extractor.
#[post("/aliased", public)]
async fn aliased(body: Json<Value>, query: Parameters) -> Json<Value> {
    Json(json!([body.0, query.0]))
}

type Parameters = QueryParams<Asked>;

/// Takes any parameters.
#[get("/any", query = "any", public)]
async fn any(query: QueryParams<BTreeMap<String, String>>) -> Json<Value> {
    Json(json!(query.0))
}

/// Reads the query itself.
#[get("/raw", public, query = "any")]
async fn raw(req: HttpRequest) -> String {
    req.query_string().to_owned()
}

/// Takes any names, each once.
#[get("/map", public)]
async fn map(query: QueryParams<BTreeMap<String, String>>) -> Json<Value> {
    Json(json!(query.0))
}

/// Takes parameters as actix does.
#[get("/foreign", public)]
async fn foreign(query: web::Query<Asked>) -> Json<Value> {
    Json(json!(query.0))
}

/// Takes a body.
#[post("/ordered", public)]
async fn ordered(delivery: Json<Delivery>) -> Json<Delivery> {
    delivery
}

fn app() -> TestApp {
    TestApp::start_on(TestDatabase::Sqlite, |app| {
        app.resource::<Parcel>().scope("/own", Requirement::Public, |routes| {
            let routes = routes.service(nothing).service(asked).service(aliased).service(any).service(raw);
            routes.service(map).service(foreign).service(ordered)
        })
    })
}

#[test]
fn no_parameter_is_ignored() {
    let app = app();
    let caller = app.anonymous();
    let asked = |page: Value, order: &str, loud: bool| json!({"pageSize": page, "order": order, "loud": loud});
    for (path, expected) in [
        ("/nothing", json!(true)),
        ("/nothing?", json!(true)),
        ("/asked", asked(Value::Null, "up", false)),
        ("/asked?pageSize=7&order=down&loud=true", asked(json!(7), "down", true)),
        ("/asked?page%53ize=7", asked(json!(7), "up", false)),
        ("/any?a=1&b=+x%2B&c", json!({"a": "1", "b": " x+", "c": ""})),
        ("/any?a=1&a=2", json!({"a": "2"})),
        ("/map?a=1&b=2", json!({"a": "1", "b": "2"})),
        ("/foreign?unknown=1", asked(Value::Null, "up", false)),
    ] {
        assert_eq!(ok(caller.get(&format!("/api/v1/own{path}"))), expected, "{path}");
    }
    assert_eq!(caller.get("/api/v1/own/raw?x&x=1").text(), "x&x=1");
    let whole = "must be a whole number between 0 and 65535";
    let allowed = "allowed: pageSize, order, loud, weight";
    for (path, slug, parameter, message) in [
        ("/nothing?a=1", "unknown-parameter", "a", "this operation takes no parameters".to_owned()),
        ("/ordered?a=1", "unknown-parameter", "a", "this operation takes no parameters".to_owned()),
        (
            "/asked?pagesize=1",
            "unknown-parameter",
            "pagesize",
            format!("unknown parameter `pagesize`; did you mean `pageSize`?; {allowed}"),
        ),
        ("/asked?xyz", "unknown-parameter", "xyz", format!("unknown parameter `xyz`; {allowed}")),
        ("/asked?loud=true&loud=false", "duplicate-parameter", "loud", "must not appear twice".to_owned()),
        ("/asked?pageSize=1&page%53ize=1", "duplicate-parameter", "pageSize", "must not appear twice".to_owned()),
        ("/asked?pageSize=x", "invalid-request", "pageSize", whole.to_owned()),
        ("/asked?pageSize=70000", "invalid-request", "pageSize", whole.to_owned()),
        ("/asked?loud=maybe", "invalid-request", "loud", "must be true or false".to_owned()),
        ("/asked?order=dawn", "invalid-request", "order", "must be one of up, down; did you mean `down`?".to_owned()),
        (
            "/asked?loud=%ff",
            "invalid-encoding",
            "loud",
            "must be percent-encoded UTF-8 without the character U+0000".to_owned(),
        ),
        ("/map?a=1&a=2", "duplicate-parameter", "a", "must not appear twice".to_owned()),
        ("/asked?weight=1e309", "invalid-request", "weight", "must be a finite number".to_owned()),
        ("/asked?weight=NaN", "invalid-request", "weight", "must be a finite number".to_owned()),
        ("/asked?weight=-inf", "invalid-request", "weight", "must be a finite number".to_owned()),
        ("/aliased?unknown=1", "unknown-parameter", "unknown", format!("unknown parameter `unknown`; {allowed}")),
    ] {
        let path = format!("/api/v1/own{path}");
        let is_post = path.contains("/ordered") || path.contains("/aliased");
        let answer = if is_post { caller.post(&path, json!({})) } else { caller.get(&path) };
        refused(&answer, 400, slug, &path);
        let error = &answer.json()["errors"][0];
        assert_eq!((error["parameter"].as_str(), error["message"].as_str()), (Some(parameter), Some(message.as_str())));
    }
}

#[test]
fn the_openapi_document_has_the_parameters() {
    let document = app().anonymous().get("/openapi.json").json();
    let parameters = |path: &str| document["paths"][format!("/api/v1/own{path}")]["get"]["parameters"].clone();
    let integer = json!({"type": "integer", "minimum": 0, "maximum": 65535});
    assert_eq!(
        parameters("/asked"),
        json!([
            {"name": "pageSize", "in": "query", "schema": integer},
            {"name": "order", "in": "query", "schema": {"type": "string", "enum": ["up", "down"]}},
            {"name": "loud", "in": "query", "schema": {"type": "boolean"}},
            {"name": "weight", "in": "query", "schema": {"type": "number"}},
        ])
    );
    assert_eq!(parameters("/nothing"), Value::Null);
    assert_eq!(parameters("/any")[0]["schema"], json!({"type": "object", "additionalProperties": true}));
}

/// Changes that make a valid document invalid, each with the pointer and the message of the error.
fn invalid_bodies() -> Vec<(&'static str, Value, &'static str, &'static str, &'static str)> {
    let number = "must be a whole number between 0 and 65535";
    let count = "must be a whole number between -2147483648 and 2147483647";
    vec![
        ("/to/number", json!("12"), "/to/number", "type", number),
        ("/to/number", json!(-1), "/to/number", "type", number),
        ("/to/street", json!(7), "/to/street", "type", "must be a string"),
        ("/to/street", json!(null), "/to/street", "type", "must be a string"),
        (
            "/to/stret",
            json!("x"),
            "/to/stret",
            "unknown-field",
            "unknown field `stret`; did you mean `street`?; allowed: street, number",
        ),
        ("/to/a~1b", json!("x"), "/to/a~1b", "unknown-field", "unknown field `a/b`; allowed: street, number"),
        ("/to", json!({}), "/to/street", "required", "is required"),
        ("/to", json!("x"), "/to", "type", "must be an object"),
        ("/items/1/count", json!(1.5), "/items/1/count", "type", count),
        ("/items/1", json!({}), "/items/1/count", "required", "is required"),
        ("/items", json!({}), "/items", "type", "must be an array"),
        (
            "/to/street",
            json!("a\0b"),
            "/to/street",
            "invalid-character",
            "contains the character U+0000, which cannot be stored",
        ),
    ]
}

fn changed(pointer: &str, value: Value) -> Value {
    let mut all = json!({"to": {"street": "Main", "number": 1}, "items": [{"count": 1}, {"count": 2}]});
    let (parent, name) = pointer.rsplit_once('/').expect("a place");
    let parent = all.pointer_mut(parent).expect("what it is in");
    match parent {
        Value::Array(items) => items[name.parse::<usize>().expect("an index")] = value,
        other => other[name.replace("~1", "/")] = value,
    }
    all
}

#[test]
fn invalid_bodies_are_reported_with_pointers() {
    let app = app();
    let caller = app.anonymous();
    let valid = changed("/more", json!("is ignored, as the type says"));
    ok(caller.post("/api/v1/own/ordered", &valid));
    for (place, value, pointer, code, message) in invalid_bodies() {
        let answer = caller.post("/api/v1/own/ordered", changed(place, value));
        if code == "invalid-character" {
            // U+0000 is refused only where the value would be stored.
            ok(answer);
            continue;
        }
        refused(&answer, 422, "validation-error", place);
        assert_eq!(answer.json()["errors"], json!([{"pointer": pointer, "code": code, "message": message}]));
    }
    let answer = caller.post("/api/v1/own/ordered", json!(3));
    assert_eq!(answer.json()["errors"], json!([{"pointer": "", "code": "type", "message": "must be an object"}]));
}

#[test]
fn invalid_json_fields_are_reported_with_pointers() {
    let app = app();
    let caller = app.as_user(CurrentUser::new("a").with_permissions(["parcels:read", "parcels:write"]));
    let valid = changed("/to/number", json!(null));
    let id = caller.post("/api/v1/parcels", json!({"delivery": valid})).json()["id"].clone();
    for (place, value, pointer, code, message) in invalid_bodies() {
        let bad = changed(place, value);
        let errors = |prefix: &str, names: &[&str]| {
            let error =
                |name: &&str| json!({"pointer": format!("{prefix}/{name}{pointer}"), "code": code, "message": message});
            Value::Array(names.iter().map(error).collect())
        };
        let both = json!({"delivery": bad, "maybe": bad});
        let answer = caller.post("/api/v1/parcels", &both);
        assert_eq!((answer.status, &answer.json()["errors"]), (422, &errors("", &["delivery", "maybe"])), "{place}");
        let answer = caller.put(&format!("/api/v1/parcels/{id}"), &both);
        assert_eq!((answer.status, &answer.json()["errors"]), (422, &errors("", &["delivery", "maybe"])), "{place}");
        let answer = caller.patch(&format!("/api/v1/parcels/{id}"), json!({"maybe": bad}));
        assert_eq!((answer.status, &answer.json()["errors"]), (422, &errors("", &["maybe"])), "{place}");
        let answer = caller.post("/api/v1/parcels/bulk", json!([{"delivery": valid}, {"delivery": bad}]));
        assert_eq!((answer.status, &answer.json()["errors"]), (422, &errors("/1", &["delivery"])), "{place}");
        let patch = resourceful::serde_json::to_vec(&json!({"delivery": bad})).expect("JSON");
        let headers = [("content-type", "application/merge-patch+json")];
        let answer = caller.send("PATCH", &format!("/api/v1/parcels/{id}"), &headers, Some(patch));
        if !place.is_empty() && code != "required" && !bad.to_string().contains("null") {
            assert_eq!((answer.status, &answer.json()["errors"]), (422, &errors("", &["delivery"])), "{place}");
        }
    }
}
