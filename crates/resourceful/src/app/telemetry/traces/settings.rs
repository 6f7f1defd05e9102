//! The settings `OTEL_..`, by the names that OpenTelemetry gives them.

use std::time::Duration;

use percent_encoding::percent_decode_str;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::env::{Reader, SecretText, Setting};

/// Where traces are sent, and which of them.
#[derive(Debug, Clone)]
pub struct TraceSettings {
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`, with the path to which traces are sent.
    pub endpoint: String,
    /// `OTEL_EXPORTER_OTLP_HEADERS`: names and values of headers, which can be secrets.
    pub headers: Vec<(String, SecretText)>,
    /// `OTEL_SERVICE_NAME`; the title of the application if `None`
    pub service: Option<String>,
    /// `OTEL_TRACES_SAMPLER`, `OTEL_TRACES_SAMPLER_ARG`
    pub sampling: Sampling,
    /// `OTEL_BSP_SCHEDULE_DELAY`: how long spans wait for others before they are sent.
    pub delay: Duration,
}

/// Which requests are recorded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sampling {
    /// The part of the traces that are recorded, from 0 to 1.
    pub ratio: f64,
    /// Whether a client that sends a `traceparent` decides instead.
    pub parent_decides: bool,
}

/// The path to which traces are sent (OTLP/HTTP).
const PATH: &str = "v1/traces";

/// The words of `OTEL_TRACES_SAMPLER`: the part of the traces, if the word says it.
const SAMPLERS: [(&str, Option<f64>); 3] =
    [("always_on", Some(1.0)), ("always_off", Some(0.0)), ("traceidratio", None)];

/// What stands before the word if the client decides.
const PARENT: &str = "parentbased_";

impl TraceSettings {
    pub(in crate::app) fn variables() -> Vec<Setting> {
        vec![
            Setting::new(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                "The address of an OpenTelemetry collector, to which traces are sent as protobuf over HTTP. `/v1/traces` is \
                 added to it.",
            )
            .otherwise("no traces are recorded")
            .example("http://localhost:4318"),
            Setting::new(
                "OTEL_EXPORTER_OTLP_HEADERS",
                "Headers for the collector: names and values as `name=value`, comma-separated, values percent-encoded.",
            )
            .secret(),
            Setting::new("OTEL_SERVICE_NAME", "The name of the application in traces.")
                .otherwise("the title of the application"),
            Setting::new(
                "OTEL_TRACES_SAMPLER",
                "Which requests are recorded: always_on, always_off, traceidratio, or one of them after parentbased_, with \
                 which a client that sends a traceparent decides.",
            )
            .default("parentbased_always_on"),
            Setting::new(
                "OTEL_TRACES_SAMPLER_ARG",
                "With traceidratio and parentbased_traceidratio: the part of the traces that are recorded, from 0 to 1.",
            )
            .default("1"),
            Setting::new(
                "OTEL_BSP_SCHEDULE_DELAY",
                "How long spans wait for others before they are sent together, in milliseconds.",
            )
            .default("5000"),
        ]
    }

    pub(in crate::app) fn from_env(reader: &mut Reader<'_>) -> Option<Self> {
        let endpoint = endpoint(reader);
        let headers = headers(reader);
        let service = reader.text("OTEL_SERVICE_NAME");
        let sampling = sampling(reader);
        let delay = reader.positive::<u64>("OTEL_BSP_SCHEDULE_DELAY").unwrap_or(5_000);
        Some(Self { endpoint: endpoint?, headers, service, sampling, delay: Duration::from_millis(delay) })
    }

    /// The headers of a request to the collector.
    pub(super) fn header_map(&self) -> HeaderMap {
        // They were checked when they were read.
        let pairs = self.headers.iter().filter_map(|(name, value)| {
            let mut value = HeaderValue::from_str(&value.0).ok()?;
            value.set_sensitive(true);
            Some((HeaderName::try_from(name).ok()?, value))
        });
        pairs.collect()
    }
}

fn endpoint(reader: &mut Reader<'_>) -> Option<String> {
    const NAME: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
    let text = reader.text(NAME)?;
    let url = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let Some(mut url) = url else {
        reader.problem(format!("{NAME} is no address; write one such as http://localhost:4318"));
        return None;
    };
    let problem = if !url.username().is_empty() || url.password().is_some() {
        Some("has a user name or a password; write them as a header in OTEL_EXPORTER_OTLP_HEADERS")
    } else if url.query().is_some() || url.fragment().is_some() {
        Some("has a query or a fragment; write the address only, such as http://localhost:4318")
    } else if url.path().trim_end_matches('/').ends_with(PATH) {
        Some("ends with /v1/traces, which is added to it; leave it out")
    } else if url.port() == Some(4317) {
        Some("has the port 4317, at which collectors speak gRPC; traces are sent over HTTP, mostly to the port 4318")
    } else {
        None
    };
    if let Some(problem) = problem {
        reader.problem(format!("{NAME} {problem}"));
        return None;
    }
    let path = format!("{}/{PATH}", url.path().trim_end_matches('/'));
    url.set_path(&path);
    Some(url.into())
}

fn headers(reader: &mut Reader<'_>) -> Vec<(String, SecretText)> {
    const NAME: &str = "OTEL_EXPORTER_OTLP_HEADERS";
    let text = reader.secret(NAME).unwrap_or_default();
    let mut headers = Vec::new();
    for (number, pair) in text.split(',').map(str::trim).enumerate().filter(|(_, pair)| !pair.is_empty()) {
        let read = pair.split_once('=').and_then(|(name, value)| {
            let value = percent_decode_str(value.trim()).decode_utf8().ok()?.into_owned();
            HeaderValue::from_str(&value).ok()?;
            Some((HeaderName::try_from(name.trim()).ok()?.as_str().to_owned(), SecretText(value)))
        });
        match read {
            Some(header) => headers.push(header),
            // The text can be a secret.
            None => reader.problem(format!(
                "the header number {} of {NAME} cannot be read; write name=value, and percent-encode the value",
                number + 1
            )),
        }
    }
    headers
}

fn sampling(reader: &mut Reader<'_>) -> Sampling {
    let word = reader.text("OTEL_TRACES_SAMPLER").unwrap_or_else(|| "parentbased_always_on".to_owned());
    let given: Option<f64> = reader.parsed("OTEL_TRACES_SAMPLER_ARG", "a number from 0 to 1");
    if let Some(ratio) = given.filter(|ratio| !(0.0..=1.0).contains(ratio)) {
        reader.problem(format!("OTEL_TRACES_SAMPLER_ARG is {ratio}; it must be a number from 0 to 1"));
    }
    let name = word.strip_prefix(PARENT).unwrap_or(&word);
    let Some((_, ratio)) = SAMPLERS.iter().find(|(known, _)| *known == name) else {
        reader.problem(format!(
            "OTEL_TRACES_SAMPLER is `{word}`; it must be always_on, always_off or traceidratio, or one of them after \
             parentbased_"
        ));
        return Sampling { ratio: 0.0, parent_decides: false };
    };
    Sampling { ratio: ratio.or(given).unwrap_or(1.0), parent_decides: word.starts_with(PARENT) }
}
