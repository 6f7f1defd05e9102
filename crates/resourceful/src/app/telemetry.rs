//! Logging.

use crate::env::{Reader, Setting};

/// What is logged, and how.
#[derive(Debug, Clone)]
pub struct LogSettings {
    /// `LOG_LEVEL`
    pub level: String,
    /// `LOG_FORMAT`
    pub format: LogFormat,
}

/// The format of log lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people to read.
    Pretty,
    /// One JSON object on each line.
    Json,
}

impl LogSettings {
    pub(in crate::app) fn variables() -> Vec<Setting> {
        vec![
            Setting::new(
                "LOG_LEVEL",
                "How much is logged: error, warn, info, debug or trace, or directives of the tracing-subscriber crate. \
                 `info,resourceful::request=off` leaves out the line of each request.",
            )
            .default("info"),
            Setting::new("LOG_FORMAT", "The format of log lines: pretty or json.")
                .default("pretty")
                .in_production("json"),
        ]
    }

    pub(in crate::app) fn from_env(reader: &mut Reader<'_>) -> Self {
        const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];
        let level = reader.text("LOG_LEVEL").unwrap_or_else(|| "info".to_owned());
        // Directives of tracing-subscriber (`info,my_crate=debug`) may follow the level.
        let first = level.split(',').next().unwrap_or_default().to_lowercase();
        if !LEVELS.contains(&first.as_str()) && !first.contains('=') {
            reader.problem(format!("LOG_LEVEL is `{level}`; it must begin with one of {}", LEVELS.join(", ")));
        }
        let format = match reader.text("LOG_FORMAT").as_deref() {
            None if reader.is_production() => LogFormat::Json,
            None | Some("pretty") => LogFormat::Pretty,
            Some("json") => LogFormat::Json,
            Some(other) => {
                reader.problem(format!("LOG_FORMAT is `{other}`; it can be pretty or json"));
                LogFormat::Json
            }
        };
        Self { level, format }
    }
}

/// Sends log lines to standard error, unless the application has already set up its own logging. The warnings about the
/// settings are the first lines.
pub(super) fn start(settings: &LogSettings, warnings: &[String]) {
    start_logging(settings);
    for warning in warnings {
        tracing::warn!("{warning}");
    }
}

#[cfg(feature = "telemetry")]
fn start_logging(settings: &LogSettings) {
    use std::io::IsTerminal;

    use tracing_subscriber::layer::SubscriberExt;
    use tracing_subscriber::util::SubscriberInitExt;
    use tracing_subscriber::{EnvFilter, Layer};

    // At debug and trace level, these libraries print SQL statements, headers and mails.
    let directives = format!(
        "{},sqlx=warn,sea_orm=warn,sea_orm_migration=warn,reqwest=warn,hyper=warn,h2=warn,rustls=warn,lettre=warn",
        settings.level
    );
    let quiet = quiet::Quiet::unless_debugging(&directives);
    let filter = EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("info"));
    let all = tracing_subscriber::registry().with(filter);
    let lines =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    // If a process starts twice (in tests), a subscriber is installed already.
    let _ = match settings.format {
        LogFormat::Json => all.with(lines.json().with_filter(quiet)).try_init(),
        LogFormat::Pretty => all.with(lines.with_target(false).with_filter(quiet)).try_init(),
    };
}

#[cfg(feature = "telemetry")]
mod quiet {
    //! Errors of clients that the HTTP library detects: malformed heads, closed connections. It logs each of them as an
    //! error of the server, so any client could fill the log.

    use std::fmt::{Debug, Write};

    use tracing::field::{Field, Visit};
    use tracing::{Event, Level, Metadata};
    use tracing_subscriber::filter::Targets;
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
}

/// Does nothing: without the feature `telemetry` the application installs its own subscriber.
#[cfg(not(feature = "telemetry"))]
fn start_logging(_: &LogSettings) {}
