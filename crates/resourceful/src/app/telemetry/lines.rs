//! Log lines on standard error.

use std::io::IsTerminal;

use tracing_subscriber::filter::FilterExt;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer, Registry};

use super::quiet::Quiet;
use super::settings::{LogFormat, LogSettings};

/// What takes spans and events beside the log, each with a filter of its own.
pub(super) type Layers = Vec<Box<dyn Layer<Registry> + Send + Sync>>;

/// At debug and trace level, these libraries print SQL statements, headers and mails; their spans are of no use to others.
const LIBRARIES: [&str; 8] = ["sqlx", "sea_orm", "sea_orm_migration", "reqwest", "hyper", "h2", "rustls", "lettre"];

/// Whether this target is that of a library whose lines and spans nobody should have.
#[cfg_attr(not(feature = "otel"), allow(dead_code))]
pub(super) fn is_library(target: &str) -> bool {
    let root = target.split("::").next().unwrap_or_default();
    LIBRARIES.contains(&root)
}

/// Starts the log. False if a subscriber is installed already: that of the application, or in tests one of a start before.
pub(super) fn start(settings: &LogSettings, mut layers: Layers) -> bool {
    // What stands for parts of traces is no line, unless the setting names it.
    let mut directives = format!("resourceful::trace=off,{}", settings.level);
    for library in LIBRARIES {
        directives.push_str(&format!(",{library}=warn"));
    }
    let quiet = Quiet::unless_debugging(&directives);
    let filter = EnvFilter::try_new(directives).unwrap_or_else(|_| EnvFilter::new("info")).and(quiet);
    let lines =
        tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_ansi(std::io::stderr().is_terminal());
    layers.push(match settings.format {
        LogFormat::Json => lines.json().with_filter(filter).boxed(),
        LogFormat::Pretty => lines.with_target(false).with_filter(filter).boxed(),
    });
    tracing_subscriber::registry().with(layers).try_init().is_ok()
}
