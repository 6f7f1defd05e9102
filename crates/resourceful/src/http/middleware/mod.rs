//! What runs around endpoints: the line in the log, the envelope of every response, and requirements around services of actix.

mod coding;
pub(crate) mod envelope;
mod head;
pub(crate) mod request_log;
pub(crate) mod require;
mod unread;
