//! Files in the document.

use serde_json::{Value, json};

use super::builder::{Builder, FILE};
use super::names::schema_ref;

/// A reference to the schema of a file in a row, which is added if there is none yet.
pub(super) fn reference(builder: &mut Builder<'_>) -> Value {
    builder.schemas.entry(FILE).or_insert_with(file);
    schema_ref(FILE)
}

fn file() -> Value {
    json!({
        "type": "object",
        "description": "A file. Its content is uploaded and downloaded at endpoints of its own.",
        "properties": {
            "name": {"type": "string", "description": "The name that the client gave the file."},
            "size": {"type": "integer", "minimum": 0, "description": "The size in bytes."},
            "contentType": {"type": "string", "description": "The content type, as the content shows it."},
            "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$", "description": "The SHA-256 digest of the content."},
            "width": {"type": ["integer", "null"], "minimum": 0, "description": "The width of an image, in pixels."},
            "height": {"type": ["integer", "null"], "minimum": 0, "description": "The height of an image, in pixels."},
            "url": {
                "type": ["string", "null"],
                "format": "uri-reference",
                "description": "Where to download it, relative to the path of the API; null where nothing can be downloaded.",
            },
        },
        "required": ["name", "size", "contentType", "sha256", "width", "height", "url"],
        "additionalProperties": false,
        "examples": [{
            "name": "plan.pdf",
            "size": 52133,
            "contentType": "application/pdf",
            "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "width": null,
            "height": null,
            "url": "tasks/0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60/attachment",
        }],
    })
}
