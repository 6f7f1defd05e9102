//! Requests to Auth0, with limits on time and size. A request is repeated if that can help and is safe.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::{Client, Method, header, redirect};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::ManagementSettings;
use crate::error::StartupError;

/// The most attempts for one request.
const ATTEMPTS: u32 = 5;

/// Timeout of one attempt, from the connection to the last byte.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The longest wait that Auth0 can request. Its rate limits are per second and per minute.
const MAX_WAIT: Duration = Duration::from_secs(60);

/// The longest response that is read.
const MAX_ANSWER: usize = 8 * 1024 * 1024;

/// One request.
pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// The encoded path, after the host.
    pub(super) path: String,
    pub(super) token: Option<&'a str>,
    pub(super) body: Option<Value>,
    /// What the request does, for messages, such as `read the roles`.
    pub(super) does: &'a str,
    /// Whether the request may be repeated if it is not known whether it took effect.
    pub(super) repeatable: bool,
}

/// A response with any status.
pub(super) struct Reply {
    pub(super) status: u16,
    body: Vec<u8>,
    wait: Option<Duration>,
}

/// Why an attempt failed.
struct Failure {
    reason: String,
    wait: Option<Duration>,
    /// Auth0 did not process the request, so it may be repeated in any case.
    untouched: bool,
}

impl Failure {
    fn of(reason: &str) -> Self {
        Self { reason: reason.to_owned(), wait: None, untouched: false }
    }
}

/// Sends requests to one tenant.
pub(super) struct Transport {
    client: Client,
    base: String,
}

impl Transport {
    pub(super) fn new(settings: &ManagementSettings) -> Result<Self, StartupError> {
        let plain = settings.is_plain();
        let builder = Client::builder()
            // A redirect could send the secret or the token to another host.
            .redirect(redirect::Policy::none())
            .https_only(!plain)
            .timeout(TIMEOUT)
            .user_agent(concat!("resourceful/", env!("CARGO_PKG_VERSION")));
        let builder = if plain { builder.no_proxy() } else { builder };
        let client = builder.build().map_err(|error| StartupError::new(format!("HTTPS cannot be set up: {error}")))?;
        Ok(Self { client, base: settings.url.trim_end_matches('/').to_owned() })
    }

    /// Sends a request, and repeats it until another attempt would not help.
    pub(super) async fn send(&self, call: &Call<'_>) -> Result<Reply, StartupError> {
        let mut attempt = 1;
        loop {
            let Failure { reason, wait, untouched } = match self.once(call).await {
                Ok(reply) if reply.status == 429 => Failure {
                    reason: "it received too many requests (429)".to_owned(),
                    wait: reply.wait,
                    untouched: true,
                },
                Ok(reply) if reply.status >= 500 => Failure {
                    reason: format!("it responded with status {}", reply.status),
                    wait: reply.wait,
                    untouched: false,
                },
                Ok(reply) => return Ok(reply),
                Err(failure) => failure,
            };
            if !call.repeatable && !untouched {
                return Err(StartupError::new(format!(
                    "Auth0 could not {}: {reason}. It is not known whether the request took effect. Run the command again: it reads the current state first",
                    call.does
                )));
            }
            if attempt == ATTEMPTS || wait.is_some_and(|wait| wait > MAX_WAIT) {
                let requested =
                    wait.map_or_else(String::new, |wait| format!(" It requests a wait of {} s.", wait.as_secs()));
                return Err(StartupError::new(format!(
                    "Auth0 could not {} ({attempt} attempts): {reason}.{requested} Try again later; https://status.auth0.com lists outages",
                    call.does
                )));
            }
            // Waits as long as Auth0 requests, plus a random time that becomes longer with each attempt, so that several
            // clients do not repeat their requests at the same moment.
            tokio::time::sleep(wait.unwrap_or_default() + backoff(attempt)).await;
            attempt += 1;
        }
    }

