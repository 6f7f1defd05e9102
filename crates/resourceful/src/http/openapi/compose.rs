//! The document as a whole.

use serde_json::{Map, Value, json};

use super::builder::Builder;
use super::input::DocumentInput;
use super::view::ResourceView;
use super::{file_operations, operations, parameters, responses, schemas};

/// The document.
pub fn document(input: &DocumentInput<'_>) -> Value {
    let mut builder = Builder::new(input);
    let names: Vec<String> = input.resources.iter().map(|spec| builder.reserve(spec)).collect();
    let mut tags = Tags::default();
    for (&spec, base) in input.resources.iter().zip(&names) {
        let view = ResourceView::new(spec, base);
        tags.add(spec.tag, spec.doc);
        schemas::add(&mut builder, &view);
        parameters::add(&mut builder, &view);
        for offered in spec.operations {
            operations::add_offered(&mut builder, &view, offered);
        }
        file_operations::add(&mut builder, &view);
    }
    for endpoint in input.endpoints {
        tags.add(&endpoint.tag, "");
        operations::add_endpoint(&mut builder, endpoint);
    }
    let mut info = Map::new();
    info.insert("title".to_owned(), json!(input.title));
    info.insert("version".to_owned(), json!(input.version));
    if !input.description.trim().is_empty() {
        info.insert("description".to_owned(), json!(input.description.trim()));
    }
    let server = if input.server_path.is_empty() { "/" } else { input.server_path };
    responses::add_used(&mut builder);
    json!({
        "openapi": "3.1.0",
        "info": info,
        "servers": [{"url": server}],
        "tags": tags.0,
        "paths": builder.paths,
        "components": {
            "schemas": builder.schemas,
            "parameters": builder.parameters,
            "responses": builder.responses,
            "headers": builder.headers,
            "securitySchemes": {
                "bearer": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "An access token of the API's issuer. Each operation lists the permissions that it requires in `x-permissions`.",
                },
            },
        },
    })
}

/// The tags, in the order of their first operations.
#[derive(Default)]
struct Tags(Vec<Value>);

impl Tags {
    fn add(&mut self, name: &str, doc: &str) {
        if self.0.iter().any(|tag| tag["name"] == name) {
            return;
        }
        let mut tag = json!({"name": name});
        if !doc.trim().is_empty() {
            tag["description"] = json!(doc.trim());
        }
        self.0.push(tag);
    }
}
