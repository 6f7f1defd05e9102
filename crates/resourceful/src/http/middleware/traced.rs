//! Each request as a span of its trace. Names and fields are those of OpenTelemetry's conventions for HTTP servers; what
//! records the spans is not known here. No field has a part of a path, a query, a body or a token.

use actix_web::HttpRequest;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, Version};
use tracing::field::Empty;
use tracing::{Level, Span};

use crate::context::usage::Usage;
use crate::http::request::host;
use crate::http::request::state::RequestState;
use crate::trace::{self, Trace};

/// The header of the response that names the span of the request.
const TRACE_RESPONSE: HeaderName = HeaderName::from_static("traceresponse");

/// The methods that are told apart: a client can send any word.
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];

/// The name of all others.
const OTHER: &str = "_OTHER";

/// A request in its trace.
pub(super) struct Traced {
    /// Does nothing, if nothing records spans.
    pub(super) span: Span,
    /// `None` without a valid `traceparent`, if nothing records spans.
    pub(super) trace: Option<Trace>,
}

impl Traced {
    /// A request begins. What monitors ask every few seconds is no span.
    pub(super) fn begin(req: &ServiceRequest) -> Self {
        let given = given(req.headers());
        let is_asked = tracing::enabled!(target: trace::SPANS, Level::TRACE);
        let span = if is_asked && !is_probe(req.path()) { span(req, given.as_ref()) } else { Span::none() };
        Self { trace: trace::of(&span).or(given), span }
    }

    /// The response of this status begins.
    pub(super) fn end(&self, req: Option<&HttpRequest>, status: u16, usage: Usage) {
        if self.span.is_disabled() {
            return;
        }
        let (route, method) = match req {
            Some(req) => (RequestState::template(req), method(req.method())),
            None => (None, OTHER),
        };
        let name = if method == OTHER { "HTTP" } else { method };
        match &route {
            Some(route) => {
                self.span.record("otel.name", format!("{name} {route}"));
                self.span.record("http.route", &**route);
            }
            None => _ = self.span.record("otel.name", name),
        }
        self.span.record("http.response.status_code", status);
        self.span.record("resourceful.sql.count", usage.statements);
        self.span.record("resourceful.sql.seconds", usage.time.as_secs_f64());
        let Some(req) = req else { return };
        RequestState::read(req, |state| {
            if let Some(id) = &state.id {
                self.span.record("resourceful.request_id", id.as_str());
            }
            // An error of the client is none of this server.
            if status >= 500 {
                let status = status.to_string();
                self.span.record("otel.status_code", "error");
                self.span.record("error.type", state.problem.filter(|slug| *slug != "other").unwrap_or(&status));
            }
        });
    }

    /// Tells the client which span its request was. It knows its own trace if nothing records this one.
    pub(super) fn add_header(&self, headers: &mut HeaderMap) {
        let trace = self.trace.as_ref().filter(|_| !self.span.is_disabled());
        let value = trace.and_then(|trace| HeaderValue::from_str(&trace.to_string()).ok());
        if let Some(value) = value {
            headers.insert(TRACE_RESPONSE, value);
        }
    }
}

/// The trace that the client handed on. A second `traceparent` makes both invalid.
fn given(headers: &HeaderMap) -> Option<Trace> {
    let mut all = headers.get_all("traceparent");
    let (parent, others) = (all.next()?, all.next());
    if others.is_some() {
        return None;
    }
    let mut states = headers.get_all("tracestate").map(|state| state.to_str().ok());
    // Several lines are one list.
    let state = states
        .next()
        .flatten()
        .map(|first| states.flatten().fold(first.to_owned(), |list, next| format!("{list},{next}")));
    Some(Trace::parse(parent.to_str().ok()?)?.with_state(state.as_deref()))
}

fn span(req: &ServiceRequest, given: Option<&Trace>) -> Span {
    let (address, port) = host::of(req.headers()).unzip();
    let version = match req.version() {
        Version::HTTP_10 => "1.0",
        Version::HTTP_2 => "2",
        _ => "1.1",
    };
    tracing::span!(
        target: trace::SPANS,
        Level::TRACE,
        "request",
        "otel.kind" = "server",
        "otel.name" = Empty,
        "otel.status_code" = Empty,
        "trace.parent" = given.map(tracing::field::display),
        "trace.state" = given.and_then(Trace::state),
        "http.request.method" = method(req.method()),
        "http.route" = Empty,
        "http.response.status_code" = Empty,
        "network.protocol.version" = version,
        "server.address" = address,
        "server.port" = port.flatten(),
        // TLS ends before this server.
        "url.scheme" = "http",
        "error.type" = Empty,
        "resourceful.request_id" = Empty,
        "resourceful.sql.count" = Empty,
        "resourceful.sql.seconds" = Empty,
    )
}

fn method(method: &Method) -> &'static str {
    METHODS.iter().find(|known| **known == method.as_str()).copied().unwrap_or(OTHER)
}

/// Whether monitors ask for this path or route.
pub(super) fn is_probe(path: &str) -> bool {
    path.starts_with("/health/") || path == "/metrics"
}
