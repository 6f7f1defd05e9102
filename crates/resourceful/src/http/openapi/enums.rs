//! The schemas of enums.

use serde_json::{Value, json};

use super::names::split_doc;
use crate::spec::{EnumSpec, VariantSpec};

/// The schema of an enum.
pub(super) fn schema(spec: &EnumSpec) -> Value {
    let values: Vec<&str> = spec.variants.iter().map(|variant| variant.value).collect();
    let mut paragraphs: Vec<String> =
        Some(spec.doc.trim().to_owned()).into_iter().filter(|doc| !doc.is_empty()).collect();
    let listed = |variant: &VariantSpec| format!("* `{}`: {}", variant.value, split_doc(variant.doc).0);
    if spec.variants.iter().any(|variant| !variant.doc.trim().is_empty()) {
        let lines: Vec<String> =
            spec.variants.iter().filter(|variant| !variant.doc.trim().is_empty()).map(listed).collect();
        paragraphs.push(lines.join("\n"));
    }
    let mut schema = json!({"type": "string", "enum": values});
    if !paragraphs.is_empty() {
        schema["description"] = json!(paragraphs.join("\n\n"));
    }
    if let Some(first) = values.first() {
        schema["examples"] = json!([first]);
    }
    schema
}
