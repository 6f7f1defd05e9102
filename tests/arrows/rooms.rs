//! The rooms of the runtime, and what each may name.

use std::collections::BTreeMap;

use super::Broken;
use super::source::{code_of, names_at_root, names_from_root, words};

/// Every room with the rooms it may name, from the words up to the assembled server. A room of its own level stands
/// here only where the direction is meant: `schema` opens the database through `context` and makes the indexes that
/// `query` asks for, never the other way.
const ROOMS: &[(&str, &str)] = &[
    // Words: no input or output
    ("error", ""),
    ("rules", "error spec"),
    ("spec", "error rules"),
    // Numbers that every room may read
    ("limits", ""),
    // The contract between generated code and engine
    ("actor", "error rules spec"),
    ("page", "error rules spec actor"),
    ("resource", "error rules spec actor page context"),
    // What processes share, for the ports that do so
    ("redis", ""),
    // Ports: a trait and its adapters. They know neither resource nor HTTP
    ("auth", "error actor redis"),
    ("cache", "error actor redis"),
    ("mail", "error actor"),
    ("storage", "error actor"),
    // The engine
    ("context", "error rules limits spec actor page auth cache mail storage"),
    ("query", "error rules spec actor page resource"),
    ("policy", "error rules spec actor page resource"),
    ("hooks", "error rules spec actor page resource context"),
    ("schema", "error rules spec actor page resource context query"),
    ("service", "error rules limits spec actor page resource context query policy hooks schema"),
    // Outward
    (
        "http",
        "error rules limits spec actor page resource context query policy hooks schema service auth cache mail storage",
    ),
    // Resources and endpoints of the framework's own
    (
        "rbac",
        "error rules spec actor page resource context query policy hooks schema service auth cache mail storage http",
    ),
    (
        "app",
        "error rules limits spec actor page resource context query policy hooks schema service auth cache mail storage http rbac redis",
    ),
    (
        "testing",
        "error rules spec actor page resource context query policy hooks schema service auth cache mail storage http rbac app",
    ),
];

/// A library (or every library whose name starts so), and where it may be named: rooms, or the starts of paths.
const LIBRARIES: &[(&str, &str)] = &[
    ("actix", "http/ app/ testing/ rbac/user_roles"),
    ("utoipa", "http/ app/ testing/"),
    // auth/fetch asks another server for its keys, and reads the status of that answer
    ("StatusCode", "http/ app/ testing/ auth/fetch"),
    ("deadpool", "redis"),
    ("sea_query_sqlx", "context/"),
    ("sea_orm", "resource policy hooks query/ schema/ service/ context rbac/ app/migrate testing/"),
];

/// The runtime's front page: which room each name that it re-exports comes from.
pub(crate) struct House {
    exports: BTreeMap<String, String>,
}

impl House {
    /// Reads the front page, `lib.rs`.
    pub(crate) fn read(lib: &str) -> Self {
        Self { exports: names_at_root(&code_of(lib)).into_iter().collect() }
    }

    /// Checks one file of the runtime, named from `src` on.
    pub(crate) fn check(&self, file: &str, text: &str) -> Vec<Broken> {
        let room = file.split('/').next().unwrap_or(file).trim_end_matches(".rs");
        let broken = |line: usize, rule: String| Broken { file: format!("crates/resourceful/src/{file}"), line, rule };
        if room == "lib" || file.ends_with("/tests.rs") {
            return Vec::new();
        }
        let Some((_, allowed)) = ROOMS.iter().find(|(name, _)| *name == room) else {
            return vec![broken(1, format!("the room `{room}` is in no row of the table in tests/arrows/rooms.rs"))];
        };
        let code = code_of(text);
        let mut all = Vec::new();
        for (line, name) in names_from_root(&code, depth(file)) {
            let target = self.exports.get(&name).unwrap_or(&name);
            let known = ROOMS.iter().any(|(room, _)| room == target);
            if known && target != room && !allowed.split(' ').any(|other| other == target) {
                all.push(broken(line, format!("the arrow {room} -> {target} points the wrong way (`crate::{name}`)")));
            }
        }
        for (line, word) in words(&code) {
            let library = LIBRARIES.iter().find(|(library, _)| word.starts_with(library));
            let Some((_, places)) = library else { continue };
            if !places.split(' ').any(|place| file.starts_with(place)) {
                all.push(broken(line, format!("`{word}` may be named only in {places}")));
            }
        }
        all.dedup();
        all
    }
}

/// How many modules deep a file is: how many `super::` lead from it to the crate's root.
fn depth(file: &str) -> usize {
    let parts = file.split('/').count();
    if file.ends_with("/mod.rs") { parts - 1 } else { parts }
}
