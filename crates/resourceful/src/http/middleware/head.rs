//! Responses to HEAD: the headers that GET would get, and no body. actix leaves the body out too, but it decides by the
//! request that it has read last, which may be another one when a client pipelines several on one connection.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::{Method, StatusCode, header};
use actix_web::web::Bytes;

/// Removes the body where the request was HEAD; `Content-Length` stays.
pub(super) fn without_body(response: ServiceResponse<BoxBody>) -> ServiceResponse<BoxBody> {
    let has_none = matches!(response.status(), StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    if has_none || response.request().method() != Method::HEAD {
        return response;
    }
    let mut response = match response.response().body().size() {
        BodySize::None => return response,
        BodySize::Sized(length) => {
            let mut response = response;
            response.headers_mut().insert(header::CONTENT_LENGTH, length.into());
            response
        }
        BodySize::Stream => response,
    };
    response.response_mut().head_mut().no_chunking(true);
    response.map_body(|_, _| BoxBody::new(Nothing))
}

/// An empty body. Its size is reported as unknown, because otherwise actix would write the length itself.
struct Nothing;

impl MessageBody for Nothing {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Stream
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}
