//! A file on its way into the application: what its client says about it, and its content.

use std::pin::Pin;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, stream};

use super::empty;
use super::refusals::{check_pixels, refused, too_large, without_size};
use super::walked::{Walking, walked};
use crate::error::Result;
use crate::media::{self, Detected, HEAD};
use crate::spec::{FieldSpec, FileSpec};
use crate::storage::{FileName, Room};

/// Beginnings of up to this many bytes take no memory that is counted.
const SMALL: usize = 16 * 1024;

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
    /// The size of an image. It is known at the latest when the body has ended.
    pub(super) dimensions: Arc<OnceLock<(u32, u32)>>,
    pub(super) body: S,
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
        room: &Room,
    ) -> Result<Examined<impl Stream<Item = Result<Bytes>>>> {
        let Self { name, content_type, size, body } = self;
        if size.is_some_and(|size| size > limits.max) {
            return Err(too_large(field, limits.max));
        }
        let mut body: Pin<Box<S>> = Box::pin(body);
        let mut head: Vec<u8> = Vec::new();
        let mut parts: Vec<Bytes> = Vec::new();
        let mut taken = None;
        while head.len() < HEAD {
            let Some(part) = body.next().await else { break };
            let part = part?;
            if taken.is_none() && head.len() + part.len() > SMALL {
                // What is looked at is in memory twice.
                taken = Some(room.take(2 * HEAD).await?);
            }
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
        if content_type.starts_with("image/") && media::is_also_pdf(&head) && !limits.types.contains(&"*/*") {
            return Err(refused(field, limits, format!("it is {content_type} and a PDF at the same time")));
        }
        let extension = media::extension(&content_type, &head);
        let name = match name {
            Some(name) => FileName::parse(name)?,
            None => FileName::parse(match extension {
                Some(extension) => format!("{}.{extension}", field.name),
                None => field.name.to_owned(),
            })?,
        };
        // The memory is free again when the last of it has been handed on.
        let first = stream::iter(parts.into_iter().map(Ok)).map(move |part| {
            let _ = &taken;
            part
        });
        let walking = Walking::new(field, *limits, &content_type, dimensions);
        let (dimensions, body) = (walking.dimensions(), walked(first.chain(body), walking));
        Ok(Examined { name, content_type, extension, dimensions, body })
    }
}

/// The type of the content, if the field takes it.
fn check_type(field: &FieldSpec, limits: &FileSpec, head: &[u8], claimed: Option<&str>) -> Result<String> {
    let refuse = |what: String| refused(field, limits, what);
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
            return Err(refuse(format!("the request calls it {claimed}, but its content is {what}")));
        }
    };
    // The macro takes one spelling of a type, and the same type has several.
    let accepted = limits.accepts(&found) || limits.types.iter().any(|one| media::essence(one) == found);
    if accepted { Ok(found) } else { Err(refuse(format!("its content is {found}"))) }
}

/// The size of an image, if it is not too large. That of a JPEG may follow later, behind previews and color profiles.
fn check_image(field: &FieldSpec, content_type: &str, head: &[u8]) -> Result<Option<(u32, u32)>> {
    let dimensions = media::dimensions(content_type, head);
    if let Some((width, height)) = dimensions {
        check_pixels(field, width, height)?;
    }
    // Their size is at their beginning.
    if dimensions.is_none() && matches!(content_type, "image/png" | "image/gif" | "image/webp") {
        return Err(without_size(field, content_type));
    }
    Ok(dimensions)
}
