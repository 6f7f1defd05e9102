//! What runs around endpoints: metrics, the line in the log and the span, the envelope of every response, and requirements around services of actix.

mod coding;
pub(crate) mod envelope;
mod head;
pub(crate) mod measure;
pub(crate) mod request_log;
pub(crate) mod require;
mod traced;
mod unread;
