//! Sends events to Sentry, one after the other, from a thread of its own.

use std::io::Write;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::StatusCode;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use sentry_core::types::Dsn;
use sentry_core::{Envelope, Transport};

use crate::app::telemetry::post::{Answer, Outage, Post};
use crate::error::StartupError;

/// The most events that wait to be sent. Of more, the newest are lost.
const WAITING: usize = 100;

/// How long Sentry is left alone if it has too many events and does not say how long.
const PAUSE: Duration = Duration::from_secs(60);

const AUTH: HeaderName = HeaderName::from_static("x-sentry-auth");
const LIMITS: &str = "x-sentry-rate-limits";

/// The way to the thread that sends.
pub(super) struct Sender(SyncSender<Task>);

enum Task {
    Send(Box<Envelope>),
    /// Says so when everything before it was sent.
    Done(SyncSender<()>),
}

impl Sender {
    /// # Errors
    /// If no client or no thread can be made.
    pub(super) fn start(dsn: &Dsn) -> Result<Self, StartupError> {
        let (queue, tasks) = sync_channel(WAITING);
        let auth = dsn.to_auth(Some(concat!("resourceful/", env!("CARGO_PKG_VERSION")))).to_string();
        let mut auth = HeaderValue::from_str(&auth).map_err(StartupError::because)?;
        auth.set_sensitive(true);
        let mut headers = HeaderMap::new();
        headers.insert(AUTH, auth);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-sentry-envelope"));
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        let thread = Thread {
            post: Post::new()?,
            url: dsn.envelope_api_url().to_string(),
            headers,
            paused: None,
            outage: Outage::new("failures", dsn.host().to_owned()),
        };
        let named = std::thread::Builder::new().name("sentry".to_owned());
        named.spawn(move || thread.run(&tasks)).map_err(StartupError::because)?;
        Ok(Self(queue))
    }

    /// Waits until everything was sent, for so long at most. False if it was not.
    pub(super) fn end(&self, limit: Duration) -> bool {
        let begun = Instant::now();
        let (done, is_done) = sync_channel(1);
        let mut task = Task::Done(done);
        // The queue can be full; waiting for a place in it has no limit.
        while let Err(TrySendError::Full(back)) = self.0.try_send(task) {
            if begun.elapsed() >= limit {
                return false;
            }
            task = back;
            std::thread::sleep(Duration::from_millis(20));
        }
        is_done.recv_timeout(limit.saturating_sub(begun.elapsed())).is_ok()
    }
}

impl Transport for Sender {
    fn send_envelope(&self, envelope: Envelope) {
        // The log has every failure, so one that finds no place here is not lost altogether.
        let _ = self.0.try_send(Task::Send(Box::new(envelope)));
    }

    fn flush(&self, timeout: Duration) -> bool {
        self.end(timeout)
    }
}

/// What the thread has.
struct Thread {
    post: Post,
    url: String,
    headers: HeaderMap,
    /// Until when Sentry wants no events.
    paused: Option<Instant>,
    outage: Outage,
}

impl Thread {
    fn run(mut self, tasks: &Receiver<Task>) {
        for task in tasks {
            match task {
                Task::Send(envelope) => self.send(&envelope),
                Task::Done(done) => drop(done.try_send(())),
            }
        }
    }

    fn send(&mut self, envelope: &Envelope) {
        if self.paused.is_some_and(|until| Instant::now() < until) {
            return self.outage.failed(1, "Sentry has too many events");
        }
        let sent = packed(envelope)
            .map_err(|error| error.to_string())
            .and_then(|body| self.post.send(&self.url, self.headers.clone(), body));
        match sent {
            Ok(answer) => {
                self.paused = pause(&answer).map(|pause| Instant::now() + pause);
                if answer.status.is_success() {
                    self.outage.works();
                } else {
                    self.outage.failed(1, &format!("Sentry answered {}", answer.status));
                }
            }
            Err(reason) => self.outage.failed(1, &reason),
        }
    }
}

fn packed(envelope: &Envelope) -> std::io::Result<Vec<u8>> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::fast());
    envelope.to_writer(&mut packer)?;
    packer.flush()?;
    packer.finish()
}

/// How long Sentry wants no events: `60:error;transaction:organization, 2700::key`. A limit without categories is for all.
fn pause(answer: &Answer) -> Option<Duration> {
    let limits = answer.headers.get(LIMITS).and_then(|value| value.to_str().ok());
    let of_errors = limits.into_iter().flat_map(|limits| limits.split(',')).filter_map(|limit| {
        let mut parts = limit.trim().split(':');
        let (seconds, categories) = (parts.next()?, parts.next()?);
        let is_meant = categories.is_empty() || categories.split(';').any(|category| category == "error");
        is_meant.then(|| seconds.parse().ok().map(Duration::from_secs)).flatten()
    });
    let longest = of_errors.max();
    let refused = answer.status == StatusCode::TOO_MANY_REQUESTS;
    longest.or_else(|| refused.then(|| answer.retry_after().unwrap_or(PAUSE)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_of_sentry_are_read() {
        for (status, limits, retry_after, seconds) in [
            (200, None, None, None),
            (200, Some("60:error;transaction:organization, 2700::key"), None, Some(2700)),
            (200, Some("60:transaction:key"), None, None),
            (429, Some("60:error:key"), Some("5"), Some(60)),
            (429, None, Some("5"), Some(5)),
            (429, None, Some("soon"), Some(60)),
            (429, Some("nonsense"), None, Some(60)),
            (503, None, Some("5"), None),
        ] {
            let mut headers = HeaderMap::new();
            limits.map(|limits| headers.insert(LIMITS, HeaderValue::from_static(limits)));
            retry_after.map(|after| headers.insert("retry-after", HeaderValue::from_static(after)));
            let status = StatusCode::from_u16(status).expect("a status");
            let found = pause(&Answer { status, headers, body: Vec::new() });
            assert_eq!(found, seconds.map(Duration::from_secs), "{status} {limits:?} {retry_after:?}");
        }
    }
}
