//! `routes` and `permissions list`.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::http::Api;
use crate::spec::Requirement;

/// Every endpoint: method, path, what it asks for.
pub(super) fn routes(api: &Api, prefix: &str) -> String {
    let routes = api.routes();
    let width = routes.iter().map(|route| prefix.len() + route.path.len()).max().unwrap_or_default();
    let mut out = String::new();
    for route in routes {
        let path = format!("{prefix}{}", route.path);
        let _ = writeln!(out, "{:<6} {path:<width$}  {}", route.method, asks(&route.requires));
    }
    out.trim_end().to_owned()
}

/// Every permission and the endpoints that it opens.
pub(super) fn permissions(api: &Api) -> String {
    let mut opens: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for route in api.routes() {
        for permission in route.requires.permissions() {
            opens.entry(permission).or_default().push(format!(
                "{}_{}",
                route.table.spec.path.replace('-', "_"),
                route.name()
            ));
        }
    }
    let width = opens.keys().map(|permission| permission.len()).max().unwrap_or_default();
    let mut out = String::new();
    for (permission, endpoints) in opens {
        let _ = writeln!(out, "{permission:<width$}  {}", endpoints.join(", "));
    }
    out.trim_end().to_owned()
}

fn asks(requirement: &Requirement) -> String {
    match requirement {
        Requirement::Public => "public".to_owned(),
        Requirement::Permission(permission) => (*permission).to_owned(),
        Requirement::Any(permissions) => format!("any of {}", permissions.join(", ")),
        Requirement::All(permissions) => format!("all of {}", permissions.join(", ")),
        Requirement::Role(role) => format!("role {role}"),
        Requirement::Scope(scope) => format!("scope {scope}"),
    }
}
