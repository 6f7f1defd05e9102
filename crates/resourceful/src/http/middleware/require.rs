//! A requirement around services of actix: none of them runs for a caller who does not meet it.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Extensions, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::{Method, header};
use actix_web::{HttpResponse, web};

use super::envelope;
use crate::context::Context;
use crate::http::request::admit::admit;
use crate::http::request::gate;
use crate::http::request::shared::Shared;
use crate::http::request::state::RequestState;
use crate::rates::RateClass;
use crate::spec::Requirement;

/// Puts services of your own actix application behind a requirement: a middleware for `wrap`.
///
/// ```no_run
/// use resourceful::actix_web::{App, web};
/// use resourceful::prelude::*;
///
/// async fn dashboard(user: CurrentUser) -> String {
///     format!("Hello {}", user.id)
/// }
///
/// # async fn run() -> resourceful::Result<()> {
/// let ctx = Context::from_env().await?;
/// let _app = || {
///     let admin = web::scope("/admin").route("/dashboard", web::get().to(dashboard));
///     App::new().service(admin.wrap(resourceful::require(&ctx, Requirement::Role("admin"))))
/// };
/// # Ok(())
/// # }
/// # fn main() {}
/// ```
///
/// The requirement is checked before anything behind it sees the request, the path included. A missing path is answered
/// with 404 only to callers who meet the requirement, so others do not learn which paths exist. Other callers get a
/// problem document and its challenge (RFC 6750 section 3, RFC 9449 section 7.1): 401 without a token or with an invalid
/// one, 403 if the token does not meet the requirement. With [`Requirement::Public`] only an invalid token is refused.
///
/// Handlers behind it can take [`CurrentUser`](crate::CurrentUser), [`Context`] and services, which act for the caller:
/// on their own rows only where a `..:self` permission let them in. An [`Error`](crate::Error) is answered as a problem
/// document; other responses are left as they are.
///
/// Nested requirements must all be met. An OPTIONS request without a token, as browsers send it before other requests
/// (a CORS preflight, which never carries one), is answered with 204 here and goes no further. A middleware that answers
/// it better, such as `actix_cors::Cors`, goes around this one, so is wrapped after it.
///
/// # Panics
/// When the requirement names nothing, or something that no token can carry.
#[must_use]
pub fn require(ctx: &Context, requires: Requirement) -> Require {
    if let Some(error) = requires.invalid_part() {
        panic!("`resourceful::require` requires {error}");
    }
    Require::new(ctx, requires)
}

/// The middleware that [`require`] makes.
#[derive(Clone)]
pub struct Require {
    shared: web::Data<Shared>,
    requires: Requirement,
    /// The same as `shared`, where extractors look for it.
    data: Rc<Extensions>,
}

impl Require {
    pub(crate) fn new(ctx: &Context, requires: Requirement) -> Self {
        let shared = web::Data::new(Shared::new(ctx));
        let mut data = Extensions::new();
        data.insert(shared.clone());
        Self { shared, requires, data: Rc::new(data) }
    }
}

impl std::fmt::Debug for Require {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Require").field("requires", &self.requires).finish_non_exhaustive()
    }
}

impl<S, B> Transform<S, ServiceRequest> for Require
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = actix_web::Error;
    type InitError = ();
    type Transform = Required<S>;
    type Future = Ready<Result<Self::Transform, Self::InitError>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(Required { inner: Rc::new(service), require: self.clone() }))
    }
}

/// A service behind a requirement.
pub struct Required<S> {
    inner: Rc<S>,
    require: Require,
}

impl<S, B> Service<ServiceRequest> for Required<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error> + 'static,
    B: MessageBody + 'static,
{
    type Response = ServiceResponse<BoxBody>;
    type Error = actix_web::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>>>>;

    forward_ready!(inner);

    fn call(&self, mut req: ServiceRequest) -> Self::Future {
        let (inner, require) = (self.inner.clone(), self.require.clone());
        Box::pin(async move {
            let is_preflight = req.method() == Method::OPTIONS && !req.headers().contains_key(header::AUTHORIZATION);
            if is_preflight && require.requires != Requirement::Public {
                return Ok(req.into_response(HttpResponse::NoContent().finish()));
            }
            let class = RateClass::of_method(req.method().as_str());
            let admission = match admit(req.request(), &require.shared, &[require.requires], class).await {
                Ok(admission) => admission,
                Err(error) => return Ok(envelope::refuse(req, &error)),
            };
            RequestState::identify(&req);
            RequestState::update(&req, |state| state.admission = Some(admission));
            req.add_data_container(require.data.clone());
            let mut answer = inner.call(req).await?;
            gate::add_fields(&mut answer);
            Ok(envelope::complete(answer.map_into_boxed_body()))
        })
    }
}
