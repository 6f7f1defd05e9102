//! What is noted about each statement: its time, a line in the log if it was slow, and a part of the trace of its request.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::{DbBackend, Statement};

use super::literals::without_values;
use super::summary::Summary;
use super::work::Work;
use crate::metrics::Metrics;
use crate::trace;

/// Notes the times of statements.
pub(super) struct Observer {
    /// From when on a statement is slow; `None` if none is logged.
    slow: Option<Duration>,
    metrics: Option<Arc<Metrics>>,
    /// The database, if statements are recorded as parts of traces.
    traced: Option<DbBackend>,
}

/// A statement that is running. It ends when this is dropped, also if nobody waits for it any more.
pub(super) struct Running<'a> {
    observer: &'a Observer,
    begun: Instant,
    /// The driver takes the statement, so its text is copied before.
    sql: Option<String>,
}

/// What has the text of a statement.
pub(super) trait Text {
    fn text(&self) -> &str;
}

impl Text for Statement {
    fn text(&self) -> &str {
        &self.sql
    }
}

impl Text for &str {
    fn text(&self) -> &str {
        self
    }
}

impl Observer {
    pub(super) fn new(slow: Option<Duration>, metrics: Option<Arc<Metrics>>, backend: Option<DbBackend>) -> Self {
        Self { slow, metrics, traced: backend.filter(|_| trace::is_recorded()) }
    }

    /// Whether there is anything to note.
    pub(super) fn is_on(&self) -> bool {
        self.slow.is_some() || self.metrics.is_some() || self.traced.is_some()
    }

    pub(super) fn metrics(&self) -> Option<&Arc<Metrics>> {
        self.metrics.as_ref()
    }

    /// A statement begins.
    pub(super) fn begin(&self, statement: &impl Text) -> Option<Running<'_>> {
        self.is_on().then(|| {
            let has_text = self.slow.is_some() || self.traced.is_some();
            let sql = has_text.then(|| statement.text().to_owned());
            Running { observer: self, begun: Instant::now(), sql }
        })
    }

    /// A statement took this time.
    pub(super) fn note(&self, sql: &str, time: Duration) {
        if let Some(metrics) = &self.metrics {
            metrics.statements.observe(time);
        }
        if self.slow.is_some_and(|slow| time >= slow) {
            if let Some(metrics) = &self.metrics {
                metrics.slow_statements.add();
            }
            log(sql, time);
        }
        if let Some(backend) = self.traced {
            report(backend, sql, time);
        }
    }
}

/// Tells who records traces that a statement has ended. It has no text, because an application may write values into it.
fn report(backend: DbBackend, sql: &str, time: Duration) {
    if !tracing::enabled!(target: trace::STATEMENTS, tracing::Level::TRACE) {
        return;
    }
    let Summary { operation, table } = Summary::of(sql);
    tracing::event!(
        target: trace::STATEMENTS,
        tracing::Level::TRACE,
        "db.system.name" = if backend == DbBackend::Postgres { "postgresql" } else { "sqlite" },
        "db.operation.name" = operation,
        "db.collection.name" = table,
        nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX),
    );
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.observer.note(self.sql.as_deref().unwrap_or_default(), self.begun.elapsed());
    }
}

/// `LOG_LEVEL=info,resourceful::statement=off` turns these lines off.
fn log(sql: &str, time: Duration) {
    let work = Work::current();
    let (resource, operation) = match &work {
        Some(Work::Operation { resource, operation, .. }) => (Some(*resource), Some(*operation)),
        #[cfg(feature = "mail")]
        Some(Work::Background(name)) => (None, Some(*name)),
        _ => (None, None),
    };
    let (method, route) = match &work {
        Some(Work::Route { method, route }) => (Some(*method), Some(&**route)),
        _ => (None, None),
    };
    let ms = (time.as_secs_f64() * 100_000.0).round() / 100.0;
    let sql = without_values(sql);
    tracing::warn!(target: "resourceful::statement", resource, operation, method, route, ms, sql, "slow statement");
}
