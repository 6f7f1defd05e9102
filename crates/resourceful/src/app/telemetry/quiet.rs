//! Errors of clients that the HTTP library detects: malformed heads, closed connections. It logs each of them as an
//! error of the server, so any client could fill the log.

use std::fmt::{Debug, Write};

use tracing::field::{Field, Visit};
use tracing::subscriber::Interest;
use tracing::{Event, Level, Metadata};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::{Context, Filter};

/// The targets of those log lines.
const TARGET: &str = "actix_http::h1::dispatcher";
/// How those lines begin, and which of them are errors of the server nevertheless.
const BEGINNING: &str = "stream error: ";
const OWN: [&str; 4] = ["service error", "body error", "upgrade error", "internal error"];

/// Removes those lines from the log.
pub(super) struct Quiet {
    debugging: bool,
}

impl Quiet {
    /// The lines are logged only if the level debug is set for their target.
    pub(super) fn unless_debugging(directives: &str) -> Self {
        let targets: Option<Targets> = directives.parse().ok();
        Self { debugging: targets.is_some_and(|targets| targets.would_enable(TARGET, &Level::DEBUG)) }
    }
}

impl<S> Filter<S> for Quiet {
    fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
        true
    }

    fn callsite_enabled(&self, _: &'static Metadata<'static>) -> Interest {
        Interest::always()
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        // Without an answer here, the level of the other filter would not be known either.
        Some(LevelFilter::TRACE)
    }

    fn event_enabled(&self, event: &Event<'_>, _: &Context<'_, S>) -> bool {
        if self.debugging || event.metadata().target() != TARGET {
            return true;
        }
        let mut message = Message::default();
        event.record(&mut message);
        message.0.strip_prefix(BEGINNING).is_none_or(|what| OWN.iter().any(|own| what.starts_with(own)))
    }
}

/// The message of a log line.
#[derive(Default)]
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            let _ = write!(self.0, "{value:?}");
        }
    }
}
