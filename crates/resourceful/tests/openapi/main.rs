//! The OpenAPI document says what the specs say, no more and no less.

mod files;
mod specs;

use resourceful::error::codes;
use resourceful::internals::http::openapi::{DocumentInput, EndpointEntry, document};
use resourceful::internals::http::signature::EndpointDoc;
use resourceful::spec::{Requirement, ResourceSpec};
use serde_json::{Value, json};

fn endpoints() -> Vec<EndpointEntry> {
    let entry = |path: &str, method, name: &'static str, doc, requires: &[Requirement], doc_parts| EndpointEntry {
        id: path
            .trim_start_matches('/')
            .split_once('/')
            .map_or(name.to_owned(), |(first, _)| format!("{first}_{name}")),
        tag: "Projects".to_owned(),
        path: path.to_owned(),
        method,
        name,
        doc,
        requires: requires.to_vec(),
        doc_parts,
    };
    vec![
        entry(
            "/projects/{id}/activate",
            "POST",
            "activate",
            "Makes a project active.\n\nTasks that wait for it begin.",
            &[Requirement::All(&["projects:write", "projects:admin"])],
            EndpointDoc {
                parameters: vec![("id".to_owned(), json!({"type": "string", "format": "uuid"}))],
                answer: Some((200, json!({"$ref": "#/components/schemas/Project"}))),
                ..EndpointDoc::default()
            },
        ),
        entry(
            "/projects/{year:\\d{4}}/{tail}*",
            "GET",
            "by_year",
            "",
            &[Requirement::Scope("reports")],
            EndpointDoc::default(),
        ),
        entry(
            "/ping",
            "POST",
            "ping",
            "",
            &[],
            EndpointDoc {
                query: vec![("loud".to_owned(), json!({"type": "boolean"}))],
                body: Some(json!({"type": "string"})),
                answer: Some((204, Value::Null)),
                ..EndpointDoc::default()
            },
        ),
        entry(
            "/reports/export",
            "GET",
            "export",
            "",
            &[
                Requirement::Permission("reports:read"),
                Requirement::Any(&["a", "b"]),
                Requirement::Role("auditor"),
                Requirement::Public,
                Requirement::All(&["reports:export", "reports:read"]),
                Requirement::Role("auditor"),
                Requirement::Any(&["c", "d"]),
            ],
            EndpointDoc::default(),
        ),
    ]
}

fn default_of(spec: &'static ResourceSpec, index: usize) -> Option<Value> {
    match spec.fields[index].name {
        "is_active" => Some(json!(true)),
        "budget" => Some(json!("not a number")),
        "secret_flag" => Some(json!("hush")),
        "status" => Some(json!("todo")),
        _ => None,
    }
}

fn example() -> Value {
    document(&DocumentInput {
        title: "Demo",
        version: "1.2.3",
        description: "What it is.",
        server_path: "/",
        api_prefix: "/api/v1",
        resources: &[&specs::PROJECT, &specs::COUNTRY, &specs::OTHER_PROJECT],
        endpoints: &endpoints(),
        rate_limited: false,
        default_of,
    })
}

/// Every value of the document with its JSON pointer.
fn walk<'a>(pointer: &str, value: &'a Value, visit: &mut impl FnMut(&str, &'a Value)) {
    visit(pointer, value);
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                walk(&format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")), value, visit);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| walk(&format!("{pointer}/{at}"), value, visit))
        }
        _ => {}
    }
}

fn operations(document: &Value) -> Vec<(String, &Value)> {
    let paths = document["paths"].as_object().expect("paths");
    let operation = |path: &str, method: &str| format!("{} {path}", method.to_uppercase());
    paths
        .iter()
        .flat_map(|(path, methods)| {
            methods.as_object().expect("methods").iter().map(move |(method, entry)| (operation(path, method), entry))
        })
        .collect()
}

