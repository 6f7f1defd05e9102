//! To which trace the current work belongs.

use std::sync::OnceLock;

use tracing::{Instrument, Span};

use super::header::Trace;

/// Finds the trace of a span.
type Find = fn(&Span) -> Option<Trace>;

/// Who records spans, and so decides about their ids.
static RECORDER: OnceLock<Find> = OnceLock::new();

tokio::task_local! {
    /// The trace that was handed to this server.
    static GIVEN: Trace;
}

/// From now on spans are recorded by something that knows their traces.
#[cfg(feature = "otel")]
pub(crate) fn recorded_by(find: Find) {
    // A process starts its recorder once.
    let _ = RECORDER.set(find);
}

/// Whether something records spans.
pub(crate) fn is_recorded() -> bool {
    RECORDER.get().is_some()
}

/// The trace of this span; `None` if nothing records it.
pub(crate) fn of(span: &Span) -> Option<Trace> {
    RECORDER.get().and_then(|find| find(span))
}

/// The trace of the current work: that of the request, or of the request that caused the message which is being delivered.
/// `None` outside of them, and if the client sent no valid `traceparent` and nothing is recorded.
pub fn current() -> Option<Trace> {
    of(&Span::current()).or_else(|| GIVEN.try_with(Trace::clone).ok())
}

/// Does this work in this span, as a part of this trace.
pub(crate) async fn within<T>(trace: Option<Trace>, span: Span, work: impl Future<Output = T>) -> T {
    match trace {
        Some(trace) => GIVEN.scope(trace, work.instrument(span)).await,
        None => work.instrument(span).await,
    }
}

/// The same future for a task of its own, which belongs to the current trace, too.
pub(crate) fn carried<F: Future>(work: F) -> impl Future<Output = F::Output> + use<F> {
    let (given, span) = (GIVEN.try_with(Trace::clone).ok(), Span::current());
    within(given, span, work)
}
