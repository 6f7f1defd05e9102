//! `routes`: lists every endpoint and what it requires.

use std::fmt::Write;

use crate::http::{Api, ApiPrefix};
use crate::spec::Requirement;

/// Every endpoint: method, path, and what it requires. For scopes of actix services only the path is known.
pub(in crate::app) fn routes(api: &Api, prefix: &ApiPrefix) -> String {
    let endpoints = api.routes().into_iter().map(|route| (route.method, route.path, route.requires));
    let scopes = api.actix_scopes().iter().map(|scope| ("any", format!("{}/*", scope.path), vec![scope.requires]));
    let all: Vec<_> = endpoints.chain(scopes).collect();
    let width = all.iter().map(|(_, path, _)| prefix.as_str().len() + path.len()).max().unwrap_or_default();
    let mut out = String::new();
    for (method, path, requires) in all {
        let path = format!("{prefix}{path}");
        let _ = writeln!(out, "{method:<6} {path:<width$}  {}", Requirement::in_words(&requires));
    }
    out.trim_end().to_owned()
}
