//! Sends spans to a collector.

use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::{ExportTraceServiceRequest, ExportTraceServiceResponse};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use prost::Message;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;

use crate::app::telemetry::post::{Outage, Post};
use crate::error::StartupError;

/// How often the same spans are sent to a collector that is busy.
const ATTEMPTS: u32 = 3;

/// The wait before the second attempt; it doubles. What the collector asks for counts up to the longest.
const WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Sends spans. Only the thread of the batches uses it, which may wait.
pub(super) struct Exporter {
    post: Post,
    endpoint: String,
    headers: HeaderMap,
    resource: ResourceAttributesWithSchema,
    outage: Mutex<Outage>,
    ending: Ending,
}

/// Whether the process is about to end: then nothing waits for another attempt.
#[derive(Clone, Default)]
pub(super) struct Ending(Arc<(Mutex<bool>, Condvar)>);

impl Ending {
    pub(super) fn begin(&self) {
        *locked(&self.0.0) = true;
        self.0.1.notify_all();
    }

    /// Waits for so long. False if the process ends.
    fn wait(&self, time: Duration) -> bool {
        let waited = self.0.1.wait_timeout_while(locked(&self.0.0), time, |begun| !*begun);
        !*waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Exporter {
    pub(super) fn new(endpoint: &str, headers: HeaderMap, ending: Ending) -> Result<Self, StartupError> {
        Ok(Self {
            post: Post::new()?,
            outage: Mutex::new(Outage::new("traces", endpoint.to_owned())),
            endpoint: endpoint.to_owned(),
            headers,
            resource: ResourceAttributesWithSchema::default(),
            ending,
        })
    }

    /// Sends a message. Returns how many of its spans were refused.
    fn send(&self, message: &[u8]) -> Result<usize, String> {
        let mut wait = WAIT;
        for attempt in 1.. {
            let sent = self.post.send(&self.endpoint, self.headers.clone(), message.to_vec());
            let answer = sent?;
            if answer.status.is_success() {
                let read = ExportTraceServiceResponse::decode(answer.body.as_slice()).unwrap_or_default();
                let refused = read.partial_success.map_or(0, |partial| partial.rejected_spans);
                return Ok(usize::try_from(refused).unwrap_or_default());
            }
            let pause = answer.retry_after().unwrap_or(wait).min(LONGEST_WAIT);
            if attempt == ATTEMPTS || !is_busy(answer.status) || !self.ending.wait(pause) {
                return Err(format!("the collector answered {}", answer.status));
            }
            wait *= 2;
        }
        Ok(0)
    }
}

/// The answers after which the same message may be sent again (OTLP specification, "Retryable Response Codes").
fn is_busy(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

impl SpanExporter for Exporter {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let count = batch.len();
        let request =
            ExportTraceServiceRequest { resource_spans: group_spans_by_resource_and_scope(batch, &self.resource) };
        let sent = self.send(&request.encode_to_vec());
        let mut outage = locked(&self.outage);
        match sent {
            Ok(0) => outage.works(),
            Ok(refused) => outage.failed(refused, "the collector refused some spans"),
            Err(reason) => outage.failed(count, &reason),
        }
        Ok(())
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exporter").field("endpoint", &self.endpoint).finish_non_exhaustive()
    }
}
