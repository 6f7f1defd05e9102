//! Answers that the server keeps, as the bytes that are sent.

use std::time::Duration;

use actix_web::HttpResponse;
use actix_web::body::MessageBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::Bytes;

use crate::cache::{Keep, Source};
use crate::context::Context;
use crate::error::{Error, Result};
use crate::http::render;

/// RFC 9211.
const CACHE_STATUS: HeaderName = HeaderName::from_static("cache-status");

/// Why an answer cannot be kept.
#[derive(Clone)]
enum Unkept {
    Error(Error),
    /// It is too large, or not an ordinary answer.
    Whole,
}

/// The kept answer with this key, or a new one, which is kept for at most this time and until one of the tags is raised.
/// Concurrent requests wait for one query. An answer of more than 64 KiB is not kept.
pub(super) async fn answer(
    ctx: &Context,
    key: &str,
    tags: &[&str],
    ttl: Duration,
    make: impl AsyncFnOnce() -> Result<HttpResponse>,
) -> Result<HttpResponse> {
    let mut made = None;
    let mut make = Some(make);
    let (to_make, to_made) = (&mut make, &mut made);
    let load = async move || {
        let Some(make) = to_make.take() else { return Err(Unkept::Whole) };
        match pack(make().await.map_err(Unkept::Error)?) {
            Ok(bytes) => Ok(bytes),
            Err(response) => {
                *to_made = Some(*response);
                Err(Unkept::Whole)
            }
        }
    };
    let (found, source) = ctx.cache().find_or_load(key, Keep::new(ttl).tags(tags), load).await;
    let is_kept = found.is_ok();
    let answer = match (found, made, make) {
        // What another program has damaged is made anew.
        (Ok(bytes), _, Some(make)) => match unpack(bytes) {
            Ok(response) => Ok(response),
            Err(_) => make().await,
        },
        (Ok(bytes), _, None) => unpack(bytes),
        (Err(Unkept::Error(error)), ..) => Err(error),
        (Err(Unkept::Whole), Some(response), _) => Ok(response),
        // Another request got an answer that is not kept.
        (Err(Unkept::Whole), None, Some(make)) => make().await,
        (Err(Unkept::Whole), None, None) => Err(Error::internal("an answer was made and lost")),
    };
    match ctx.options().development {
        true => answer.map(|answer| labelled(answer, source, is_kept)),
        false => answer,
    }
}

/// Says in the answer where it came from (RFC 9211). Only in development: it tells what others have asked for before.
fn labelled(mut answer: HttpResponse, source: Source, is_kept: bool) -> HttpResponse {
    let status = match (source, is_kept) {
        (Source::Memory, _) => "resourceful; hit",
        (Source::Store, _) => "resourceful; hit; detail=shared",
        (Source::Awaited, true) => "resourceful; fwd=miss; collapsed",
        (Source::Loaded, true) => "resourceful; fwd=miss; stored",
        (Source::Awaited | Source::Loaded, false) => "resourceful; fwd=miss",
    };
    answer.headers_mut().insert(CACHE_STATUS, HeaderValue::from_static(status));
    answer
}

/// The entity tag and the body in one: the length of the tag, the tag, the body.
fn pack(response: HttpResponse) -> Result<Bytes, Box<HttpResponse>> {
    if response.status() != StatusCode::OK {
        return Err(Box::new(response));
    }
    let tag = response.headers().get(header::ETAG).map(|tag| tag.as_bytes().to_vec()).unwrap_or_default();
    let Ok(length) = u8::try_from(tag.len()) else { return Err(Box::new(response)) };
    let (head, body) = response.into_parts();
    match body.try_into_bytes() {
        Ok(body) => Ok([&[length], &*tag, &*body].concat().into()),
        // What is handed out in portions is too large.
        Err(body) => Err(Box::new(head.set_body(body))),
    }
}

fn unpack(mut bytes: Bytes) -> Result<HttpResponse> {
    let wrong = || Error::internal("a kept answer is damaged");
    let length = usize::from(*bytes.first().ok_or_else(wrong)?);
    if bytes.len() <= length {
        return Err(wrong());
    }
    let body = bytes.split_off(1 + length);
    let mut response = render::json(StatusCode::OK, body);
    if length > 0 {
        let tag = HeaderValue::from_bytes(&bytes[1..]).map_err(Error::internal)?;
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}
