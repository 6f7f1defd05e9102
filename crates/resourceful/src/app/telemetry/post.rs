//! Sending reports to other servers, from threads that serve no requests.

use std::error::Error as _;
use std::time::{Duration, Instant};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Client, StatusCode};
use tokio::runtime::{Builder, Runtime};

use crate::error::StartupError;

/// The longest time of one request.
const LONGEST: Duration = Duration::from_secs(10);

/// The most bytes of an answer that are read.
const ANSWER: usize = 64 * 1024;

/// How often the log says that a server takes no reports.
const BETWEEN_WARNINGS: Duration = Duration::from_secs(60);

/// The answer of a server.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl Answer {
    /// How long the server wants to be left alone.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        let seconds = self.headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
        Some(Duration::from_secs(seconds))
    }
}

/// A client that blocks its thread, with a runtime of its own: that of the server is about to end when the last reports are
/// sent.
pub(super) struct Post {
    runtime: Runtime,
    client: Client,
}

impl Post {
    /// # Errors
    /// If the system gives no sockets, or has no certificates.
    pub(super) fn new() -> Result<Self, StartupError> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(StartupError::because)?;
        Ok(Self { runtime, client: client()? })
    }

    /// Sends a request and waits for its answer, for ten seconds at most.
    ///
    /// # Errors
    /// Why there is no answer, without the address.
    pub(super) fn send(&self, url: &str, headers: HeaderMap, body: Vec<u8>) -> Result<Answer, String> {
        self.runtime.block_on(post(&self.client, url, headers, body))
    }
}

/// # Errors
/// If the system has no certificates.
pub(super) fn client() -> Result<Client, StartupError> {
    // Headers can be secrets, which must not be sent to another server.
    Client::builder().timeout(LONGEST).redirect(Policy::none()).build().map_err(StartupError::because)
}

/// # Errors
/// Why there is no answer, without the address.
pub(super) async fn post(client: &Client, url: &str, headers: HeaderMap, body: Vec<u8>) -> Result<Answer, String> {
    let sent = client.post(url).headers(headers).body(body).send().await;
    let mut response = sent.map_err(told)?;
    let (status, headers) = (response.status(), response.headers().clone());
    let mut body = Vec::new();
    // What is missing of an answer does not change what it means.
    while let Ok(Some(part)) = response.chunk().await {
        body.extend_from_slice(&part);
        if body.len() > ANSWER {
            break;
        }
    }
    Ok(Answer { status, headers, body })
}

/// The error with its causes, of which the last says the most.
fn told(error: reqwest::Error) -> String {
    let error = error.without_url();
    let causes = std::iter::successors(error.source(), |cause| (*cause).source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// Whether a server takes reports. Requests do not depend on it, so the log says it now and then only.
pub(super) struct Outage {
    /// What is sent, and where to: `traces`.
    what: &'static str,
    receiver: String,
    /// When the log said that the server takes none.
    warned: Option<Instant>,
    lost: usize,
}

impl Outage {
    pub(super) fn new(what: &'static str, receiver: String) -> Self {
        Self { what, receiver, warned: None, lost: 0 }
    }

    /// So many reports were lost, for this reason.
    pub(super) fn failed(&mut self, lost: usize, reason: &str) {
        self.lost += lost;
        if self.warned.is_none_or(|warned| warned.elapsed() >= BETWEEN_WARNINGS) {
            let Self { what, receiver, lost, .. } = self;
            tracing::warn!(receiver, reason, lost, "{what} cannot be sent; requests are answered all the same");
            self.lost = 0;
            self.warned = Some(Instant::now());
        }
    }

    /// Reports were taken.
    pub(super) fn works(&mut self) {
        if self.warned.take().is_some() {
            let Self { what, receiver, lost, .. } = self;
            tracing::info!(receiver, lost, "{what} are sent again");
            self.lost = 0;
        }
    }
}