fn keys(value: &Value) -> String {
    value.as_object().expect("an object").keys().cloned().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_document_matches_the_specs() {
    let document = example();
    let id = "0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60";
    let no_nul = "^[^\\u0000]*$";
    let table = [
        ("/openapi", json!("3.1.0")),
        ("/info", json!({"title": "Demo", "version": "1.2.3", "description": "What it is."})),
        ("/servers", json!([{"url": "/"}])),
        (
            "/tags",
            json!([{"name": "Projects", "description": "A piece of work that one user owns."}, {"name": "Countries"}]),
        ),
        ("/components/securitySchemes/bearer/scheme", json!("bearer")),
        ("/components/securitySchemes/bearer/bearerFormat", json!("JWT")),
        // Operations
        ("/paths/~1api~1v1~1projects/get/operationId", json!("projects_list")),
        ("/paths/~1api~1v1~1projects/get/summary", json!("List projects")),
        ("/paths/~1api~1v1~1projects/get/security", json!([{"bearer": []}])),
        ("/paths/~1api~1v1~1projects/get/x-permissions", json!(["projects:read"])),
        ("/paths/~1api~1v1~1projects~1bulk/post/operationId", json!("projects_bulk_create")),
        ("/paths/~1api~1v1~1projects~1self~1{id}/delete/operationId", json!("projects_self_delete")),
        ("/paths/~1api~1v1~1projects~1self~1{id}/delete/x-permissions", json!(["projects:delete:self"])),
        ("/paths/~1api~1v1~1sales-countries/get/operationId", json!("sales_countries_list")),
        ("/paths/~1api~1v1~1sales-countries/get/security", json!([{}, {"bearer": []}])),
        ("/paths/~1api~1v1~1sales-countries/get/x-permissions", Value::Null),
        ("/paths/~1api~1v1~1sales-countries/post/x-role", json!("editor")),
        ("/paths/~1api~1v1~1sales-countries/post/summary", json!("Create a sales country")),
        ("/paths/~1api~1v1~1sales-countries~1{id}/get/x-permissions-any", json!(["countries:read", "countries:admin"])),
        // Hand-written
        ("/paths/~1api~1v1~1projects~1{id}~1activate/post/operationId", json!("projects_activate")),
        ("/paths/~1api~1v1~1projects~1{id}~1activate/post/summary", json!("Makes a project active")),
        ("/paths/~1api~1v1~1projects~1{id}~1activate/post/x-permissions", json!(["projects:write", "projects:admin"])),
        ("/paths/~1api~1v1~1projects~1{id}~1activate/post/parameters/0/schema/format", json!("uuid")),
        ("/paths/~1api~1v1~1projects~1{year}~1{tail}/get/operationId", json!("projects_by_year")),
        ("/paths/~1api~1v1~1projects~1{year}~1{tail}/get/x-scope", json!("reports")),
        ("/paths/~1api~1v1~1projects~1{year}~1{tail}/get/parameters/1/name", json!("tail")),
        ("/paths/~1api~1v1~1reports~1export/get/operationId", json!("reports_export")),
        ("/paths/~1api~1v1~1reports~1export/get/security", json!([{"bearer": []}])),
        ("/paths/~1api~1v1~1reports~1export/get/x-permissions", json!(["reports:read", "reports:export"])),
        ("/paths/~1api~1v1~1reports~1export/get/x-permissions-any", json!([["a", "b"], ["c", "d"]])),
        ("/paths/~1api~1v1~1reports~1export/get/x-role", json!("auditor")),
        (
            "/paths/~1api~1v1~1reports~1export/get/description",
            json!(
                "Requires the permission `reports:read`. Requires the permission `a` or `b`. Requires the role `auditor`. \
                 Requires the permissions `reports:export` and `reports:read`. Requires the permission `c` or `d`."
            ),
        ),
        ("/paths/~1api~1v1~1ping/post/operationId", json!("ping")),
        ("/paths/~1api~1v1~1ping/post/parameters/0/name", json!("loud")),
        ("/paths/~1api~1v1~1ping/post/responses/204", json!({"description": "Success."})),
        // Bodies and answers
        ("/paths/~1api~1v1~1projects/post/responses/201/headers/Location/schema/type", json!("string")),
        (
            "/paths/~1api~1v1~1projects~1{id}/patch/requestBody/content",
            json!({
                "application/json": {"schema": {"$ref": "#/components/schemas/ProjectPatch"}},
                "application/merge-patch+json": {"schema": {"$ref": "#/components/schemas/ProjectPatch"}},
            }),
        ),
        (
            "/paths/~1api~1v1~1projects/get/responses/200/content/application~1json/schema/$ref",
            json!("#/components/schemas/ProjectPage"),
        ),
        (
            "/paths/~1api~1v1~1projects~1count/get/responses/200/content/application~1json/schema/$ref",
            json!("#/components/schemas/Total"),
        ),
        (
            "/components/responses/Conflict/content/application~1problem+json/schema/$ref",
            json!("#/components/schemas/Problem"),
        ),
        ("/components/responses/Unauthorized/headers/WWW-Authenticate/schema/type", json!("string")),
        ("/components/schemas/ProjectBulkCreate/maxItems", json!(100)),
        ("/components/schemas/ProjectBulkCreate/minItems", json!(1)),
        ("/components/schemas/ProjectPage/required", json!(["items", "size", "next"])),
        ("/components/schemas/ProjectPage/properties/next/type", json!(["string", "null"])),
        ("/components/schemas/ProjectSearch/additionalProperties", json!(false)),
        // Parameters
        ("/components/parameters/Project.id/schema", json!({"type": "string", "format": "uuid"})),
        ("/components/parameters/Project.id/example", json!(id)),
        (
            "/components/parameters/Project.size/schema",
            json!({"type": "integer", "format": "int32", "minimum": 1, "maximum": 100, "default": 20}),
        ),
        ("/components/parameters/Project.sort/explode", json!(false)),
        ("/components/parameters/count/schema/enum", json!(["exact", "estimated", "none"])),
        ("/components/parameters/Project.isActive.eq/name", json!("isActive")),
        ("/components/parameters/Project.isActive.eq/schema", json!({"type": "boolean"})),
        ("/components/parameters/Project.isActive.gt", Value::Null),
        ("/components/parameters/Project.name.contains/name", json!("name[contains]")),
        (
            "/components/parameters/Project.name.contains/schema",
            json!({"type": "string", "pattern": no_nul, "minLength": 1, "maxLength": 200}),
        ),
        ("/components/parameters/Project.name.gt", Value::Null),
        ("/components/parameters/Project.dueDate.gte/name", json!("dueDate[gte]")),
        ("/components/parameters/Project.dueDate.gte/schema", json!({"type": "string", "format": "date-time"})),
        ("/components/parameters/Project.dueDate.isNull/schema", json!({"type": "boolean"})),
        ("/components/parameters/Project.id.in/style", json!("form")),
        ("/components/parameters/Project.id.in/explode", json!(false)),
        ("/components/parameters/Project.id.in/schema/items", json!({"type": "string", "format": "uuid"})),
        ("/components/parameters/Project.status.eq/schema", json!({"$ref": "#/components/schemas/TaskStatus"})),
        ("/components/parameters/Project.stars.eq", Value::Null),
        ("/components/parameters/SalesCountry.q", Value::Null),
        ("/components/schemas/ProjectSort/items/enum/0", json!("id")),
        ("/components/schemas/ProjectSort/items/enum/3", json!("-name")),
        ("/components/schemas/ProjectFilter/properties/dueDate/anyOf/2/properties/gt/format", json!("date-time")),
        ("/components/schemas/ProjectFilter/properties/or/items/$ref", json!("#/components/schemas/ProjectFilter")),
        // Fields as they are read
        ("/components/schemas/Project/properties/id", json!({"type": "string", "format": "uuid", "readOnly": true})),
        ("/components/schemas/Project/properties/ownerId", json!({"type": "string", "readOnly": true})),
        (
            "/components/schemas/Project/properties/name",
            json!({"type": "string", "description": "What people call it."}),
        ),
        ("/components/schemas/Project/properties/score/readOnly", json!(true)),
        ("/components/schemas/Project/properties/passphrase", Value::Null),
        (
            "/components/schemas/Project/properties/lastStatus",
            json!({"anyOf": [{"$ref": "#/components/schemas/TaskStatus"}, {"type": "null"}]}),
        ),
        // Fields as they are written
        ("/components/schemas/ProjectCreate/additionalProperties", json!(false)),
        ("/components/schemas/ProjectCreate/properties/id", Value::Null),
        ("/components/schemas/ProjectCreate/properties/ownerId", Value::Null),
        ("/components/schemas/ProjectCreate/properties/createdAt", Value::Null),
        ("/components/schemas/ProjectCreate/properties/score", Value::Null),
        (
            "/components/schemas/ProjectCreate/properties/name",
            json!({"type": "string", "pattern": no_nul, "minLength": 1, "maxLength": 255, "description": "What people call it."}),
        ),
        ("/components/schemas/ProjectCreate/properties/description/type", json!(["string", "null"])),
        ("/components/schemas/ProjectCreate/properties/isActive", json!({"type": "boolean", "default": true})),
        ("/components/schemas/ProjectCreate/properties/budget/default", Value::Null),
        (
            "/components/schemas/ProjectCreate/properties/status",
            json!({"$ref": "#/components/schemas/TaskStatus", "default": "todo"}),
        ),
        ("/components/schemas/ProjectCreate/properties/stars", json!({"type": "integer", "minimum": 1, "maximum": 5})),
        ("/components/schemas/ProjectCreate/properties/step/enum", json!([10, 20, null])),
        ("/components/schemas/ProjectCreate/properties/budget/maximum", json!(i64::MAX)),
        (
            "/components/schemas/ProjectCreate/properties/share",
            json!({"type": "number", "format": "double", "minimum": 0.0, "exclusiveMaximum": 1.0}),
        ),
        (
            "/components/schemas/ProjectCreate/properties/price/pattern",
            json!("^(0|[1-9][0-9]{0,28})(\\.[0-9]{1,28})?$"),
        ),
        ("/components/schemas/ProjectCreate/properties/price/description", json!("At least 0 and at most 9.99.")),
        ("/components/schemas/ProjectCreate/properties/day", json!({"type": ["string", "null"], "format": "date"})),
        ("/components/schemas/ProjectCreate/properties/extra", json!({})),
        ("/components/schemas/ProjectCreate/properties/look/required", json!(["color"])),
        ("/components/schemas/ProjectCreate/properties/seal/contentEncoding", json!("base64")),
        ("/components/schemas/ProjectCreate/properties/seal/maxLength", json!(12)),
        (
            "/components/schemas/ProjectCreate/properties/contact",
            json!({"type": "string", "format": "email", "maxLength": 254}),
        ),
        ("/components/schemas/ProjectCreate/properties/site/format", json!("uri")),
        ("/components/schemas/ProjectCreate/properties/code/pattern", json!("^[A-Z]{2}-[0-9]{4,}$")),
        ("/components/schemas/ProjectCreate/properties/code/allOf", Value::Null),
        ("/components/schemas/ProjectCreate/properties/shout/pattern", json!(no_nul)),
        (
            "/components/schemas/ProjectCreate/properties/fit",
            json!({"type": ["string", "null"], "enum": ["s", "m", null]}),
        ),
        ("/components/schemas/ProjectCreate/properties/passphrase/writeOnly", json!(true)),
        ("/components/schemas/ProjectUpdate/properties/code", Value::Null),
        ("/components/schemas/ProjectPatch/required", Value::Null),
        ("/components/schemas/ProjectPatch/properties/isActive", json!({"type": "boolean"})),
        ("/components/schemas/SalesCountryCreate/required", json!(["code", "status"])),
        ("/components/schemas/SalesCountryCreate/properties/code/maxLength", json!(2)),
        ("/components/schemas/SalesCountryCreate/properties/code/not/enum/0", json!("count")),
        // Only what is offered
        ("/paths/~1api~1v1~1sales-countries~1count", Value::Null),
        ("/components/schemas/SalesCountrySearch", Value::Null),
        ("/components/schemas/SalesCountryPatch", Value::Null),
        ("/components/schemas/TaskStatus/enum", json!(["todo", "done"])),
        ("/components/schemas/TaskStatus/description", json!("How far it is.\n\n* `todo`: Not begun")),
        // Names that clash
        (
            "/components/schemas/Project2/properties/id",
            json!({"type": "integer", "format": "int64", "minimum": i64::MIN, "maximum": i64::MAX, "readOnly": true}),
        ),
        ("/paths/~1api~1v1~1archive~1projects~1{id}/get/operationId", json!("archive_projects_get")),
    ];
    for (pointer, expected) in table {
        let found = document.pointer(pointer).unwrap_or(&Value::Null);
        assert_eq!(found, &expected, "{pointer}");
    }
}

#[test]
fn each_operation_lists_exactly_its_statuses() {
    let document = example();
    let found: Vec<String> = operations(&document)
        .iter()
        // `files` has those of files.
        .filter(|(name, _)| !name.contains("/plan"))
        .map(|(name, operation)| format!("{name}: {}", keys(&operation["responses"])))
        .collect();
    let expected = "\
GET /api/v1/archive/projects/{id}: 200 304 400 401 404 500 503
POST /api/v1/ping: 204 400 401 409 413 415 422 500 503
GET /api/v1/projects: 200 304 400 401 403 500 503
POST /api/v1/projects: 201 400 401 403 409 413 415 422 500 503
POST /api/v1/projects/bulk: 201 400 401 403 409 413 415 422 500 503
GET /api/v1/projects/count: 200 304 400 401 403 500 503
POST /api/v1/projects/search: 200 400 401 403 413 415 422 500 503
GET /api/v1/projects/self: 200 304 400 401 403 500 503
POST /api/v1/projects/self: 201 400 401 403 409 413 415 422 500 503
DELETE /api/v1/projects/self/{id}: 204 400 401 403 404 409 412 422 500 503
GET /api/v1/projects/self/{id}: 200 304 400 401 403 404 500 503
PATCH /api/v1/projects/self/{id}: 200 400 401 403 404 409 412 413 415 422 500 503
PUT /api/v1/projects/self/{id}: 200 400 401 403 404 409 412 413 415 422 500 503
DELETE /api/v1/projects/{id}: 204 400 401 403 404 409 412 422 500 503
GET /api/v1/projects/{id}: 200 304 400 401 403 404 500 503
PATCH /api/v1/projects/{id}: 200 400 401 403 404 409 412 413 415 422 500 503
PUT /api/v1/projects/{id}: 200 400 401 403 404 409 412 413 415 422 500 503
POST /api/v1/projects/{id}/activate: 200 400 401 403 404 409 500 503
GET /api/v1/projects/{year}/{tail}: 2XX 400 401 403 404 500 503
GET /api/v1/reports/export: 2XX 400 401 403 500 503
GET /api/v1/sales-countries: 200 304 400 401 500 503
POST /api/v1/sales-countries: 201 400 401 403 409 413 415 422 500 503
GET /api/v1/sales-countries/{id}: 200 304 400 401 403 404 405 500 503";
    assert_eq!(found.join("\n"), expected);
}

#[test]
fn limits_are_told_only_where_there_are_some() {
    let resources: [&'static ResourceSpec; 1] = [&specs::OTHER_PROJECT];
    let input = |rate_limited| DocumentInput {
        title: "Demo",
        version: "1",
        description: "",
        server_path: "",
        api_prefix: "/",
        resources: &resources,
        endpoints: &[],
        rate_limited,
        default_of,
    };
    let pointer = "/paths/~1archive~1projects~1{id}/get/responses/429/$ref";
    assert_eq!(document(&input(false)).pointer(pointer), None);
    assert_eq!(document(&input(true)).pointer(pointer), Some(&json!("#/components/responses/TooManyRequests")));
    assert_eq!(document(&input(false)).pointer("/servers/0/url"), Some(&json!("/")));
}

#[test]
fn every_reference_resolves_and_every_component_is_used() {
    let document = example();
    let mut used = Vec::new();
    walk("", &document, &mut |pointer, value| {
        if pointer.ends_with("/$ref") {
            let target = value.as_str().and_then(|target| target.strip_prefix('#')).expect("a local reference");
            assert!(document.pointer(target).is_some(), "{pointer} points at {target}");
            used.push(target.to_owned());
        }
    });
    for section in ["schemas", "parameters", "responses"] {
        for name in document["components"][section].as_object().expect("components").keys() {
            let target = format!("/components/{section}/{name}");
            assert!(used.contains(&target), "{target} is not used");
        }
    }
}

#[test]
fn operation_ids_and_parameters_are_unique() {
    let document = example();
    let mut ids: Vec<&str> =
        operations(&document).iter().filter_map(|(_, entry)| entry["operationId"].as_str()).collect();
    assert_eq!(ids.len(), 31);
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 31);
    for (name, operation) in operations(&document) {
        let mut seen = Vec::new();
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            let parameter =
                parameter["$ref"].as_str().and_then(|target| document.pointer(&target[1..])).unwrap_or(parameter);
            let key = (parameter["in"].clone(), parameter["name"].clone());
            assert!(!seen.contains(&key), "{name}: {key:?} twice");
            seen.push(key);
        }
        let in_path = seen.iter().filter(|(place, _)| place == "path").count();
        assert_eq!(in_path, name.matches('{').count(), "{name}");
        assert!(!operation["summary"].as_str().unwrap_or_default().is_empty(), "{name}");
    }
}

