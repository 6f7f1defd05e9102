//! Which tables were written: what kept answers are compared with.
//!
//! The cache counts the changes of each tag, and the tag of a resource is the name of its table. A write is counted after
//! it has been committed and before it is acknowledged. A kept answer has the counts that were read before its query was
//! sent, so an answer that may be older than an acknowledged write is never used.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Duration;

use futures_util::future::join_all;

use super::Context;
use crate::spec::{RelationKind, ResourceSpec};

/// The tag that every write raises: for answers of which it is not known which tables decide them.
pub(crate) const ANY: &str = "*";

/// The tag of every answer: for writes of which it is not known what they change.
pub(crate) const EVERY: &str = "**";

/// How long a statement can still be running whose result nobody waits for, where statements have no timeout.
const RUNNING: Duration = Duration::from_secs(60);

/// The resources that are known.
#[derive(Default)]
pub(super) struct Resources(RwLock<Specs>);

/// Resources by their address: several can have the same table, and different relations.
type Specs = HashMap<usize, &'static ResourceSpec>;

impl Context {
    /// Registers resources of an API, so that the cascades between them are known.
    pub(crate) fn add_resources(&self, specs: impl IntoIterator<Item = &'static ResourceSpec>) {
        let mut known = self.0.resources.0.write().unwrap_or_else(PoisonError::into_inner);
        known.extend(specs.into_iter().map(|spec| (std::ptr::from_ref(spec).addr(), spec)));
    }

    /// The resources of the APIs.
    #[cfg(feature = "storage")]
    pub(crate) fn api_resources(&self) -> Vec<&'static ResourceSpec> {
        self.0.resources.0.read().unwrap_or_else(PoisonError::into_inner).values().copied().collect()
    }

    /// The resources that are known, this one, and all to which their relations lead.
    #[cfg(feature = "storage")]
    pub(crate) fn known_resources(&self, and: &'static ResourceSpec) -> Vec<&'static ResourceSpec> {
        let known = self.0.resources.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut all: Vec<_> = reachable(known.values().copied().chain([and])).into_values().collect();
        // A resource can be known at several addresses.
        all.sort_by_key(|spec| (spec.table, spec.relations.len()));
        all.dedup_by_key(|spec| (spec.table, spec.relations.len()));
        all
    }

    /// Makes kept values with these tags outdated, in this process and in the others.
    pub(crate) async fn raise(&self, tags: &[&'static str]) {
        #[cfg(feature = "postgres")]
        if self.replicas().is_some() {
            super::note_write();
        }
        let cache = self.cache();
        join_all(tags.iter().map(|tag| cache.raise(tag))).await;
    }

    /// The tags that a write of this resource raises. A deletion raises those of the tables that refer to this one as well,
    /// directly or not: rows of theirs may be deleted with the row, or lose their reference.
    pub(crate) fn changed_by(&self, spec: &'static ResourceSpec, is_delete: bool) -> Vec<&'static str> {
        let mut tables = vec![spec.table, ANY];
        if is_delete {
            let known = self.0.resources.0.read().unwrap_or_else(PoisonError::into_inner);
            if !known.values().any(|known| known.table == spec.table) {
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
fn reachable(from: impl Iterator<Item = &'static ResourceSpec>) -> Specs {
    let mut all = HashMap::new();
    let mut waiting: Vec<_> = from.collect();
    while let Some(spec) = waiting.pop() {
        if all.insert(std::ptr::from_ref(spec).addr(), spec).is_some() {
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

/// A write that is being made. If its future is dropped before its result is known, the database may still execute it:
/// then its tags are raised at once and once more when it has certainly ended.
#[must_use = "a write ends with `end`"]
pub(crate) struct Changing {
    ctx: Context,
    /// Empty once the write has ended.
    tags: Vec<&'static str>,
}

impl Changing {
    pub(crate) fn new(ctx: &Context, tags: Vec<&'static str>) -> Self {
        Self { ctx: ctx.clone(), tags }
    }

    /// Raises the tags after the write, whatever its result was.
    pub(crate) async fn end(mut self, is_known: bool) {
        self.ctx.raise(&self.tags).await;
        if is_known {
            self.tags.clear();
        }
    }
}

impl Drop for Changing {
    fn drop(&mut self) {
        let Ok(runtime) = tokio::runtime::Handle::try_current() else { return };
        if self.tags.is_empty() {
            return;
        }
        let (ctx, tags) = (self.ctx.clone(), std::mem::take(&mut self.tags));
        let wait = ctx.statement_limit().unwrap_or(RUNNING);
        runtime.spawn(async move {
            ctx.raise(&tags).await;
            tokio::time::sleep(wait).await;
            ctx.raise(&tags).await;
        });
    }
}

/// The tags of what a transaction has written so far.
#[derive(Default)]
pub(super) struct Written(Mutex<BTreeSet<&'static str>>);

impl Written {
    pub(super) fn add(&self, tags: &[&'static str]) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(tags);
    }

    pub(super) fn take(&self) -> Vec<&'static str> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_iter().collect()
    }
}
