//! Makes OpenTelemetry's spans of those of `tracing`: requests, deliveries, statements, and what the application adds.

use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{
    Span as _, SpanBuilder, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId, TraceState,
    Tracer,
};
use opentelemetry::{Context as Position, KeyValue, Value};
use opentelemetry_sdk::trace::SdkTracer;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::filter::{LevelFilter, filter_fn};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::{LookupSpan, SpanRef};
use tracing_subscriber::{Layer, Registry};

use crate::app::telemetry::lines::is_library;
use crate::trace::{self, Trace};

/// The most statements of a span that are spans of their own; all are counted.
const STATEMENTS: u32 = 200;

/// The most characters of a text in a span.
const LONGEST: usize = 1_024;

/// Takes spans of `tracing` and records them.
pub(super) struct Spans(SdkTracer);

/// What a span of `tracing` has, if it is recorded.
struct Recorded {
    /// The span among its parents.
    position: Position,
    statements: AtomicU32,
}

impl Spans {
    pub(super) fn new(tracer: SdkTracer) -> Self {
        Self(tracer)
    }

    /// For those spans that it should have: of the framework, and of the application from the level `info` up.
    pub(super) fn filtered(self) -> Box<dyn Layer<Registry> + Send + Sync> {
        self.with_filter(filter_fn(is_recorded).with_max_level_hint(LevelFilter::TRACE)).boxed()
    }

    fn start(&self, name: &'static str, fields: Fields, parent: &Position) -> Position {
        let builder = SpanBuilder::from_name(name).with_attributes(fields.attributes);
        let builder = match fields.kind {
            Some(kind) => builder.with_kind(kind),
            None => builder,
        };
        let position = parent.with_span(self.0.build_with_context(builder, parent));
        fields.changes.apply(&position);
        position
    }

    /// Records a statement that has ended.
    fn statement(&self, fields: Fields, parent: &Recorded) {
        let is_recorded = parent.position.span().is_recording();
        if !is_recorded || parent.statements.fetch_add(1, Ordering::Relaxed) >= STATEMENTS {
            return;
        }
        let end = SystemTime::now();
        let text = |name: &str| {
            let found = fields.attributes.iter().find(|attribute| attribute.key.as_str() == name);
            found.map(|attribute| attribute.value.as_str().into_owned())
        };
        let name = match (text("db.operation.name"), text("db.collection.name")) {
            (Some(operation), Some(table)) => format!("{operation} {table}"),
            (Some(operation), None) => operation,
            _ => text("db.system.name").unwrap_or_default(),
        };
        let builder = SpanBuilder::from_name(name)
            .with_kind(SpanKind::Client)
            .with_start_time(end.checked_sub(fields.took).unwrap_or(end))
            .with_attributes(fields.attributes);
        self.0.build_with_context(builder, &parent.position).end_with_timestamp(end);
    }
}

fn is_recorded(metadata: &Metadata<'_>) -> bool {
    // What only asks whether it is recorded is neither a span nor an event.
    let target = metadata.target();
    let is_own = target == trace::SPANS || target == trace::STATEMENTS;
    is_own || (metadata.is_span() && *metadata.level() <= Level::INFO && !is_library(target))
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        let parent = fields.given().or_else(|| {
            let parent = span.parent()?;
            nearest(&parent, |recorded| recorded.position.clone())
        });
        let position = self.start(attributes.metadata().name(), fields, &parent.unwrap_or_default());
        span.extensions_mut().insert(Recorded { position, statements: AtomicU32::new(0) });
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        if let Some(recorded) = span.extensions().get::<Recorded>() {
            let mut fields = Fields::default();
            values.record(&mut fields);
            recorded.position.span().set_attributes(fields.attributes);
            fields.changes.apply(&recorded.position);
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let Some(span) = ctx.event_span(event) else { return };
        let mut fields = Fields::default();
        event.record(&mut fields);
        nearest(&span, |recorded| self.statement(fields, recorded));
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(&id) else { return };
        let recorded = span.extensions_mut().remove::<Recorded>();
        if let Some(recorded) = recorded {
            recorded.position.span().end();
        }
    }
}

/// What is recorded of this span, or of the nearest around it.
fn nearest<'a, S: LookupSpan<'a>, T>(span: &SpanRef<'a, S>, read: impl FnOnce(&Recorded) -> T) -> Option<T> {
    let mut read = Some(read);
    span.scope().find_map(|span| {
        let extensions = span.extensions();
        let recorded = extensions.get::<Recorded>()?;
        read.take().map(|read| read(recorded))
    })
}

/// The trace of a span, for who hands it on.
pub(super) fn find(span: &tracing::Span) -> Option<Trace> {
    let found = span.with_subscriber(|(id, subscriber)| {
        let span = subscriber.downcast_ref::<Registry>()?.span(id)?;
        nearest(&span, |recorded| {
            let span = recorded.position.span();
            let here = span.span_context();
            let flags = here.trace_flags().to_u8();
            let header = format!("00-{}-{}-{flags:02x}", here.trace_id(), here.span_id());
            let state = here.trace_state().header();
            Trace::parse(&header).map(|trace| trace.with_state(Some(&state)))
        })
    });
    found.flatten().flatten()
}

/// The fields of a span or an event.
#[derive(Default)]
struct Fields {
    attributes: Vec<KeyValue>,
    kind: Option<SpanKind>,
    /// The trace that was given to the server.
    parent: Option<String>,
    state: Option<String>,
    changes: Changes,
    /// How long a statement took.
    took: Duration,
}

/// What changes a span, and is no attribute.
#[derive(Default)]
struct Changes {
    name: Option<String>,
    is_error: bool,
}

impl Changes {
    fn apply(self, position: &Position) {
        let span = position.span();
        if let Some(name) = self.name {
            span.update_name(name);
        }
        if self.is_error {
            span.set_status(Status::error(""));
        }
    }
}

impl Fields {
    /// The trace that was given to the server, as a parent.
    fn given(&self) -> Option<Position> {
        let trace = Trace::parse(self.parent.as_deref()?)?.with_state(self.state.as_deref());
        // The sampled flag is what samplers know; the others belong to it.
        let given = SpanContext::new(
            TraceId::from_hex(trace.id()).ok()?,
            SpanId::from_hex(trace.span()).ok()?,
            TraceFlags::new(trace.flags()),
            true,
            trace.state().and_then(|state| state.parse::<TraceState>().ok()).unwrap_or_default(),
        );
        Some(Position::new().with_remote_span_context(given))
    }

    fn text(&mut self, name: &'static str, text: String) {
        match name {
            "otel.name" => self.changes.name = Some(text),
            "otel.kind" => self.kind = kind(&text),
            "otel.status_code" => self.changes.is_error = text.eq_ignore_ascii_case("error"),
            "trace.parent" => self.parent = Some(text),
            "trace.state" => self.state = Some(text),
            _ => self.add(name, text),
        }
    }

    fn add(&mut self, name: &'static str, value: impl Into<Value>) {
        self.attributes.push(KeyValue::new(name, value));
    }
}

fn kind(text: &str) -> Option<SpanKind> {
    match text {
        "server" => Some(SpanKind::Server),
        "client" => Some(SpanKind::Client),
        "producer" => Some(SpanKind::Producer),
        "consumer" => Some(SpanKind::Consumer),
        _ => None,
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field.name(), value.chars().take(LONGEST).collect());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.record_str(field, &format!("{value:?}"));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "nanoseconds" {
            self.took = Duration::from_nanos(value);
        } else {
            self.add(field.name(), i64::try_from(value).unwrap_or(i64::MAX));
        }
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), value);
    }
}
