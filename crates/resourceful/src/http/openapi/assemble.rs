//! The OpenAPI document of an API, from its table of endpoints.

use serde_json::Value;

use super::compose;
use super::input::{DocumentInput, EndpointEntry};
#[cfg(feature = "utoipa")]
use super::{renamed, scoped};
use crate::http::access;
use crate::http::path;
use crate::http::request::query_use::QueryUse;
use crate::http::routing::table::{Action, Api, ApiRoute};
use crate::http::signature::EndpointDoc;
use crate::resource::sample;
#[cfg(feature = "utoipa")]
use crate::spec::Requirement;

/// The OpenAPI document of an API; `rate_limited` if it has limits of rates.
pub(crate) fn document(
    api: &Api,
    title: &str,
    version: &str,
    description: &str,
    prefix: &str,
    rate_limited: bool,
) -> Value {
    let routes = api.routes();
    let mut endpoints: Vec<EndpointEntry> = routes.iter().filter_map(entry).collect();
    if let Some(entry) = endpoints.iter_mut().find(|entry| access::is_explain(entry.name, &entry.path)) {
        entry.doc_parts.body = Some(access::question_schema(&routes));
    }
    compose::document(&DocumentInput {
        title,
        version,
        description,
        server_path: "/",
        api_prefix: prefix,
        resources: &api.specs(),
        endpoints: &endpoints,
        rate_limited,
        default_of: sample::literal_default,
    })
}

/// A document with the paths and components of others; its own stay, and others of the same name get a number. Operations
/// below the actix scopes of the API get the requirements of these scopes.
#[cfg(feature = "utoipa")]
pub(crate) fn merge_documents(
    mut document: Value,
    others: &[utoipa::openapi::OpenApi],
    api: &Api,
    prefix: &str,
) -> Value {
    let scopes: Vec<(String, Requirement)> =
        api.actix_scopes().iter().map(|scope| (format!("{prefix}{}", scope.path), scope.requires)).collect();
    for other in others {
        let mut other = serde_json::to_value(other).unwrap_or_default();
        for (path, requires) in &scopes {
            scoped::add_requirement(&mut document, &mut other, path, *requires);
        }
        renamed::rename_components(&document, &mut other);
        merge(&mut document, &other);
    }
    document
}

#[cfg(feature = "utoipa")]
fn merge(document: &mut Value, other: &Value) {
    for pointer in [
        "/paths",
        "/components/schemas",
        "/components/parameters",
        "/components/responses",
        "/components/headers",
        "/components/securitySchemes",
    ] {
        let (Some(ours), Some(theirs)) = (
            document.pointer_mut(pointer).and_then(Value::as_object_mut),
            other.pointer(pointer).and_then(Value::as_object),
        ) else {
            continue;
        };
        for (name, value) in theirs {
            ours.entry(name).or_insert_with(|| value.clone());
        }
    }
}

fn entry(route: &ApiRoute) -> Option<EndpointEntry> {
    let Action::Handler(endpoint) = route.action else { return None };
    let mut doc = EndpointDoc::default();
    (endpoint.describe)(&mut doc);
    doc.any_query |= endpoint.query == QueryUse::Any;
    let names = path::parameters(&route.path);
    for ((name, _), of_path) in doc.parameters.iter_mut().filter(|(name, _)| name.is_empty()).zip(names) {
        of_path.clone_into(name);
    }
    Some(EndpointEntry {
        id: route.section.operation_id(endpoint.name),
        tag: route.tag.clone(),
        path: route.path.clone(),
        method: route.method,
        name: endpoint.name,
        doc: endpoint.doc,
        requires: route.requires.clone(),
        doc_parts: doc,
    })
}
