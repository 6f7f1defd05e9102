//! A failure as an event of Sentry. It has no body, no header, no address and no path: only the template of the path.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::error::Error;

use sentry_core::protocol::{
    Context, Event, Exception, Frame, Mechanism, Request, SpanId, Stacktrace, TraceContext, TraceId, User, Values,
};

use crate::trace::Panicked;

/// The most causes of a failure.
const CAUSES: usize = 8;

/// The most characters of a text.
const LONGEST: usize = 2_000;

/// What is known about a failure.
#[derive(Default)]
pub(super) struct Failure {
    pub(super) slug: String,
    pub(super) status: u64,
    pub(super) method: String,
    pub(super) route: Option<String>,
    pub(super) request_id: Option<String>,
    pub(super) user: Option<String>,
    /// The header `traceparent`.
    pub(super) trace: Option<String>,
    /// The causes, the outermost first.
    pub(super) causes: Vec<Cause>,
}

/// A cause of a failure.
pub(super) struct Cause {
    text: String,
    /// Where the handler panicked, if it did.
    panicked: Option<Option<String>>,
}

/// An error and its causes.
pub(super) fn causes(error: &(dyn Error + 'static)) -> Vec<Cause> {
    let all = std::iter::successors(Some(error), |error| (*error).source());
    let cause = |error: &(dyn Error + 'static)| Cause {
        text: error.to_string().chars().take(LONGEST).collect(),
        panicked: error.downcast_ref::<Panicked>().map(|panicked| panicked.place.clone()),
    };
    all.take(CAUSES).map(cause).collect()
}

impl Failure {
    pub(super) fn event(self) -> Event<'static> {
        let Self { slug, status, method, route, request_id, user, trace, causes } = self;
        let place = route.clone().unwrap_or_else(|| "an unknown route".to_owned());
        let transaction = format!("{method} {place}");
        let panicked_at = causes.iter().find_map(|cause| cause.panicked.clone());
        let tags = [
            ("problem", Some(slug.clone())),
            ("status", Some(status.to_string())),
            ("method", Some(method.clone())),
            ("route", route.clone()),
            ("request_id", request_id),
        ];
        // Texts of errors have numbers and names in them, so they would be a group each.
        let kind = match &panicked_at {
            Some(place) => format!("panic {}", place.as_deref().unwrap_or_default()),
            None => slug.clone(),
        };
        let fingerprint = [kind, transaction.clone()].map(Cow::Owned);
        let contexts = trace.as_deref().and_then(context).map(|trace| ("trace".to_owned(), trace));
        Event {
            fingerprint: fingerprint.to_vec().into(),
            transaction: Some(transaction),
            exception: Values::from(exceptions(&slug, causes)),
            tags: tags.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect(),
            contexts: contexts.into_iter().collect::<BTreeMap<_, _>>(),
            user: user.map(|id| User { id: Some(id), ..User::default() }),
            request: Some(Request { method: Some(method), ..Request::default() }),
            ..Event::new()
        }
    }
}

/// The exceptions of an event: Sentry wants the innermost first. The problem that the client got stands last.
fn exceptions(slug: &str, causes: Vec<Cause>) -> Vec<Exception> {
    let is_panic = causes.iter().any(|cause| cause.panicked.is_some());
    let mut all: Vec<Exception> = causes
        .into_iter()
        .rev()
        .map(|Cause { text, panicked }| Exception {
            ty: if panicked.is_some() { "panic" } else { "cause" }.to_owned(),
            value: Some(text),
            stacktrace: panicked.flatten().and_then(|place| frame(&place)),
            ..Exception::default()
        })
        .collect();
    all.push(Exception { ty: slug.to_owned(), ..Exception::default() });
    if let Some(last) = all.last_mut() {
        last.mechanism =
            Some(Mechanism { ty: "resourceful".to_owned(), handled: Some(!is_panic), ..Mechanism::default() });
    }
    all
}

/// `src/main.rs:17:9` as a stack of one frame.
fn frame(place: &str) -> Option<Stacktrace> {
    let mut parts = place.rsplitn(3, ':');
    let (column, line, file) = (parts.next()?, parts.next()?, parts.next()?);
    let frame = Frame {
        filename: Some(file.to_owned()),
        lineno: line.parse().ok(),
        colno: column.parse().ok(),
        in_app: Some(true),
        ..Frame::default()
    };
    Some(Stacktrace { frames: vec![frame], ..Stacktrace::default() })
}

/// A `traceparent` as the context that joins an event with its trace.
fn context(trace: &str) -> Option<Context> {
    let mut parts = trace.split('-').skip(1);
    let trace_id: TraceId = parts.next()?.parse().ok()?;
    let span_id: SpanId = parts.next()?.parse().ok()?;
    Some(Context::Trace(Box::new(TraceContext { trace_id, span_id, ..TraceContext::default() })))
}
