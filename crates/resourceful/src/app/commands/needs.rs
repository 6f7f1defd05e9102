//! Which settings each command needs.

use crate::app::settings::Part;

/// The parts of the settings that this command line needs. A build machine has no secrets of production, and `help` needs
/// nothing at all.
pub(in crate::app) fn needs(arguments: &[String]) -> &'static [Part] {
    use Part::{Database, Environment, Management, Prefix, Rbac, Tokens};
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let names_database = words.iter().any(|word| *word == "--database" || word.starts_with("--database="));
    match words.as_slice() {
        [] | ["serve" | "seed", ..] => Part::ALL,
        ["migrate", "new", ..] => &[Environment, Rbac],
        ["migrate", ..] => &[Environment, Database, Rbac],
        ["token", ..] => &[Environment],
        ["permissions", "diff" | "sync", ..] => &[Environment, Tokens, Management, Rbac],
        ["routes" | "openapi" | "permissions", ..] => &[Environment, Prefix, Rbac],
        ["indexes", ..] if names_database => &[Environment, Rbac],
        ["indexes", ..] => &[Environment, Database, Rbac],
        _ => &[],
    }
}
