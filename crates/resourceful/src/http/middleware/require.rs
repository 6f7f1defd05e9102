//! A requirement around services of actix: nothing of them runs for a caller who does not hold it.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::rc::Rc;

use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Extensions, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::{Method, header};
use actix_web::{HttpMessage, HttpResponse, web};

use super::dispatch::{Admitted, admit};
use super::guard;
use super::mount::Shared;
use crate::context::Context;
use crate::error::Result;
use crate::spec::Requirement;

/// Puts services of an actix application of one's own behind a requirement: a middleware for `wrap`.
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
/// It asks before anything behind it sees the request, the address included: what is not there is 404 only for those
/// who hold what is required, so nobody else learns what is. Who does not is answered with a problem document and its
/// challenge (RFC 6750 section 3, RFC 9449 section 7.1): 401 without a token or with a bad one, 403 without what is
/// required. With [`Requirement::Public`] only a bad token is refused.
///
/// Handlers behind it can take [`CurrentUser`](crate::CurrentUser), [`Context`] and services, which act for the caller:
/// for his own rows alone where a `..:self` permission let him in. Errors of ours are answered as problem documents;
/// other answers are left as they are.
///
/// Of nested ones all must let the caller in. An OPTIONS request without a token, as browsers send it before others
/// (the preflight of CORS, which never carries one), is answered 204 here and reaches nothing behind. A middleware that
/// answers it better, `actix_cors::Cors` say, goes around this one, so is wrapped after it.
///
/// # Panics
/// When the requirement names nothing, or something that no token carries.
#[must_use]
pub fn require(ctx: &Context, requires: Requirement) -> Require {
    if let Some(mistake) = requires.mistake() {
        panic!("`resourceful::require` asks for {mistake}");
    }
    Require::new(ctx, requires)
}

/// The middleware that [`require`] makes.
#[derive(Clone)]
pub struct Require {
    ctx: Context,
    requires: Requirement,
    /// What extractors look for.
    data: Rc<Extensions>,
}

impl Require {
    pub(crate) fn new(ctx: &Context, requires: Requirement) -> Self {
        let mut data = Extensions::new();
        data.insert(web::Data::new(Shared { ctx: ctx.clone(), routes: Vec::new() }));
        Self { ctx: ctx.clone(), requires, data: Rc::new(data) }
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
            let admitted = admit(req.request(), &require.ctx, &[require.requires]).await;
            let admitted = match admitted {
                Ok(admitted) => admitted,
                Err(error) => return Ok(guard::refuse(req, &error)),
            };
            guard::identify(&req);
            req.extensions_mut().insert::<Admitted>(admitted);
            req.add_data_container(require.data.clone());
            let answer = inner.call(req).await?;
            Ok(guard::complete(answer.map_into_boxed_body()))
        })
    }
}
