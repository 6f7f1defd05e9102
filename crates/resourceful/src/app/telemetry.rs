//! Logging.

use super::settings::Settings;

/// Sends log lines to standard error, unless the application has set up logging of its own.
#[cfg(feature = "telemetry")]
pub(crate) fn start(settings: &Settings) {
    use std::io::IsTerminal;

    use tracing_subscriber::EnvFilter;

    use super::settings::LogFormat;

    // The libraries below print statements and headers at their lower levels.
    let directives = format!(
        "{},sqlx=warn,sea_orm=warn,sea_orm_migration=warn,reqwest=warn,hyper=warn,h2=warn,rustls=warn",
        settings.log_level
    );
    let filter = EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("info"));
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    // A second start within one process (tests) finds the first one's subscriber.
    let _ = match settings.log_format {
        LogFormat::Json => subscriber.json().try_init(),
        LogFormat::Pretty => subscriber.with_target(false).try_init(),
    };
}

/// Without the feature `telemetry` the application brings its own subscriber.
#[cfg(not(feature = "telemetry"))]
pub(crate) fn start(_: &Settings) {}
