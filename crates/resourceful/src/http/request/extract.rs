//! What a hand-written endpoint can take: the caller, path parameters, a body, the context, a service.

use std::future::{Ready, ready};
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, Responder, web};
use serde::de::DeserializeOwned;

use super::admission::Admission;
use super::authenticate::authenticate;
use super::body::{Accepts, read_json};
use super::own_path;
use super::shared::context;
use super::state::RequestState;
use crate::actor::{CurrentUser, RowAccess};
use crate::context::Context;
use crate::error::{Error, FieldError, Result, catalogue};
use crate::http::signature::{Described, EndpointDoc, Part};
use crate::resource::{self, Json, JsonShape, Resource};
use crate::service::{Crud, Engine};

type Later<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

/// What a hand-written endpoint can take: everything that actix can extract.
#[diagnostic::on_unimplemented(
    message = "an endpoint cannot take a `{Self}` from a request; write `Path<{Self}>` if it is in the path, or `Json<{Self}>` if it is the body",
    label = "this argument is taken from the request",
    note = "an endpoint takes `Path<..>`, `QueryParams<..>`, `Json<..>`, `CurrentUser`, `Option<CurrentUser>`, `Context`, services, \
            and what implements `actix_web::FromRequest`"
)]
pub trait Argument: FromRequest {}

#[diagnostic::do_not_recommend]
impl<T: FromRequest> Argument for T {}

/// Takes one argument of a hand-written endpoint from the request.
#[doc(hidden)]
pub async fn extract<T: Argument>(req: &HttpRequest, payload: &mut Payload) -> Result<T, HttpResponse> {
    T::from_request(req, payload).await.map_err(|error| {
        let error: actix_web::Error = error.into();
        HttpResponse::from_error(error)
    })
}

/// What a hand-written endpoint can return: everything that actix can answer with.
#[diagnostic::on_unimplemented(
    message = "an endpoint cannot answer with `{Self}`; wrap a resource in `Out`, and any other value in `Json`",
    label = "this is what the endpoint returns",
    note = "return `Out<..>` for a resource, `Json<..>` for other values, a text, `HttpResponse`, or a `Result` of one of these, whose \
            error is `resourceful::Error` or one of your own that implements `actix_web::ResponseError`; for a type of your own, \
            implement `actix_web::Responder`"
)]
pub trait Answer: Responder {}

// Without this, the compiler lists every type that actix can answer with instead of the sentence above.
#[diagnostic::do_not_recommend]
impl<T: Responder> Answer for T {}

/// Answers with what a hand-written endpoint returned.
#[doc(hidden)]
pub fn respond(req: &HttpRequest, answer: impl Answer) -> HttpResponse {
    answer.respond_to(req).map_into_boxed_body()
}

fn no_token() -> Error {
    Error::new(&catalogue::UNAUTHENTICATED, "Send an access token: Authorization: Bearer <token>")
}

/// A service for the request's caller: all rows, or their own where a `..:self` permission let them in.
#[doc(hidden)]
pub fn crud_from_request<R: Resource>(req: &HttpRequest) -> Result<Crud<R>> {
    let ctx = context(req)?;
    // Outside of endpoints and of scopes with a requirement, the token has not been checked.
    let Admission { actor, rows } = RequestState::admission(req).ok_or_else(no_token)?;
    let engine = Engine::new(ctx, R::TABLE, actor);
    Ok(Crud::new(if rows == RowAccess::Own && R::spec().owner.is_some() { engine.owned()? } else { engine }))
}

/// The caller. Without a token the response is 401; take `Option<CurrentUser>` where a caller may be anonymous.
impl FromRequest for CurrentUser {
    type Error = Error;
    type Future = Later<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let actor = match RequestState::admission(&req) {
                Some(admission) => admission.actor,
                None => authenticate(&req, context(&req)?).await?,
            };
            match actor.user() {
                Some(user) => Ok(CurrentUser::clone(user)),
                None => Err(no_token()),
            }
        })
    }
}

/// What all parts of the application share.
impl FromRequest for Context {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(context(req).cloned())
    }
}

/// The parameters of the endpoint's own path, read as `T`: one value, a tuple, or a struct by name. A value that cannot be
/// read is answered with 404, because there is no such path.
///
/// Its own are those of its path and of the scopes that `App::scope`, `Mount::scope` and `Routes::scope` put around it,
/// the outermost first. Parameters of actix scopes around a mounted API are not among them, whatever their names; take
/// `actix_web::HttpRequest` and read its `match_info` for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Path<T>(pub T);

impl<T> Deref for Path<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: JsonShape> Described for Path<T> {
    fn describe(doc: &mut EndpointDoc, _: Part) {
        doc.parameters.push((String::new(), T::shape()));
    }
}

impl<T: DeserializeOwned + 'static> FromRequest for Path<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let read = own_path::own_parameters(req);
        ready(read.map(Self).map_err(|error| Error::not_found().with_source(error.to_string())))
    }
}

/// The body, read as `T`. A body that cannot be read is answered with 422, with the place and what is expected there.
/// Members that `T` does not have are refused if `T` says so (`#[serde(deny_unknown_fields)]`).
impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Error;
    type Future = Later<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, mut payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let limits = context(&req)?.options().limits.clone();
            let payload = web::Payload::from_request(&req, &mut payload)
                .await
                .map_err(|error| Error::internal(error.to_string()))?;
            let body = read_json(&req, payload, &limits, Accepts::Json).await?;
            resource::check_all_numbers(&body)?;
            let json = body.value;
            T::deserialize(&json).map(Self).map_err(|_| {
                let wrong = resource::explain::<T>(&json);
                Error::validation(vec![FieldError::at(wrong.pointer, wrong.code, wrong.message)])
            })
        })
    }
}
