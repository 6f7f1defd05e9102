//! The id of a request.

use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderName;
use uuid::Uuid;

/// The name of the header that carries the request id, in and out.
pub(crate) const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// The id that joins a response to its lines in the log.
#[derive(Debug, Clone)]
pub(crate) struct RequestId(String);

impl RequestId {
    /// The id as text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// The client's id, if it is harmless; a new one otherwise.
    pub(crate) fn of(req: &ServiceRequest) -> Self {
        let given = req.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok());
        let harmless = |text: &&str| {
            (1..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b))
        };
        Self(given.filter(harmless).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned))
    }
}
