//! Which settings each command needs, so that a build machine without production secrets can run commands such as
//! `routes`, and `help` needs no settings.

use super::help::help;
use crate::app::settings::Part;

/// The parts of the settings that this command line needs.
pub(in crate::app) fn needs(arguments: &[String]) -> &'static [Part] {
    use Part::{
        Cache, Database, DatabaseLimits, Email, Environment, Limits, Log, Management, Metrics, Outbox, Prefix, Rates,
        Rbac, Redis, Storage, Tenant,
    };
    if help(arguments).is_some() {
        return &[];
    }
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let names_database = words.iter().any(|word| *word == "--database" || word.starts_with("--database="));
    match words.as_slice() {
        [] | ["serve" | "doctor", ..] => Part::ALL,
        // It has no callers, so it needs neither an address nor settings about tokens.
        // The functions that it calls may send mails.
        // Its writes make cached answers of running processes outdated, which it tells them through Redis.
        ["seed", ..] => {
            &[Environment, Log, Database, DatabaseLimits, Limits, Metrics, Rbac, Redis, Cache, Email, Outbox, Storage]
        }
        #[cfg(feature = "storage")]
        ["files", ..] => &[Environment, Log, Database, DatabaseLimits, Limits, Rbac, Redis, Cache, Storage],
        ["migrate", "new", ..] => &[Environment, Rbac],
        ["migrate", ..] => &[Environment, Database, DatabaseLimits],
        // It reads and removes what is stored, and sends nothing.
        #[cfg(feature = "mail")]
        ["mail", ..] => &[Environment, Database, DatabaseLimits, Outbox],
        // The metrics can have a permission of their own.
        ["token", ..] => &[Environment, Metrics, Rbac],
        ["routes", ..] => &[Environment, Prefix, Rbac],
        // The document has the response 429 if there are limits.
        ["openapi", ..] => &[Environment, Prefix, Rates, Rbac],
        ["permissions", "diff" | "sync", ..] => &[Environment, Tenant, Management, Metrics, Rbac],
        ["permissions", ..] => &[Environment, Metrics, Rbac],
        ["indexes", ..] if names_database => &[Environment, Rbac],
        ["indexes", ..] => &[Environment, Database, Rbac],
        _ => &[],
    }
}
