//! What the server tells of itself: the OpenAPI document of an API.

use serde_json::Value;

use super::access;
use super::api::{Action, Api, ApiRoute};
use super::describe::EndpointDoc;
use super::openapi::{self, DocumentInput, EndpointEntry};
use super::query_params::QueryUse;
use crate::resource::sample;
#[cfg(feature = "docs")]
use crate::spec::Requirement;

/// The OpenAPI document of an API.
pub(crate) fn document(api: &Api, title: &str, version: &str, description: &str, prefix: &str) -> Value {
    let routes = api.routes();
    let mut endpoints: Vec<EndpointEntry> = routes.iter().filter_map(entry).collect();
    access::describe(&routes, &mut endpoints);
    openapi::document(&DocumentInput {
        title,
        version,
        description,
        server_path: "/",
        api_prefix: prefix,
        resources: &api.specs(),
        endpoints: &endpoints,
        rate_limited: false,
        default_of: sample::literal_default,
    })
}

/// A document with the paths and components of others; its own stay, and others of the same name get a number. What the actix scopes of the API ask stands at the
/// operations below their paths.
#[cfg(feature = "docs")]
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
            openapi::guard_operations(&mut document, &mut other, path, *requires);
        }
        openapi::rename_components(&document, &mut other);
        merge(&mut document, &other);
    }
    document
}

#[cfg(feature = "docs")]
fn merge(document: &mut Value, other: &Value) {
    for pointer in [
        "/paths",
        "/components/schemas",
        "/components/parameters",
        "/components/responses",
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
    let names = route.path.split('/').filter_map(|word| word.strip_prefix('{')?.strip_suffix('}'));
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
