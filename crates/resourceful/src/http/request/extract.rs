//! What a hand-written endpoint can take: the caller, a path parameter, a body, a query, a service.

use std::future::{Ready, ready};
use std::ops::Deref;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpMessage, HttpRequest, HttpResponse, Responder, ResponseError, web};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::authenticate::authenticate;
use super::body::{Accepts, read_json};
use super::dispatch::{Admitted, shared};
use super::{own_path, render};
use crate::actor::CurrentUser;
use crate::context::Context;
use crate::error::{Error, FieldError, Result, catalogue};
use crate::resource::{self, Json, Resource};
use crate::service::{Crud, Engine};

type Later<T> = Pin<Box<dyn Future<Output = Result<T>>>>;

/// Takes one argument of a hand-written endpoint from the request.
#[doc(hidden)]
pub async fn extract<T: FromRequest>(req: &HttpRequest, payload: &mut Payload) -> Result<T, HttpResponse> {
    T::from_request(req, payload).await.map_err(|error| {
        let error: actix_web::Error = error.into();
        HttpResponse::from_error(error)
    })
}

/// Answers with what a hand-written endpoint returned.
#[doc(hidden)]
pub fn respond(req: &HttpRequest, answer: impl Responder) -> HttpResponse {
    answer.respond_to(req).map_into_boxed_body()
}

fn no_token() -> Error {
    Error::new(&catalogue::UNAUTHENTICATED, "Send an access token: Authorization: Bearer <token>")
}

/// The service of the request's caller: all rows, or his own where a `..:self` permission let him in.
#[doc(hidden)]
pub fn crud_from_request<R: Resource>(req: &HttpRequest) -> Result<Crud<R>> {
    let shared = shared(req)?;
    let admitted = req.extensions().get::<Admitted>().cloned();
    // Outside of endpoints and of scopes that require something, nobody has looked at the token.
    let Admitted { actor, own_rows_only } = admitted.ok_or_else(no_token)?;
    let engine = Engine::new(&shared.ctx, R::TABLE, actor);
    Ok(Crud::new(if own_rows_only && R::spec().owner.is_some() { engine.owned()? } else { engine }))
}

/// The caller. Without a token the answer is 401; take `Option<CurrentUser>` where a caller may be nobody.
impl FromRequest for CurrentUser {
    type Error = Error;
    type Future = Later<Self>;

    fn from_request(req: &HttpRequest, _: &mut Payload) -> Self::Future {
        let req = req.clone();
        Box::pin(async move {
            let known = req.extensions().get::<Admitted>().cloned();
            let actor = match known {
                Some(admitted) => admitted.actor,
                None => authenticate(&req, &shared(&req)?.ctx).await?,
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
        ready(shared(req).map(|shared| shared.ctx.clone()))
    }
}

/// The parameters of the endpoint's own path, read as `T`: one value, a tuple, or a struct by name. What cannot be read is
/// 404, for no such address exists.
///
/// Its own are those of its path and of the scopes that `App::scope`, `Mount::scope` and `Routes::scope` put around it,
/// the outermost first. Those of scopes of actix around a mounted API are none of them, whatever their names; take
/// `actix_web::HttpRequest` and ask its `match_info` for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Path<T>(pub T);

impl<T> Deref for Path<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
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

/// The body, read as `T`. What cannot be read is 422, with the place and what is expected there; whether members that `T`
/// does not have are refused says `T` (`#[serde(deny_unknown_fields)]`).
impl<T: DeserializeOwned + 'static> FromRequest for Json<T> {
    type Error = Error;
    type Future = Later<Self>;

    fn from_request(req: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (req, mut payload) = (req.clone(), payload.take());
        Box::pin(async move {
            let limits = shared(&req)?.ctx.options().limits.clone();
            let payload = web::Payload::from_request(&req, &mut payload)
                .await
                .map_err(|error| Error::internal(error.to_string()))?;
            let body = read_json(&req, payload, &limits, Accepts::Json).await?;
            resource::check_all_numbers(&body)?;
            let json = body.value;
            T::deserialize(&json).map(Self).map_err(|_| {
                let mistake = resource::explain::<T>(&json);
                Error::validation(vec![FieldError::at(mistake.pointer, mistake.code, mistake.message)])
            })
        })
    }
}

impl<T: Serialize> Responder for Json<T> {
    type Body = actix_web::body::BoxBody;

    fn respond_to(self, _: &HttpRequest) -> HttpResponse {
        match serde_json::to_vec(&self.0) {
            Ok(body) => render::json(StatusCode::OK, body),
            Err(error) => Error::internal(error).error_response(),
        }
    }
}
