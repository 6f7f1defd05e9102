//! A form with one file (`multipart/form-data`, RFC 7578).

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::HttpRequest;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};

use super::disposition::filename;
use crate::error::{Error, FieldError, Result, catalogue, codes};
use crate::service::Incoming;

/// The name of the part.
const PART: &str = "file";

/// The only file of a form, as it arrives. That it is the only part is known at its end.
pub(super) async fn only_file(
    req: &HttpRequest,
    body: impl Stream<Item = Result<Bytes>> + 'static,
) -> Result<Incoming<impl Stream<Item = Result<Bytes>>>> {
    let body = body.map_err(|error| PayloadError::Io(std::io::Error::other(error)));
    let mut form = Multipart::new(req.headers(), body);
    let Some(part) = form.next().await.transpose().map_err(explain)? else {
        return Err(not_one(codes::REQUIRED, "the form has no part"));
    };
    if part.name() != Some(PART) {
        let name: String = part.name().unwrap_or_default().chars().filter(|c| !c.is_control()).take(80).collect();
        return Err(not_one(codes::UNKNOWN_FIELD, &format!("the form has a part with the name `{name}`")));
    }
    let name = part.content_disposition().map(filename).transpose();
    let name = name.map_err(|()| not_one(codes::INVALID_CHARACTER, "the name of the file is not UTF-8"))?.flatten();
    let content_type = part.content_type().map(ToString::to_string);
    let body = stream::try_unfold(Reading { form, part: Some(part) }, async |mut reading| {
        Ok(reading.next().await?.map(|bytes| (bytes, reading)))
    });
    Ok(Incoming { name, content_type, size: None, body })
}

struct Reading {
    form: Multipart,
    /// `None` at its end: the form goes on only when nobody holds the part.
    part: Option<Field>,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Bytes>> {
        let Some(part) = &mut self.part else { return Ok(None) };
        if let Some(bytes) = part.next().await.transpose().map_err(explain)? {
            return Ok(Some(bytes));
        }
        self.part = None;
        match self.form.next().await.transpose().map_err(explain)? {
            Some(_) => Err(not_one(codes::NOT_ALLOWED, "the form has more than one part")),
            None => Ok(None),
        }
    }
}

fn not_one(code: crate::error::Code, what: &str) -> Error {
    let message = format!("must be the only part of the form: {what}");
    Error::validation(vec![FieldError::at(format!("/{PART}"), code, message)])
}

/// The error of the body itself, or what is wrong with the form.
fn explain(error: MultipartError) -> Error {
    let error = match error {
        MultipartError::Payload(PayloadError::Io(error)) => match error.downcast::<Error>() {
            Ok(own) => return own,
            Err(error) => MultipartError::Payload(PayloadError::Io(error)),
        },
        error => error,
    };
    let detail = match &error {
        MultipartError::BoundaryMissing | MultipartError::ContentTypeParse => {
            "The Content-Type of a form must have its boundary: multipart/form-data; boundary=.."
        }
        MultipartError::Payload(PayloadError::Overflow) => {
            "The headers of a part of the form are too large, or there is no part"
        }
        MultipartError::Incomplete | MultipartError::Payload(_) => "The form did not arrive completely",
        _ => "The form is malformed: each part needs `Content-Disposition: form-data; name=\"..\"`",
    };
    Error::new(&catalogue::INVALID_REQUEST, detail).with_source(error.to_string())
}
