//! What is noted about each statement: its time, and a line in the log if it was slow.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sea_orm::Statement;

use super::literals::without_values;
use super::work::Work;
use crate::metrics::Metrics;

/// Notes the times of statements.
pub(super) struct Observer {
    /// From when on a statement is slow; `None` if none is logged.
    slow: Option<Duration>,
    metrics: Option<Arc<Metrics>>,
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
    pub(super) fn new(slow: Option<Duration>, metrics: Option<Arc<Metrics>>) -> Self {
        Self { slow, metrics }
    }

    /// Whether there is anything to note.
    pub(super) fn is_on(&self) -> bool {
        self.slow.is_some() || self.metrics.is_some()
    }

    pub(super) fn metrics(&self) -> Option<&Arc<Metrics>> {
        self.metrics.as_ref()
    }

    /// A statement begins.
    pub(super) fn begin(&self, statement: &impl Text) -> Option<Running<'_>> {
        self.is_on().then(|| {
            let sql = self.slow.map(|_| statement.text().to_owned());
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
    }
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
