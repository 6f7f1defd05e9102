//! Compression of responses, by gzip only.
//!
//! A coded response has a weak entity tag, because a strong one promises the same bytes (RFC 9110 section 8.8.3). A client
//! that is going to change a row needs a strong tag for `If-Match`, so the responses of one row are not coded.

use std::io::Write;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;

use crate::http::request::state::RequestState;

/// The least size of a body that is coded: a smaller one takes a packet or two anyway.
const LEAST: u64 = 1024;

/// How much is coded at a time.
const PART: usize = 32 * 1024;

/// What depends on these headers of the request: the caller, the coding, and what CORS adds.
const VARY: &str = "Authorization, Accept-Encoding, Origin";

/// Says on which headers of the request the response depends, besides those that its handler has named.
pub(super) fn add_vary(headers: &mut HeaderMap) {
    let mut named = String::new();
    for value in headers.get_all(header::VARY).filter_map(|value| value.to_str().ok()) {
        if !named.is_empty() {
            named.push_str(", ");
        }
        named.push_str(value);
    }
    if named.is_empty() {
        headers.insert(header::VARY, HeaderValue::from_static(VARY));
        return;
    }
    let has = |named: &str, name: &str| named.split(',').any(|one| one.trim().eq_ignore_ascii_case(name));
    if has(&named, "*") {
        return;
    }
    let missing: Vec<&str> = VARY.split(", ").filter(|name| !has(&named, name)).collect();
    if let Ok(value) = HeaderValue::try_from([&[named.as_str()], &*missing].concat().join(", ")) {
        headers.insert(header::VARY, value);
    }
}

/// The response, coded where the client accepts it and it is worth it.
pub(super) fn coded(mut response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    if response.status() == StatusCode::NOT_MODIFIED {
        keep_weak(&mut response);
        return response;
    }
    let BodySize::Sized(LEAST..) = response.response().body().size() else { return response };
    let accepted = response.request().headers().get_all(header::ACCEPT_ENCODING);
    let is_wanted = accepts_gzip(accepted.filter_map(|value| value.to_str().ok()))
        && is_codable(response.status(), response.headers())
        && !RequestState::read(response.request(), |state| state.is_identity);
    if !is_wanted {
        return response;
    }
    response.map_body(|head, body| {
        let headers = head.headers_mut();
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        headers.remove(header::CONTENT_LENGTH);
        weaken(headers);
        match body.try_into_bytes() {
            Ok(body) if body.len() <= PART => BoxBody::new(whole(&body)),
            Ok(body) => BoxBody::new(Coded::new(BoxBody::new(()), body)),
            Err(body) => BoxBody::new(Coded::new(body, Bytes::new())),
        }
    })
}

/// Whether a client accepts gzip (RFC 9110 section 12.5.3).
fn accepts_gzip<'a>(headers: impl Iterator<Item = &'a str>) -> bool {
    let mut any = false;
    for (coding, parameters) in headers.flat_map(|header| header.split(',')).map(|one| {
        let (coding, parameters) = one.split_once(';').unwrap_or((one, ""));
        (coding.trim(), parameters)
    }) {
        let weight = parameters.split(';').find_map(|one| one.trim().strip_prefix("q="));
        let is_accepted = weight.is_none_or(|weight| weight.trim().parse::<f32>().is_ok_and(|weight| weight > 0.0));
        if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") {
            return is_accepted;
        }
        any |= coding == "*" && is_accepted;
    }
    any
}

/// Whether a response is text whose handler has not coded it, or forbidden to.
fn is_codable(status: StatusCode, headers: &HeaderMap) -> bool {
    let says = |name: HeaderName, word: &str| {
        headers.get(name).and_then(|value| value.to_str().ok()).is_some_and(|value| value.contains(word))
    };
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let is_text = kind.ends_with("json")
        || kind.ends_with("xml")
        || matches!(
            kind,
            "text/plain" | "text/html" | "text/css" | "text/csv" | "text/javascript" | "application/javascript"
        );
    is_text
        && status != StatusCode::PARTIAL_CONTENT
        && !headers.contains_key(header::CONTENT_ENCODING)
        && !headers.contains_key(header::CONTENT_RANGE)
        && !says(header::CACHE_CONTROL, "no-transform")
}

