//! Panics as lines of the log.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::panic::PanicHookInfo;

use super::settings::LogFormat;
use crate::trace;

/// From now on a panic is one line of a log in JSON, and its place is known to what catches it. In the pretty format it stays
/// as Rust prints it.
pub(super) fn note(format: LogFormat) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        trace::note_place(panic.location());
        match format {
            LogFormat::Json => log(panic),
            LogFormat::Pretty => before(panic),
        }
    }));
}

fn log(panic: &PanicHookInfo<'_>) {
    let message = panic.payload_as_str().unwrap_or_default();
    let place = panic.location().map(ToString::to_string);
    let thread = std::thread::current();
    // Only with RUST_BACKTRACE=1
    let backtrace = Backtrace::capture();
    let backtrace = (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
    tracing::error!(target: "resourceful::panic", place, thread = thread.name(), panic = message, backtrace, "panicked");
}
