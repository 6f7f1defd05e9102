//! What tells people and programs how the application is doing: lines of the log, and, where they are turned on, traces for
//! OpenTelemetry and failures for Sentry.

#[cfg(feature = "sentry")]
pub(super) mod failures;
#[cfg(feature = "telemetry")]
mod lines;
#[cfg(feature = "telemetry")]
mod panics;
#[cfg(any(feature = "otel", feature = "sentry"))]
mod post;
#[cfg(feature = "telemetry")]
mod quiet;
pub(super) mod settings;
#[cfg(feature = "otel")]
pub(super) mod traces;

#[cfg(any(feature = "otel", feature = "sentry"))]
use std::time::Duration;

#[cfg(feature = "telemetry")]
use lines::Layers;
use settings::LogSettings;

use super::application::App;
use crate::error::StartupError;

/// How long the end of the process waits for what is still to be sent.
#[cfg(any(feature = "otel", feature = "sentry"))]
const LAST: Duration = Duration::from_secs(3);

/// Sends log lines to standard error, unless the application has already set up its own logging. The warnings about the
/// settings are the first lines.
pub(super) fn start(settings: &LogSettings, warnings: &[String]) {
    #[cfg(feature = "telemetry")]
    lines::start(settings, Layers::new());
    // Without the feature `telemetry` the application installs its own subscriber.
    #[cfg(not(feature = "telemetry"))]
    let _ = settings;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
}

/// What a server reports while it runs. At its end, [`end`](Self::end) sends what is still to be sent.
#[must_use]
pub(super) struct Telemetry {
    #[cfg(feature = "otel")]
    traces: Option<traces::Traces>,
    #[cfg(feature = "sentry")]
    failures: Option<failures::Failures>,
}

impl Telemetry {
    /// Starts the log of a server, and what its settings ask for besides.
    ///
    /// # Errors
    /// If a thread or a TLS client cannot be made.
    pub(super) fn start(app: &App) -> Result<Self, StartupError> {
        let settings = &app.settings;
        #[cfg(feature = "otel")]
        let traces = settings.traces.as_ref().map(|traces| traces::Traces::start(traces, app)).transpose()?;
        #[cfg(feature = "sentry")]
        let failures =
            settings.failures.as_ref().map(|settings| failures::Failures::start(settings, app)).transpose()?;
        #[cfg(feature = "telemetry")]
        {
            #[allow(unused_mut)]
            let mut layers = Layers::new();
            #[cfg(feature = "otel")]
            layers.extend(traces.as_ref().map(traces::Traces::layer));
            #[cfg(feature = "sentry")]
            layers.extend(failures.as_ref().map(failures::Failures::layer));
            if lines::start(&settings.log, layers) {
                panics::note(settings.log.format);
            }
        }
        for warning in &settings.warnings {
            tracing::warn!("{warning}");
        }
        Ok(Self {
            #[cfg(feature = "otel")]
            traces,
            #[cfg(feature = "sentry")]
            failures,
        })
    }

    /// Sends what is still to be sent, for three seconds at most.
    pub(super) async fn end(self) {
        #[cfg(feature = "otel")]
        let traces = tokio::task::spawn_blocking(move || self.traces.map(|traces| traces.end(LAST)));
        #[cfg(feature = "sentry")]
        let failures = tokio::task::spawn_blocking(move || self.failures.map(|failures| failures.end(LAST)));
        #[cfg(feature = "otel")]
        let _ = traces.await;
        #[cfg(feature = "sentry")]
        let _ = failures.await;
    }
}
