//! `POST /access/explain`: explains whether a user may perform an operation, and why.

mod explanation;
mod judge;
mod question;

use actix_web::{HttpRequest, web};

use self::explanation::Explanation;
use self::question::Question;
use super::request::shared::context;
use super::routing::table::{Api, ApiRoute};
use crate::auth::Verifier;
use crate::error::{Error, Result};
use crate::post;
use crate::resource::Json;
use crate::spec::Requirement;

/// The path of the scope, below the API prefix.
const PATH: &str = "/access";

/// The table of endpoints, where the handler finds it.
pub(super) struct Routed(pub(super) Vec<ApiRoute>);

impl Api {
    /// Adds the endpoint that explains whether a user may perform an operation.
    pub fn explain_access(&mut self) {
        self.add_scope(PATH, Requirement::Public, |routes| routes.service(explain).tag("Access"));
    }
}

/// Whether this is the endpoint, by the name of its function and its path.
pub(super) fn is_explain(name: &str, path: &str) -> bool {
    name == "explain" && path == "/access/explain"
}

/// The schema of the endpoint's body: which resources and endpoints there are.
pub(super) fn question_schema(routes: &[ApiRoute]) -> serde_json::Value {
    question::shape(routes)
}

/// Explains whether a user may perform an operation on a row or call an endpoint, and which rules decide it.
///
/// The response says whether the row exists and which rules it matches, but shows none of its values. Nothing is changed.
#[post("/explain", requires("access:explain"))]
async fn explain(question: Json<Question>, req: HttpRequest) -> Result<Json<Explanation>> {
    let ctx = context(&req)?;
    let routed = req.app_data::<web::Data<Routed>>();
    let Routed(routes) =
        &***routed.ok_or_else(|| Error::internal("the table of endpoints is not where it is mounted"))?;
    let target = question.find(routes)?;
    let in_scope = ctx.extension::<Verifier>().is_some_and(|verifier| verifier.permissions_in_scope());
    judge::judge(ctx, question.actor(in_scope), target).await.map(Json)
}