fn weaken(headers: &mut HeaderMap) {
    let strong = headers.get(header::ETAG).filter(|tag| !tag.as_bytes().starts_with(b"W/"));
    let weak = strong.and_then(|tag| HeaderValue::from_bytes(&[b"W/", tag.as_bytes()].concat()).ok());
    if let Some(weak) = weak {
        headers.insert(header::ETAG, weak);
    }
}

/// The client has the response in the form whose tag it has sent; 304 must not give it the tag of the other form.
fn keep_weak(response: &mut ServiceResponse<BoxBody>) {
    let Some(tag) = response.headers().get(header::ETAG).map(|tag| [b"W/", tag.as_bytes()].concat()) else { return };
    let sent = response.request().headers().get_all(header::IF_NONE_MATCH);
    let is_weak = sent.into_iter().any(|sent| sent.as_bytes().windows(tag.len()).any(|window| window == tag));
    if is_weak {
        weaken(response.headers_mut());
    }
}

/// A short body, coded. Writing to a Vec cannot fail.
fn whole(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(body.len() / 2), Compression::fast());
    encoder.write_all(body).and_then(|()| encoder.finish()).unwrap_or_default()
}

/// A long body, coded part by part.
struct Coded {
    inner: BoxBody,
    /// What the inner body has handed out and is not coded yet.
    rest: Bytes,
    /// `None` when everything is coded.
    encoder: Option<GzEncoder<Vec<u8>>>,
}

impl Coded {
    fn new(inner: BoxBody, rest: Bytes) -> Self {
        Self { inner, rest, encoder: Some(GzEncoder::new(Vec::new(), Compression::fast())) }
    }
}

impl MessageBody for Coded {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = &mut *self;
        while let Some(encoder) = &mut this.encoder {
            if this.rest.is_empty() {
                match ready!(Pin::new(&mut this.inner).poll_next(cx)) {
                    Some(Ok(part)) => this.rest = part,
                    Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                    None => {
                        let last = this.encoder.take().map(GzEncoder::finish).transpose()?.unwrap_or_default();
                        return Poll::Ready(Some(Ok(last.into())));
                    }
                }
                continue;
            }
            let part = this.rest.split_to(this.rest.len().min(PART));
            encoder.write_all(&part)?;
            let coded = std::mem::take(encoder.get_mut());
            if !coded.is_empty() {
                return Poll::Ready(Some(Ok(coded.into())));
            }
        }
        Poll::Ready(None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_accepts_gzip() {
        for (headers, accepts) in [
            (&["gzip"][..], true),
            (&["br, GZIP;q=0.5"], true),
            (&["deflate", "x-gzip"], true),
            (&["*"], true),
            (&["*;q=0.1, br"], true),
            (&["gzip;q=0, *"], false),
            (&["gzip; q=0.0"], false),
            (&["br, deflate"], false),
            (&["identity"], false),
            (&["gzip;q=x"], false),
            (&[""], false),
            (&[], false),
        ] {
            assert_eq!(accepts_gzip(headers.iter().copied()), accepts, "{headers:?}");
        }
    }

    #[test]
    fn vary_of_handlers_is_kept() {
        for (given, expected) in [
            (&[][..], VARY),
            (&["Accept"], "Accept, Authorization, Accept-Encoding, Origin"),
            (&["origin, Accept", "X"], "origin, Accept, X, Authorization, Accept-Encoding"),
            (&["*"], "*"),
        ] {
            let mut headers = HeaderMap::new();
            given.iter().for_each(|value| headers.append(header::VARY, HeaderValue::from_static(value)));
            add_vary(&mut headers);
            assert_eq!(
                headers.get_all(header::VARY).map(|value| value.to_str().unwrap()).collect::<Vec<_>>(),
                [expected]
            );
        }
    }
}
