//! Names and words of the document.

use serde_json::{Value, json};

/// The name itself if it is free, else the first of `Name2`, `Name3` and so on that is.
pub(super) fn numbered(name: &str, free: impl Fn(&str) -> bool) -> String {
    let mut candidate = name.to_owned();
    let mut number = 2;
    while !free(&candidate) {
        candidate = format!("{name}{number}");
        number += 1;
    }
    candidate
}

pub(super) fn schema_ref(name: &str) -> Value {
    json!({"$ref": format!("#/components/schemas/{name}")})
}

/// The first paragraph of a doc comment in one line without its full stop, and the rest.
pub(super) fn split_doc(doc: &str) -> (String, String) {
    let doc = doc.trim();
    let (first, rest) = doc.split_once("\n\n").unwrap_or((doc, ""));
    let first = first.split_whitespace().collect::<Vec<_>>().join(" ");
    (first.trim_end_matches('.').to_owned(), rest.trim().to_owned())
}
