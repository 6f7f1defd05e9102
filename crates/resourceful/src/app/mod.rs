//! The application: settings, assembly, commands, server.

mod application;
mod assemble;
mod cli;
mod commands;
mod cors;
mod deliveries;
mod health;
#[cfg(feature = "mail")]
mod mail_page;
mod manifest;
mod metrics;
#[cfg(feature = "migrate")]
mod migrations;
mod run;
mod server;
mod settings;
mod shutdown;
mod tables;
mod telemetry;
mod tokens;

pub use application::App;
pub use cors::CorsSettings;
pub use metrics::MetricsSettings;
#[cfg(feature = "testing")]
pub(crate) use run::{Serving, serving};
pub use settings::{ServerSettings, Settings};
#[cfg(feature = "sentry")]
pub use telemetry::failures::settings::{SentrySettings, SentryUser};
pub use telemetry::settings::{LogFormat, LogSettings};
#[cfg(feature = "otel")]
pub use telemetry::traces::settings::{Sampling, TraceSettings};
