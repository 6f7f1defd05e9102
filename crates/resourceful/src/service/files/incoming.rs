//! A file on its way into the application: what its client says about it, and its content.

use std::pin::Pin;

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};

use super::{empty, invalid};
use crate::error::{Error, Result, catalogue, codes};
use crate::media::{self, Detected, HEAD, MOST_PIXELS};
use crate::spec::{FieldSpec, FileSpec};
use crate::storage::FileName;

/// A file that arrives.
pub(crate) struct Incoming<S> {
    /// The name that the client gives it.
    pub(crate) name: Option<String>,
    /// The content type that the client claims.
    pub(crate) content_type: Option<String>,
    /// The number of bytes, where the client says it.
    pub(crate) size: Option<u64>,
    /// The content.
    pub(crate) body: S,
}

/// A file whose beginning has been looked at.
pub(super) struct Examined<S> {
    pub(super) name: FileName,
    pub(super) content_type: String,
    pub(super) extension: Option<&'static str>,
    pub(super) dimensions: Option<(u32, u32)>,
    pub(super) body: S,
}

/// Refuses a file that is larger than its field takes.
fn too_large(field: &FieldSpec, max: u64) -> Error {
    let detail = format!("A file in `{}` must have at most {max} bytes", field.json);
    Error::new(&catalogue::PAYLOAD_TOO_LARGE, detail)
}

impl<S: Stream<Item = Result<Bytes>>> Incoming<S> {
    /// Reads as much of the content as is needed to know what it is, and checks it against what the field takes, in the order
    /// in which requests are checked: size, type, values.
    ///
    /// # Errors
    /// 413, 415, 422; the error of the body.
    pub(super) async fn examine(
        self,
        field: &'static FieldSpec,
        limits: &FileSpec,
    ) -> Result<Examined<impl Stream<Item = Result<Bytes>>>> {
        let Self { name, content_type, size, body } = self;
        if size.is_some_and(|size| size > limits.max) {
            return Err(too_large(field, limits.max));
        }
        let mut body: Pin<Box<S>> = Box::pin(body);
        let mut head: Vec<u8> = Vec::new();
        let mut parts: Vec<Bytes> = Vec::new();
        while head.len() < HEAD {
            let Some(part) = body.next().await else { break };
            let part = part?;
            head.extend_from_slice(&part);
            parts.push(part);
            if head.len() as u64 > limits.max {
                return Err(too_large(field, limits.max));
            }
        }
        head.truncate(HEAD);
        let content_type = check_type(field, limits, &head, content_type.as_deref())?;
        if head.is_empty() {
            return Err(empty(field));
        }
        let dimensions = check_image(field, &content_type, &head)?;
        let extension = media::extension(&content_type, &head);
        let name = match name {
            Some(name) => FileName::parse(name)?,
            None => FileName::parse(match extension {
                Some(extension) => format!("{}.{extension}", field.name),
                None => field.name.to_owned(),
            })?,
        };
        let body = stream::iter(parts.into_iter().map(Ok)).chain(body);
        Ok(Examined { name, content_type, extension, dimensions, body })
    }
}

/// The type of the content, if the field takes it.
fn check_type(field: &FieldSpec, limits: &FileSpec, head: &[u8], claimed: Option<&str>) -> Result<String> {
    let refuse = |what: String| {
        let accepted: Vec<&str> = limits.types.iter().copied().filter(|one| *one != "*/*").collect();
        let allowed = if accepted.is_empty() { String::new() } else { format!("; it takes {}", accepted.join(", ")) };
        let detail = format!("`{}` does not take this file: {what}{allowed}", field.json);
        Error::new(&catalogue::UNSUPPORTED_MEDIA_TYPE, detail)
    };
    let claimed = claimed.map(media::essence);
    // An empty file is of any type.
    if head.is_empty() {
        return Ok(String::new());
    }
    let found = match media::detect(head, claimed.as_deref()) {
        Detected::Type(found) => found,
        Detected::Contradiction(found) => {
            let claimed = claimed.unwrap_or_default();
            let what = found.map_or_else(|| "something else".to_owned(), |found| found.clone());
            return Err(refuse(format!("it is said to be {claimed}, and its content is {what}")));
        }
    };
    // The macro takes one spelling of a type, and the same type has several.
    let accepted = limits.accepts(&found) || limits.types.iter().any(|one| media::essence(one) == found);
    if accepted { Ok(found) } else { Err(refuse(format!("its content is {found}"))) }
}

/// The size of an image, if it is not too large.
fn check_image(field: &FieldSpec, content_type: &str, head: &[u8]) -> Result<Option<(u32, u32)>> {
    let dimensions = media::dimensions(content_type, head);
    if let Some((width, height)) = dimensions
        && u64::from(width) * u64::from(height) > MOST_PIXELS
    {
        let message = format!("is an image of {width} x {height} pixels; at most {MOST_PIXELS} pixels are accepted");
        return Err(invalid(field, codes::RANGE, message));
    }
    // Their size is at their beginning.
    if dimensions.is_none() && matches!(content_type, "image/png" | "image/gif" | "image/webp") {
        let message = format!("is said to be {content_type}, but has no width and height");
        return Err(invalid(field, codes::TYPE, message));
    }
    Ok(dimensions)
}
