//! The two forms of an upload: the file as the body, or as the only part of a form.

use actix_web::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_TYPE, ContentDisposition, HeaderValue};
use actix_web::{HttpRequest, web};

use super::disposition::filename;
use super::form;
use crate::context::Context;
use crate::error::{Error, Result, catalogue};
use crate::http::request::upload::upload_body;
use crate::resource::{FieldValue, Record};
use crate::service::{Engine, Incoming};
use crate::spec::FileOperation;

/// How many bytes a form may have in addition to its file.
const FORM: u64 = 64 * 1024;

/// Reads a file as it arrives, and stores it in the row.
pub(super) async fn upload(
    ctx: &Context,
    engine: &Engine,
    file: FileOperation,
    id: FieldValue,
    req: &HttpRequest,
    payload: web::Payload,
) -> Result<Record> {
    let FileOperation { field, operation, .. } = file;
    let limits = &ctx.options().limits;
    let max = engine.limits_of(field)?.max;
    let content_type = text(req, CONTENT_TYPE)?;
    let is_form = content_type.as_deref().is_some_and(is_form);
    let body = upload_body(req, payload, limits, if is_form { max.saturating_add(FORM) } else { max }, max)?;
    if is_form {
        let incoming = form::only_file(req, body).await?;
        return engine.store_file(operation, id, field, incoming).await;
    }
    let size = text(req, CONTENT_LENGTH)?.and_then(|length| length.parse().ok());
    let incoming = Incoming { name: name(req)?, content_type, size, body };
    engine.store_file(operation, id, field, incoming).await
}

fn is_form(content_type: &str) -> bool {
    content_type.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("multipart/form-data")
}

/// The name of the file in `Content-Disposition: attachment; filename*=UTF-8''plan.pdf` (RFC 6266).
fn name(req: &HttpRequest) -> Result<Option<String>> {
    let mut values = req.headers().get_all(CONTENT_DISPOSITION);
    let Some(value) = values.next() else { return Ok(None) };
    let wrong = || {
        let detail = "Content-Disposition must be `attachment; filename=\"name\"`, or `attachment; filename*=UTF-8''name` with \
                      percent-encoded UTF-8";
        Error::new(&catalogue::INVALID_REQUEST, detail)
    };
    if values.next().is_some() {
        return Err(wrong());
    }
    filename(&ContentDisposition::from_raw(value).map_err(|_| wrong())?).map_err(|()| wrong())
}

fn text(req: &HttpRequest, name: actix_web::http::header::HeaderName) -> Result<Option<String>> {
    let text = |value: &HeaderValue| {
        let detail = format!("The header {name} contains characters other than ASCII");
        value.to_str().map(str::to_owned).map_err(|_| Error::new(&catalogue::INVALID_REQUEST, detail))
    };
    req.headers().get(&name).map(text).transpose()
}
