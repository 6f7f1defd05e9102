//! The endpoints of files.

use serde_json::{Value, json};

#[test]
fn the_document_has_the_endpoints_of_files() {
    let document = crate::example();
    let table = [
        ("/paths/~1api~1v1~1projects~1{id}~1plan/put/operationId", json!("projects_upload_plan")),
        ("/paths/~1api~1v1~1projects~1{id}~1plan/put/summary", json!("Upload the plan of a project")),
        ("/paths/~1api~1v1~1projects~1{id}~1plan/put/x-permissions", json!(["projects:write"])),
        (
            "/paths/~1api~1v1~1projects~1{id}~1plan/put/requestBody/content/image~1png",
            json!({"schema": {"type": "string", "format": "binary"}}),
        ),
        (
            "/paths/~1api~1v1~1projects~1{id}~1plan/put/requestBody/content/multipart~1form-data/schema/required",
            json!(["file"]),
        ),
        ("/paths/~1api~1v1~1projects~1self~1{id}~1plan/get/operationId", json!("projects_self_download_plan")),
        ("/paths/~1api~1v1~1projects~1self~1{id}~1plan/get/x-permissions", json!(["projects:read:self"])),
        (
            "/paths/~1api~1v1~1projects~1{id}~1plan/get/responses/200/content",
            json!({
                "image/png": {"schema": {"type": "string", "format": "binary"}},
                "application/pdf": {"schema": {"type": "string", "format": "binary"}},
            }),
        ),
        ("/components/schemas/Project/properties/plan/readOnly", json!(true)),
        ("/components/schemas/ProjectPatch/properties/plan", Value::Null),
    ];
    for (pointer, expected) in table {
        assert_eq!(document.pointer(pointer).unwrap_or(&Value::Null), &expected, "{pointer}");
    }
}

#[test]
fn each_endpoint_of_a_file_lists_exactly_its_statuses() {
    let document = crate::example();
    let operations = crate::operations(&document);
    let of_files = operations.iter().filter(|(name, _)| name.contains("/plan"));
    let found: Vec<String> =
        of_files.map(|(name, operation)| format!("{name}: {}", crate::keys(&operation["responses"]))).collect();
    let expected = "\
DELETE /api/v1/projects/self/{id}/plan: 204 400 401 403 404 409 412 422 500 503
GET /api/v1/projects/self/{id}/plan: 200 206 304 400 401 403 404 412 416 500 503
PUT /api/v1/projects/self/{id}/plan: 200 400 401 403 404 408 409 412 413 415 422 500 503 507
GET /api/v1/projects/self/{id}/plan/thumbs/20x10: 200 206 304 400 401 403 404 412 416 500 503
DELETE /api/v1/projects/{id}/plan: 204 400 401 403 404 409 412 422 500 503
GET /api/v1/projects/{id}/plan: 200 206 304 400 401 403 404 412 416 500 503
PUT /api/v1/projects/{id}/plan: 200 400 401 403 404 408 409 412 413 415 422 500 503 507
GET /api/v1/projects/{id}/plan/thumbs/20x10: 200 206 304 400 401 403 404 412 416 500 503";
    assert_eq!(found.join("\n"), expected);
}
