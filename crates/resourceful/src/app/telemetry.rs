//! Logging.

use super::settings::Settings;

/// Sends log lines to standard error, unless the application has set up logging of its own.
#[cfg(feature = "telemetry")]
pub(crate) fn start(settings: &Settings) {
    use std::io::IsTerminal;

    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;
    use tracing_subscriber::{EnvFilter, Layer};

    use super::settings::LogFormat;

    // The libraries below print statements and headers at their lower levels.
    let directives = format!(
        "{},sqlx=warn,sea_orm=warn,sea_orm_migration=warn,reqwest=warn,hyper=warn,h2=warn,rustls=warn",
        settings.log_level
    );
    let quiet = quiet::Quiet::unless_debugging(&directives);
    let filter = EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("info"));
    let all = tracing_subscriber::registry().with(filter);
    let lines =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    // A second start within one process (tests) finds the first one's subscriber.
    let _ = match settings.log_format {
        LogFormat::Json => all.with(lines.json().with_filter(quiet)).try_init(),
        LogFormat::Pretty => all.with(lines.with_target(false).with_filter(quiet)).try_init(),
    };
}

#[cfg(feature = "telemetry")]
mod quiet {
    //! What clients do wrong before anything of ours sees it: heads that are none, cut connections. The library below takes
    //! each for an error of the server, and anybody could fill the log.

    use std::fmt::{Debug, Write};

    use tracing::field::{Field, Visit};
    use tracing::{Event, Level, Metadata};
    use tracing_subscriber::filter::Targets;
    use tracing_subscriber::layer::{Context, Filter};

    /// Where those lines come from.
    const TARGET: &str = "actix_http::h1::dispatcher";
    /// How they begin, and which of them are about the server all the same.
    const BEGINNING: &str = "stream error: ";
    const OWN: [&str; 4] = ["service error", "body error", "upgrade error", "internal error"];

    /// Leaves those lines out.
    pub(super) struct Quiet {
        debugging: bool,
    }

    impl Quiet {
        /// They are worth a line to somebody who has asked for those of the level debug.
        pub(super) fn unless_debugging(directives: &str) -> Self {
            let targets: Option<Targets> = directives.parse().ok();
            Self { debugging: targets.is_some_and(|targets| targets.would_enable(TARGET, &Level::DEBUG)) }
        }
    }

    impl<S> Filter<S> for Quiet {
        fn enabled(&self, _: &Metadata<'_>, _: &Context<'_, S>) -> bool {
            true
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

    /// The sentence of a line.
    #[derive(Default)]
    struct Message(String);

    impl Visit for Message {
        fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
            if field.name() == "message" {
                let _ = write!(self.0, "{value:?}");
            }
        }
    }
}

/// Without the feature `telemetry` the application brings its own subscriber.
#[cfg(not(feature = "telemetry"))]
pub(crate) fn start(_: &Settings) {}
