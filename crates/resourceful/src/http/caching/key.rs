//! The key of a kept answer: everything that decides it, so that no caller gets an answer that is not theirs.

use std::cell::RefCell;
use std::fmt::Write;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::query::{self, Include, ListQuery, Selection, Start, Viewer};
use crate::resource::{FieldValue, ResourceTable, Visible};
use crate::service::Engine;
use crate::spec::{Operation, ResourceSpec};

/// What a request asks for.
pub(crate) enum Asked<'a> {
    /// The row with this id.
    Row(&'a FieldValue, &'a Selection),
    /// A page of rows.
    Page(&'a ListQuery),
    /// Their number.
    Count(&'a ListQuery),
}

impl Asked<'_> {
    /// The other resources that decide the answer; `None` where they are not all known.
    pub(super) fn reached(&self, table: &'static ResourceTable) -> Option<Vec<&'static ResourceTable>> {
        let reached = match self {
            Self::Row(_, selection) => query::reached(table, None, &selection.include),
            Self::Page(list) => query::reached(table, list.filter.as_ref(), &list.selection.include),
            Self::Count(list) => query::reached(table, list.filter.as_ref(), &[]),
        };
        let mut reached = reached?;
        // In whichever order the request names them.
        reached.sort_unstable_by_key(|table| (table.spec.table, table.spec.type_name));
        Some(reached)
    }
}

/// The key, and the tags that make the answer outdated. Each part ends before the next begins: names have no spaces, and
/// values are written by `Debug`, with quotes around texts.
pub(super) fn of(
    viewer: &Viewer<'_>,
    engine: &Engine,
    operation: Operation,
    asked: &Asked<'_>,
    reached: &[&'static ResourceTable],
) -> (String, Vec<&'static str>) {
    let spec = viewer.spec();
    let mut sight = engine.sight(operation, reached);
    let mut key = String::with_capacity(160);
    key.push_str("answer ");
    write_fingerprint(&mut key, spec);
    key.push(' ');
    key.push_str(operation.name());
    for table in reached {
        key.push(' ');
        write_fingerprint(&mut key, table.spec);
    }
    match asked {
        Asked::Row(id, selection) => {
            let _ = write!(key, " {id:?} ");
            write_selection(&mut key, viewer, selection);
        }
        Asked::Page(list) => {
            // A cursor belongs to its caller.
            let _ = write!(key, " {:?} {:?} {} ", engine.caller(), list.count, list.size);
            write_list(&mut key, spec, list);
            let _ = match &list.start {
                Start::Page(page) => write!(key, " {page} "),
                Start::After(cursor) => write!(key, " {cursor:?} "),
            };
            write_selection(&mut key, viewer, &list.selection);
        }
        Asked::Count(list) => {
            key.push(' ');
            write_list(&mut key, spec, list);
        }
    }
    key.push_str(&sight.text);
    sight.tags.sort_unstable();
    sight.tags.dedup();
    (key, sight.tags)
}

/// Equal for equal queries, however they are written.
fn write_list(key: &mut String, spec: &ResourceSpec, list: &ListQuery) {
    // The words are part of the canonical text in lower case, and an order by rank depends on whether one was given.
    key.push_str(&query::canonical(spec, list, false));
    if !list.words.is_empty() && !list.is_sorted {
        key.push_str(" ranked");
    }
}

fn write_selection(key: &mut String, viewer: &Viewer<'_>, selection: &Selection) {
    if selection.fields.is_some() {
        let visible = Visible::of(viewer.table, viewer.actor, selection.fields.as_deref());
        let _ = write!(key, "{:?}{:?}", visible.fields(), visible.computed());
    }
    write_include(key, &selection.include);
}

fn write_include(key: &mut String, include: &[Include]) {
    if include.is_empty() {
        return;
    }
    let mut relations: Vec<&Include> = include.iter().collect();
    relations.sort_unstable_by_key(|include| include.relation.name);
    key.push('{');
    for include in relations {
        key.push_str(include.relation.name);
        write_include(key, &include.include);
        key.push(' ');
    }
    key.push('}');
}

/// Writes the version of a resource: what the JSON of its rows depends on. Processes of another version of the application
/// may share the cache.
fn write_fingerprint(key: &mut String, spec: &'static ResourceSpec) {
    thread_local! {
        // Each thread has its own, because a lock that all requests take would be the busiest place of the process.
        static KNOWN: RefCell<Vec<(usize, Box<str>)>> = const { RefCell::new(Vec::new()) };
    }
    let address = std::ptr::from_ref(spec).addr();
    KNOWN.with_borrow_mut(|known| {
        let at = known.iter().position(|(of, _)| *of == address).unwrap_or_else(|| {
            known.push((address, fingerprint(spec)));
            known.len() - 1
        });
        key.push_str(&known[at].1);
    });
}

fn fingerprint(spec: &ResourceSpec) -> Box<str> {
    let fields = spec.fields.iter().map(|field| {
        let ty = (field.ty.kind.describe(), field.ty.nullable);
        (field.name, field.json, field.column, ty, field.access, field.read)
    });
    let computed = spec.computed.iter().map(|one| (one.name, one.json, one.read));
    let relations = spec.relations.iter().map(|relation| (relation.name, relation.json, (relation.target)().table));
    let text = format!(
        "{} {} {} {:?} {:?} {:?} {:?} {:?}",
        env!("CARGO_PKG_VERSION"),
        spec.table,
        spec.type_name,
        fields.collect::<Vec<_>>(),
        computed.collect::<Vec<_>>(),
        relations.collect::<Vec<_>>(),
        spec.owner,
        spec.page,
    );
    // The same in every process that was built with the same compiler; others share nothing, which costs a query.
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    format!("{}:{:x}", spec.table, hasher.finish()).into()
}
