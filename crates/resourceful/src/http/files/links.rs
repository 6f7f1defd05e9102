//! The signed links of storages that have none of their own.

use actix_web::dev::{AppService, HttpServiceFactory};
use actix_web::http::{Method, header};
use actix_web::middleware::from_fn;
use actix_web::{HttpRequest, HttpResponse, web};

use super::answer::{Shown, answer};
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Result, catalogue};
use crate::http::middleware::envelope::envelope;
use crate::http::request::shared::Shared;
use crate::http::request::upload::upload_body;
use crate::rates::RateClass;
use crate::storage::{Key, LINK_PATH, Storage, UploadOptions};

/// Serves the signed links of the storage, at `/files/`, in an actix application of your own. `App` has them already.
///
/// ```no_run
/// # use resourceful::prelude::*;
/// # async fn run() -> resourceful::Result<()> {
/// let ctx = Context::from_env().await?;
/// let _app = || {
///     resourceful::actix_web::App::new()
///         .service(resourceful::storage_links(&ctx))
///         .service(resourceful::mount(&ctx))
/// };
/// # Ok(())
/// # }
/// # fn main() {}
/// ```
#[must_use]
pub fn storage_links(ctx: &Context) -> impl HttpServiceFactory + use<> {
    Links { ctx: ctx.clone() }
}

struct Links {
    ctx: Context,
}

impl HttpServiceFactory for Links {
    fn register(self, service: &mut AppService) {
        // A context of the application's own may have no storage, and then has no links.
        let Some(storage) = self.ctx.extension::<Storage>() else { return };
        let limit = self.ctx.options().limits.body_bytes;
        let shared = web::Data::new(Shared::new(&self.ctx));
        let handler = move |req: HttpRequest, payload: web::Payload| {
            let (shared, storage) = (shared.clone(), storage.clone());
            async move { serve(&shared, &storage, &req, payload).await }
        };
        web::resource(format!("{LINK_PATH}{{key:.*}}"))
            .to(handler)
            .wrap(from_fn(move |req, next| envelope(limit, req, next)))
            .register(service);
    }
}

async fn serve(shared: &Shared, storage: &Storage, req: &HttpRequest, payload: web::Payload) -> Result<HttpResponse> {
    let method = match *req.method() {
        Method::GET | Method::HEAD => "GET",
        Method::PUT => "PUT",
        _ => {
            let detail = "Method not allowed for this path; allowed: GET, HEAD, PUT";
            let allowed = vec!["GET", "HEAD", "PUT"];
            return Err(Error::new(&catalogue::METHOD_NOT_ALLOWED, detail).with_allow(allowed));
        }
    };
    let class = if method == "PUT" { RateClass::Upload } else { RateClass::Read };
    shared.gate.enter(req)?;
    shared.gate.count_address(req).await?;
    shared.gate.count_caller(req, &Actor::Anonymous, class).await?;
    // Every link that does not work has the same answer, so it tells nothing about what is stored.
    let missing = || Error::new(&catalogue::NOT_FOUND, "Not found, or the link has expired");
    let path = req.path().strip_prefix(LINK_PATH).ok_or_else(missing)?;
    let key = Key::parse(path).map_err(|_| missing())?;
    let query: Vec<(String, String)> =
        url::form_urlencoded::parse(req.query_string().as_bytes()).into_owned().collect();
    let granted = storage.granted(method, &key, &query).ok_or_else(missing)?;
    let limits = &shared.ctx.options().limits;
    let Some((content_type, limit)) = granted.upload else {
        let shown =
            Shown { is_saved: granted.name.is_some(), name: granted.name.as_ref(), patience: limits.answer_timeout };
        return match answer(req, storage, &key, shown).await {
            Err(error) if error.is(&catalogue::NOT_FOUND) => Err(missing()),
            answered => answered,
        };
    };
    let sent = req.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    if sent != Some(content_type.as_str()) {
        let detail = format!("This link is for a file of the type {content_type}; send exactly this Content-Type");
        return Err(Error::new(&catalogue::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let body = upload_body(req, payload, limits, limit, limit)?;
    // A link stores a file once, as on S3: what was confirmed must not be replaced by something else.
    let stored = || {
        let detail = "A file was stored with this link already; ask for another link to store another one";
        Error::new(&catalogue::PRECONDITION_FAILED, detail)
    };
    let _storing = storage.storing(&key).ok_or_else(stored)?;
    if storage.exists(&key).await? {
        return Err(stored());
    }
    let mut options = UploadOptions::new(content_type).size_limit(limit);
    if let Some(name) = granted.name {
        options = options.file_name(name);
    }
    let stored = storage.upload(&key, body, options).await?;
    // As S3 answers
    let mut response = HttpResponse::Ok();
    if let Some(etag) = stored.etag {
        response.insert_header((header::ETAG, etag));
    }
    Ok(response.finish())
}