    async fn once(&self, call: &Call<'_>) -> Result<Reply, Failure> {
        let mut request = self.client.request(call.method.clone(), format!("{}{}", self.base, call.path));
        request = request.header(header::ACCEPT, "application/json");
        if let Some(token) = call.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        let mut answer = request.send().await.map_err(fault)?;
        let mut reply =
            Reply { status: answer.status().as_u16(), body: Vec::new(), wait: requested_wait(answer.headers()) };
        while let Some(chunk) = answer.chunk().await.map_err(fault)? {
            // Content-Length may be absent or wrong, so the received bytes are counted.
            if reply.body.len() + chunk.len() > MAX_ANSWER {
                return Err(Failure::of("its response is too long"));
            }
            reply.body.extend_from_slice(&chunk);
        }
        Ok(reply)
    }
}

impl Reply {
    pub(super) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Parses the body as `T`.
    pub(super) fn read<T: DeserializeOwned>(&self, does: &str) -> Result<T, StartupError> {
        serde_json::from_slice(&self.body).map_err(|error| {
            StartupError::new(format!(
                "the response to the request to {does} cannot be read: {error}. The response may not come from Auth0: \
                check AUTH0_DOMAIN, AUTH0_MANAGEMENT_URL, and proxies"
            ))
        })
    }

    /// The status and Auth0's message, on one line and without control characters.
    pub(super) fn says(&self) -> String {
        let body: Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let text = ["message", "error_description", "error"].iter().find_map(|name| body[*name].as_str());
        let line: String = text.unwrap_or_default().chars().filter(|c| !c.is_control()).take(300).collect();
        if line.is_empty() { format!("status {}", self.status) } else { format!("status {}, \"{line}\"", self.status) }
    }
}

fn fault(error: reqwest::Error) -> Failure {
    if error.is_connect() {
        let reason = "it cannot be reached; check AUTH0_DOMAIN, AUTH0_MANAGEMENT_URL and the network";
        Failure { untouched: true, ..Failure::of(reason) }
    } else if error.is_timeout() {
        Failure::of("it did not respond in time")
    } else {
        Failure::of("the connection failed")
    }
}

/// How long Auth0 requests to wait: from `Retry-After` in seconds, or from the time at which its rate limit is reset.
fn requested_wait(headers: &header::HeaderMap) -> Option<Duration> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    if let Some(seconds) = number("retry-after") {
        return Some(Duration::from_secs(seconds));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    number("x-ratelimit-reset").map(|reset| Duration::from_secs(reset).saturating_sub(now))
}

/// A random time up to a bound that doubles with each attempt: 0.25, 0.5, 1, 2 seconds.
fn backoff(attempt: u32) -> Duration {
    let bound = 250_u64 << attempt.saturating_sub(1).min(5);
    // The low bits of a UUID are random.
    let random = uuid::Uuid::now_v7().as_u128() % u128::from(bound);
    Duration::from_millis(u64::try_from(random).unwrap_or(bound))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits() {
        let soon = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs() + 30;
        for (name, value, low, high) in [
            ("retry-after", "7".to_owned(), 7, 7),
            ("retry-after", "0".to_owned(), 0, 0),
            ("x-ratelimit-reset", soon.to_string(), 28, 30),
            ("x-ratelimit-reset", "12".to_owned(), 0, 0),
        ] {
            let headers = header::HeaderMap::from_iter([(
                header::HeaderName::from_static(name),
                header::HeaderValue::from_str(&value).expect("a header"),
            )]);
            let wait = requested_wait(&headers).expect("a wait").as_secs();
            assert!((low..=high).contains(&wait), "{name}: {value} is {wait}");
        }
        let date = header::HeaderValue::from_static("Wed, 21 Oct 2026 07:28:00 GMT");
        assert_eq!(requested_wait(&header::HeaderMap::from_iter([(header::RETRY_AFTER, date)])), None);
        for attempt in 1..=ATTEMPTS {
            assert!(backoff(attempt) <= Duration::from_millis(250 << (attempt - 1)), "{attempt}");
        }
    }
}
