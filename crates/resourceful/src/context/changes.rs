//! Which tables were written: what kept answers are compared with.
//!
//! Each table has an *epoch*, a number that a write raises after it has been committed and before it is acknowledged.
//! Kept answers are stored under the epochs that were read before their query was sent. So an answer that may be older
//! than a write is under an older epoch than the one that readers look for once the write is acknowledged.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Duration;

use super::Context;
use crate::spec::{RelationKind, ResourceSpec};

/// The epoch that every write raises: for answers of which it is not known which tables decide them.
pub(crate) const ANY: &str = "*";

/// The epoch on which every answer depends: for writes of which it is not known what they change.
pub(crate) const EVERY: &str = "**";

/// How long a statement can still be running whose result nobody waits for, where statements have no timeout.
const RUNNING: Duration = Duration::from_secs(60);

/// The epochs, and the resources that are known.
#[derive(Default)]
pub(super) struct Changes {
    epochs: RwLock<HashMap<&'static str, u64>>,
    resources: RwLock<HashMap<&'static str, &'static ResourceSpec>>,
}

impl Context {
    /// Registers resources of an API, so that the cascades between them are known.
    pub(crate) fn add_resources(&self, specs: impl IntoIterator<Item = &'static ResourceSpec>) {
        let mut known = self.0.changes.resources.write().unwrap_or_else(PoisonError::into_inner);
        known.extend(specs.into_iter().map(|spec| (spec.table, spec)));
    }

    /// The epochs of these tables, as they are now.
    pub(crate) fn epochs<'a>(&self, tables: impl Iterator<Item = &'a str>) -> Vec<u64> {
        let epochs = self.0.changes.epochs.read().unwrap_or_else(PoisonError::into_inner);
        tables.map(|table| epochs.get(table).copied().unwrap_or_default()).collect()
    }

    /// Raises the epochs of these tables, in this process and in the others.
    pub(crate) fn raise(&self, tables: &[&'static str]) {
        let mut epochs = self.0.changes.epochs.write().unwrap_or_else(PoisonError::into_inner);
        for table in tables {
            *epochs.entry(table).or_default() += 1;
        }
    }

    /// The same once more, when a statement whose result is unknown has certainly ended.
    fn raise_later(&self, tables: Vec<&'static str>) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        let (ctx, wait) = (self.clone(), self.statement_limit().unwrap_or(RUNNING));
        runtime.spawn(async move {
            tokio::time::sleep(wait).await;
            ctx.raise(&tables);
        });
    }

    /// The tables that a write of this resource can change. A deletion changes those that refer to the table as well,
    /// directly or not: rows of theirs may be deleted with the row, or lose their reference.
    pub(crate) fn changed_by(&self, spec: &'static ResourceSpec, is_delete: bool) -> Vec<&'static str> {
        let mut tables = vec![spec.table, ANY];
        if is_delete {
            let known = self.0.changes.resources.read().unwrap_or_else(PoisonError::into_inner);
            if !known.contains_key(spec.table) {
                // A job without an API does not know which resources refer to this one.
                tables.push(EVERY);
            }
            let all = reachable(known.values().copied().chain([spec]));
            let mut next = 0;
            while let Some(&table) = tables.get(next) {
                next += 1;
                let referring = all.values().filter(|other| refers_to(other, table)).map(|other| other.table);
                let new: Vec<_> = referring.filter(|table| !tables.contains(table)).collect();
                tables.extend(new);
            }
        }
        tables
    }
}

/// These resources, and all to which their relations lead.
fn reachable(from: impl Iterator<Item = &'static ResourceSpec>) -> HashMap<&'static str, &'static ResourceSpec> {
    let mut all = HashMap::new();
    let mut waiting: Vec<_> = from.collect();
    while let Some(spec) = waiting.pop() {
        if all.insert(spec.table, spec).is_some() {
            continue;
        }
        for relation in spec.relations {
            waiting.push((relation.target)());
            if let RelationKind::ManyToMany { through, .. } = relation.kind {
                waiting.push(through());
            }
        }
    }
    all
}

fn refers_to(spec: &ResourceSpec, table: &str) -> bool {
    let refers = |kind| matches!(kind, RelationKind::BelongsTo { .. });
    spec.relations.iter().any(|relation| refers(relation.kind) && (relation.target)().table == table)
}

/// A write that is being made. When it ends, however it ends, the epochs of its tables are raised: the future of a
/// statement can be dropped while the database executes it.
#[must_use = "the epochs are raised when this is dropped, which must be after the write"]
pub(crate) struct Changing {
    ctx: Context,
    tables: Vec<&'static str>,
    /// The outcome is known: the database is not still working on it.
    is_settled: bool,
}

impl Changing {
    pub(crate) fn new(ctx: &Context, tables: Vec<&'static str>) -> Self {
        Self { ctx: ctx.clone(), tables, is_settled: false }
    }

    /// The outcome is known.
    pub(crate) fn settle(mut self) {
        self.is_settled = true;
    }
}

impl Drop for Changing {
    fn drop(&mut self) {
        self.ctx.raise(&self.tables);
        if !self.is_settled {
            self.ctx.raise_later(std::mem::take(&mut self.tables));
        }
    }
}

/// The tables that a transaction has written so far.
#[derive(Default)]
pub(super) struct Written(Mutex<BTreeSet<&'static str>>);

impl Written {
    pub(super) fn add(&self, tables: &[&'static str]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(tables);
    }

    pub(super) fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect()
    }
}
