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
