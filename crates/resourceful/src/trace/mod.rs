//! The trace that a request belongs to, and handing it on to other servers.
//!
//! A client that traces its requests sends the header `traceparent` (W3C Trace Context). The log has the id of its trace, and
//! the framework hands it on with the messages of the outbox and in the response (`traceresponse`). Your own requests to other
//! servers continue the trace if they have the headers of [`current`]:
//!
//! ```
//! use resourceful::trace;
//!
//! /// Asks another server; the trace that asked for it is visible there, too.
//! fn headers() -> Vec<(&'static str, String)> {
//!     trace::current().map_or_else(Vec::new, |trace| trace.headers())
//! }
//! ```
//!
//! With the feature `otel` and `OTEL_EXPORTER_OTLP_ENDPOINT`, each request is also a span of its trace; then a request
//! without a `traceparent` begins a trace of its own. See [the guide](crate::guide::logging).

mod header;
mod panics;
mod scope;

pub use header::Trace;
pub(crate) use panics::Panicked;
#[cfg(feature = "telemetry")]
pub(crate) use panics::note_place;
pub use scope::current;
#[cfg(feature = "otel")]
pub(crate) use scope::recorded_by;
pub(crate) use scope::{carried, is_recorded, of, within};

/// The target of spans: requests and deliveries. They have the level `trace`, so that only what asks for this target gets
/// them.
pub(crate) const SPANS: &str = "resourceful::trace";

/// The target of events that stand for statements of the database which have ended.
pub(crate) const STATEMENTS: &str = "resourceful::trace::statement";

/// The target of events that stand for requests which the server could not answer.
pub(crate) const FAILURES: &str = "resourceful::trace::failure";
