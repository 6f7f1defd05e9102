//! The settings `LOG_..`.

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