#[test]
fn a_code_is_a_known_one_or_one_of_the_application() {
    let document = example();
    let known: Vec<&str> = codes::all().map(|entry| entry.code.as_str()).collect();
    let schema = &document["components"]["schemas"]["FieldError"];
    assert_eq!(schema["properties"]["code"]["x-extensible-enum"], json!(known));
    let validator = jsonschema::validator_for(schema).expect("a schema");
    for code in known.into_iter().chain(["too-busy"]) {
        assert!(validator.is_valid(&json!({"pointer": "/name", "code": code, "message": "is wrong"})), "{code}");
    }
    assert!(!validator.is_valid(&json!({"pointer": "/name", "code": 7, "message": "is wrong"})));
}

#[test]
fn every_example_obeys_its_schema() {
    let document = example();
    let mut checked = 0;
    let mut check = |schema: &Value, example: &Value, pointer: &str| {
        let whole = json!({"$ref": "#/target", "target": schema, "components": document["components"]});
        let validator = jsonschema::options().should_validate_formats(true).build(&whole).expect("a schema");
        let errors: Vec<String> =
            validator.iter_errors(example).map(|error| format!("{}: {error}", error.instance_path())).collect();
        assert!(errors.is_empty(), "{pointer}: {errors:?}\n{example:#}");
        checked += 1;
    };
    walk("", &document, &mut |pointer, value| {
        let parent = |levels: usize| document.pointer(pointer.rsplitn(levels + 1, '/').last().unwrap_or_default());
        if let Some(schema) =
            parent(1).filter(|_| pointer.starts_with("/components/schemas/") && pointer.ends_with("/examples"))
        {
            value.as_array().expect("a list").iter().for_each(|example| check(schema, example, pointer));
        } else if pointer.ends_with("/default") && value != &Value::Null {
            check(parent(1).expect("a schema"), value, pointer);
        } else if pointer.starts_with("/components/parameters/") && pointer.ends_with("/example") {
            check(&parent(1).expect("a parameter")["schema"], value, pointer);
        } else if pointer.starts_with("/components/responses/") && pointer.ends_with("/value") {
            check(&parent(3).expect("a media type")["schema"], value, pointer);
        }
    });
    assert!(checked > 50, "{checked}");
    // Every body and every answer has one.
    for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
        assert!(name.ends_with("Sort") || schema["examples"][0] != Value::Null, "{name}");
    }
}

#[test]
fn nothing_hidden_leaks() {
    let text = example().to_string();
    for word in ["secretFlag", "secret_flag", "Internalword", "hush"] {
        assert!(!text.contains(word), "{word}");
    }
    // Write-only fields appear in request bodies only, and cannot be sorted or filtered by.
    let document = example();
    walk("", &document, &mut |pointer, value| {
        let named = pointer.ends_with("/passphrase") || value == "passphrase" || value == "-passphrase";
        let body = ["ProjectCreate/", "ProjectUpdate/", "ProjectPatch/", "ProjectBulkCreate/"]
            .iter()
            .any(|name| pointer.contains(name));
        assert!(!named || body, "{pointer}");
    });
}

/// Writes the document where `RESOURCEFUL_OPENAPI_OUT` says, for validators in other languages.
#[test]
fn can_be_written_for_other_validators() {
    if let Some(path) = std::env::var_os("RESOURCEFUL_OPENAPI_OUT") {
        std::fs::write(path, format!("{:#}", example())).expect("a file that can be written");
    }
}
