//! `routes` and `indexes`.

use std::fmt::Write;

use crate::app::Settings;
use crate::context::Backend;
use crate::error::{Error, Result};
use crate::http::Api;
use crate::rules;
use crate::schema::index_advice;
use crate::spec::Requirement;

/// Every endpoint: method, path, what it asks for. Of scopes of actix services only the path is known.
pub(in crate::app) fn routes(api: &Api, prefix: &str) -> String {
    let endpoints = api.routes().into_iter().map(|route| (route.method, route.path, route.requires));
    let scopes = api.actix_scopes().iter().map(|scope| ("any", format!("{}/*", scope.path), vec![scope.requires]));
    let all: Vec<_> = endpoints.chain(scopes).collect();
    let width = all.iter().map(|(_, path, _)| prefix.len() + path.len()).max().unwrap_or_default();
    let mut out = String::new();
    for (method, path, requires) in all {
        let path = format!("{prefix}{path}");
        let _ = writeln!(out, "{method:<6} {path:<width$}  {}", asks(&requires));
    }
    out.trim_end().to_owned()
}

/// The database that was named, or that of the settings. It need not be there.
pub(super) fn backend(settings: &Settings, named: Option<&str>) -> Result<Backend> {
    let known = ["sqlite", "postgres"];
    match named {
        Some("sqlite") => Ok(Backend::Sqlite),
        Some("postgres") => Ok(Backend::Postgres),
        Some(other) => Err(Error::startup(rules::unknown("database", other, &known))),
        None if settings.database.url.starts_with("sqlite:") => Ok(Backend::Sqlite),
        None => Ok(Backend::Postgres),
    }
}

/// The advised indexes as an SQL script, each below its reason. What needs a decision first is itself a comment.
pub(super) fn indexes(api: &Api, backend: Backend) -> String {
    let (name, in_use) = match backend {
        Backend::Sqlite => ("SQLite", ""),
        _ => ("PostgreSQL", "-- On tables in use write CREATE INDEX CONCURRENTLY, outside of a transaction.\n"),
    };
    let mut out = format!(
        "-- Indexes for the lists of the resources on {name}, besides those that their tables have.\n\
         -- Each makes writes a little dearer: take those whose queries are asked often.\n{in_use}"
    );
    for advice in index_advice(backend, &api.specs()) {
        let _ = write!(out, "\n-- {}: {}\n", advice.table, advice.reason);
        let comment = match &advice.caution {
            Some(caution) => {
                let _ = writeln!(out, "-- Decide first: {caution}");
                "-- "
            }
            None => "",
        };
        for statement in &advice.statements {
            let _ = writeln!(out, "{comment}{statement};");
        }
    }
    out.trim_end().to_owned()
}

fn asks(requires: &[Requirement]) -> String {
    if requires.is_empty() {
        return Requirement::Public.to_string();
    }
    requires.iter().map(ToString::to_string).collect::<Vec<_>>().join(", and ")
}
