//! What a permission allows, in words for the people who grant it.

use super::uses::{Place, Use};
use crate::http::Section;
use crate::spec::{Operation, words};

/// The longest description that Auth0 accepts.
const MAX_LENGTH: usize = 500;

/// What an entry with these uses allows, such as `Read projects` or `Create and change own projects`.
///
/// The sentence is made from operations and fields. The doc comments of hand-written endpoints are used only if no
/// resource uses the entry: otherwise what it allows on resources matters more.
pub(super) fn sentence(uses: &[Use]) -> String {
    let mut phrases: Vec<String> = Vec::new();
    let mut add = |phrase: String| {
        if !phrases.contains(&phrase) {
            phrases.push(phrase);
        }
    };
    let mut sections: Vec<&Section> = Vec::new();
    for used in uses {
        if !sections.contains(&&used.section) {
            sections.push(&used.section);
        }
    }
    for section in sections {
        let name = words(section.name());
        let of_section = || uses.iter().filter(|used| used.section == *section);
        let operations: Vec<Operation> = of_section().filter_map(Use::operation).collect();
        for own in [false, true] {
            let operations: Vec<Operation> =
                operations.iter().copied().filter(|operation| operation.is_self() == own).collect();
            let owned = if own { "own " } else { "" };
            for verbs in verbs(&operations) {
                add(format!("{verbs} {owned}{name}"));
            }
        }
        for used in of_section() {
            match used.place {
                Place::ReadField(field) => add(format!("see {} of {name}", words(field))),
                Place::WriteField(field) => add(format!("set {} of {name}", words(field))),
                Place::Relation { .. } => add(format!("read {name}")),
                Place::ActixScope => add(format!("use {}", section.name())),
                Place::Operation(_) | Place::Endpoint { .. } => {}
            }
        }
    }
    if phrases.is_empty() {
        phrases = uses.iter().filter_map(Use::doc).collect();
        phrases.dedup();
    }
    let text: String = phrases.join("; ").chars().take(MAX_LENGTH).collect();
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

impl Use {
    fn operation(&self) -> Option<Operation> {
        match self.place {
            Place::Operation(operation) => Some(operation),
            _ => None,
        }
    }

    /// The first sentence of an endpoint's doc comment, on one line; the endpoint's name if it has no doc comment.
    fn doc(&self) -> Option<String> {
        let Place::Endpoint { name, doc } = self.place else { return None };
        let paragraph = doc.split("\n\n").next().unwrap_or_default();
        let line = paragraph.split_whitespace().collect::<Vec<_>>().join(" ");
        let first = line.split(". ").next().unwrap_or_default().trim_end_matches('.');
        let section = match &self.section {
            Section::Resource(spec) => words(spec.name),
            Section::Scope(path) => path.clone(),
        };
        Some(if first.is_empty() { format!("{section}: {}", words(name)) } else { first.to_owned() })
    }
}

/// The verbs of these operations. Either all of them are for all rows, or all are for own rows.
fn verbs(operations: &[Operation]) -> Vec<String> {
    use Operation::{
        BulkCreate, Count, Create, Delete, Get, List, Patch, Search, SelfCreate, SelfDelete, SelfGet, SelfList,
        SelfPatch, SelfUpdate, Update,
    };
    let has = |wanted: &[Operation]| wanted.iter().any(|operation| operations.contains(operation));
    let (get, list) = (has(&[Get, SelfGet]), has(&[List, SelfList]));
    let read = if get && (list || has(&[Search])) {
        "read"
    } else if get {
        "get single"
    } else if list {
        "list"
    } else if has(&[Search]) {
        "search"
    } else if has(&[Count]) {
        "count"
    } else {
        ""
    };
    let create = if has(&[Create, BulkCreate, SelfCreate]) { "create" } else { "" };
    let change = if has(&[Update, Patch, SelfUpdate, SelfPatch]) { "change" } else { "" };
    let delete = if has(&[Delete, SelfDelete]) { "delete" } else { "" };
    let verbs: Vec<&str> = [read, create, change, delete].into_iter().filter(|verb| !verb.is_empty()).collect();
    match verbs.as_slice() {
        [] => Vec::new(),
        [only] => vec![(*only).to_owned()],
        [begin @ .., last] => vec![format!("{} and {last}", begin.join(", "))],
    }
}
