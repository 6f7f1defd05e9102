//! `POST /access/explain`: could this user do that to this row, and why.

mod answer;
mod judge;
mod question;
pub(super) mod requirement;

use actix_web::HttpRequest;

use self::answer::Answer;
use self::question::Question;
use super::api::{Api, ApiRoute};
use super::dispatch::shared;
use super::openapi::EndpointEntry;
use crate::auth::Verifier;
use crate::error::Result;
use crate::post;
use crate::resource::Json;
use crate::spec::Requirement;

/// Where the endpoint stands below the API prefix.
const PATH: &str = "/access";

/// Adds the endpoint.
pub(super) fn add_to(api: &mut Api) {
    api.add_scope(PATH, Requirement::Public, |routes| routes.service(explain).tag("Access"));
}

/// Tells the document what can be asked about: the resources and endpoints that there are.
pub(super) fn describe(routes: &[ApiRoute], endpoints: &mut [EndpointEntry]) {
    if let Some(entry) = endpoints.iter_mut().find(|entry| entry.path == "/access/explain" && entry.name == "explain") {
        entry.doc_parts.body = Some(question::shape(routes));
    }
}

/// Explains whether a user could do something to a row, and which rule decides.
///
/// It tells whether a row exists and which rules it matches, and nothing of what it holds; nothing is changed.
#[post("/explain", requires("access:explain"))]
async fn explain(question: Json<Question>, req: HttpRequest) -> Result<Json<Answer>> {
    let shared = shared(&req)?;
    let asked = question.find(&shared.routes)?;
    let in_scope = shared.ctx.extension::<Verifier>().is_some_and(|verifier| verifier.permissions_in_scope());
    judge::judge(&shared.ctx, question.actor(in_scope), asked).await.map(Json)
}
