//! The rest of a request body that no handler reads.
//!
//! actix would continue to read such a body, without a limit if its length is not declared, and keep the connection. So the
//! envelope keeps the body itself. The response goes out at once. The rest of the body is read up to the body limit and
//! for a short time, because a client that is still sending may miss the response if the connection closes early. Then
//! the connection is closed.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::HttpMessage;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::error::PayloadError;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use futures_util::Stream;
use futures_util::future::FutureExt;

/// How long a client may go on sending a body that no handler reads.
const PATIENCE: Duration = Duration::from_secs(3);

/// The body of a request with two readers: first the handler, and after it the response.
#[derive(Clone)]
pub(super) struct Body {
    payload: Rc<RefCell<Payload>>,
    ended: Rc<Cell<bool>>,
}

impl Body {
    /// Takes the body of a request and puts itself in its place. `None` where there is none.
    pub(super) fn of(req: &mut ServiceRequest) -> Option<Self> {
        let payload = match req.take_payload() {
            payload @ Payload::H1 { .. } => payload,
            other => {
                req.set_payload(other);
                return None;
            }
        };
        let body = Self { payload: Rc::new(RefCell::new(payload)), ended: Rc::default() };
        let shared: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> = Box::pin(body.clone());
        req.set_payload(Payload::from(shared));
        Some(body)
    }

    /// The response, which reads at most this many bytes of the rest of the body.
    pub(super) fn answered(self, answer: ServiceResponse<BoxBody>, limit: usize) -> ServiceResponse<BoxBody> {
        if self.ended.get() {
            return answer;
        }
        // The handler has waited for the body already.
        let patience = if answer.status() == StatusCode::REQUEST_TIMEOUT { Duration::ZERO } else { PATIENCE };
        answer.map_body(|_, inner| {
            BoxBody::new(Last { inner, state: State::Answering, body: self, left: limit, patience })
        })
    }
}

impl Stream for Body {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = Pin::new(&mut *self.payload.borrow_mut()).poll_next(cx);
        if let Poll::Ready(None | Some(Err(_))) = &next {
            self.ended.set(true);
        }
        next
    }
}

/// The last response of a connection, unless the body ends soon.
struct Last {
    inner: BoxBody,
    state: State,
    body: Body,
    left: usize,
    patience: Duration,
}

enum State {
    Answering,
    /// The response has been handed out.
    Answered,
    Reading(Pin<Box<tokio::time::Sleep>>),
}

impl MessageBody for Last {
    type Error = Box<dyn std::error::Error>;

    fn size(&self) -> BodySize {
        self.inner.size()
    }

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        let this = &mut *self;
        loop {
            match &mut this.state {
                State::Answering => match std::task::ready!(Pin::new(&mut this.inner).poll_next(cx)) {
                    Some(part) => return Poll::Ready(Some(part)),
                    None => {
                        this.state = State::Answered;
                        // The response is sent before the rest of the body is read.
                        cx.waker().wake_by_ref();
                        return Poll::Pending;
                    }
                },
                State::Answered => this.state = State::Reading(Box::pin(tokio::time::sleep(this.patience))),
                State::Reading(time) => {
                    if this.left == 0 || this.patience.is_zero() || time.poll_unpin(cx).is_ready() {
                        return Poll::Ready(None);
                    }
                    match std::task::ready!(Pin::new(&mut this.body).poll_next(cx)) {
                        Some(Ok(part)) => this.left = this.left.saturating_sub(part.len()),
                        Some(Err(_)) | None => return Poll::Ready(None),
                    }
                }
            }
        }
    }
}
