//! `Cache-Control` of the answers to reads.
//!
//! Everything else has `no-store`, which the envelope adds: writes, searches, errors, and hand-written endpoints that say
//! nothing.

use actix_web::http::header::HeaderValue;

use crate::actor::{Actor, RowAccess};
use crate::resource::ResourceTable;
use crate::spec::{Operation, Requirement};

/// Only the caller's own client may keep the answer, and must ask before each use.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

/// Anyone may keep the answer, and must ask before each use.
const OPEN: HeaderValue = HeaderValue::from_static("no-cache");

/// Who may keep the answer to a read of these rows, and for how long. `reached` are the other resources that decide it.
pub(super) fn of_read(
    table: &ResourceTable,
    reached: Option<&[&'static ResourceTable]>,
    operation: Operation,
    (actor, rows): (&Actor, RowAccess),
) -> HeaderValue {
    let is_public = table.spec.operation(operation).is_some_and(|offered| offered.requires == Requirement::Public);
    let is_same_for_all =
        || reached.is_some_and(|reached| ![table].iter().chain(reached).any(|table| depends_on_caller(table)));
    if !is_public || !matches!(actor, Actor::Anonymous) || rows != RowAccess::All || !is_same_for_all() {
        return PRIVATE;
    }
    let age = table.spec.cache.and_then(|cache| cache.max_age);
    let age = age.and_then(|age| HeaderValue::try_from(format!("public, max-age={}", age.as_secs())).ok());
    age.unwrap_or(OPEN)
}

/// Whether callers see different rows or fields of this resource.
fn depends_on_caller(table: &ResourceTable) -> bool {
    let guards = table.spec.fields.iter().map(|field| field.read);
    table.policy.is_some() || guards.chain(table.spec.computed.iter().map(|one| one.read)).flatten().next().is_some()
}
