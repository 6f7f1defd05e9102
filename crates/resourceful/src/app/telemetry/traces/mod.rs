//! Traces for OpenTelemetry: spans become protobuf messages, and a thread of its own sends them to a collector (OTLP/HTTP).

mod exporter;
mod layer;
pub(in crate::app) mod settings;

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, Sampler, SdkTracerProvider};
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderValue};
use tracing_subscriber::{Layer, Registry};

use crate::app::application::App;
use crate::app::telemetry::post;
use crate::error::StartupError;
use crate::trace;
use exporter::{Ending, Exporter};
use layer::Spans;
use settings::{Sampling, TraceSettings};

/// The most spans that wait to be sent. Of more, the newest are lost.
const WAITING: usize = 2_048;

/// The most spans in one message.
const TOGETHER: usize = 512;

/// Traces that are recorded and sent.
pub(in crate::app) struct Traces {
    provider: SdkTracerProvider,
    ending: Ending,
}

impl Traces {
    /// Starts the thread that sends them.
    ///
    /// # Errors
    /// If no client can be made.
    pub(super) fn start(settings: &TraceSettings, app: &App) -> Result<Self, StartupError> {
        let ending = Ending::default();
        let exporter = Exporter::new(&settings.endpoint, headers(settings), ending.clone())?;
        let batches = BatchConfigBuilder::default()
            .with_max_queue_size(WAITING)
            .with_max_export_batch_size(TOGETHER)
            .with_scheduled_delay(settings.delay)
            .build();
        let name = settings.service.as_ref().unwrap_or(&app.title);
        let resource = Resource::builder_empty().with_attributes([
            KeyValue::new("service.name", name.clone()),
            KeyValue::new("service.version", app.version.clone()),
            KeyValue::new("deployment.environment.name", app.settings.environment.to_string()),
            KeyValue::new("telemetry.sdk.language", "rust"),
        ]);
        let provider = SdkTracerProvider::builder()
            .with_resource(resource.build())
            .with_sampler(sampler(settings.sampling))
            .with_span_processor(BatchSpanProcessor::builder(exporter).with_batch_config(batches).build())
            .build();
        trace::recorded_by(layer::find);
        Ok(Self { provider, ending })
    }

    /// What makes spans of the requests.
    pub(super) fn layer(&self) -> Box<dyn Layer<Registry> + Send + Sync> {
        Spans::new(self.provider.tracer("resourceful")).filtered()
    }

    /// Sends what waits, for so long at most.
    pub(super) fn end(self, limit: Duration) {
        self.ending.begin();
        if self.provider.shutdown_with_timeout(limit).is_err() {
            tracing::warn!("the last traces could not be sent in time");
        }
    }
}

fn headers(settings: &TraceSettings) -> HeaderMap {
    let mut headers = settings.header_map();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
    headers
}

fn sampler(sampling: Sampling) -> Sampler {
    let Sampling { ratio, parent_decides } = sampling;
    let own = match ratio {
        1.0 => Sampler::AlwaysOn,
        0.0 => Sampler::AlwaysOff,
        ratio => Sampler::TraceIdRatioBased(ratio),
    };
    if parent_decides { Sampler::ParentBased(Box::new(own)) } else { own }
}

/// Whether the collector takes traces, for the command `doctor`: a message without any is sent.
///
/// # Errors
/// What it answered, or why it did not.
pub(in crate::app) async fn check(settings: &TraceSettings) -> Result<(), String> {
    let client = post::client().map_err(|error| error.to_string())?;
    let answer = post::post(&client, &settings.endpoint, headers(settings), Vec::new()).await?;
    if answer.status.is_success() { Ok(()) } else { Err(format!("it answered {}", answer.status)) }
}
