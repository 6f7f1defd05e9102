//! The indexes that the lists of the resources would use, in addition to those that their tables have.
//!
//! The specs say which lists callers may request. How often they request them, and how many rows there are, only the
//! operator knows. So this is advice and not part of the tables: an index for each order that a list can have and for each filter
//! that can narrow it, with its reason. Combinations of filters, and the conditions of policies, are not considered.

use std::collections::HashSet;

use sea_orm::DbBackend;

use super::render::{column_type, constraint_name};
use super::wanted::{search_column, search_index};
use crate::query::full_text::{kept_column, quoted};
use crate::query::{SortKey, total};
use crate::spec::{
    FieldRef, FieldRole, FieldSpec, Kind, Operation, OwnerSpec, RelationKind, ResourceSpec, Rule, SearchSpec, SortSpec,
};

/// An index that lists would use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexAdvice {
    /// The table.
    pub table: &'static str,
    /// The index's name.
    pub name: String,
    /// The statements that create it: the last one creates the index, and those before create what it needs. None of them
    /// fails if the index exists.
    pub statements: Vec<String>,
    /// What it is for.
    pub reason: String,
    /// What to consider before it is created; `None` for most.
    pub caution: Option<String>,
}

/// The indexes from which the filters, orders, cursors and owners of these resources benefit on this database, without
/// those that the tables have and those that are a prefix of another.
pub fn index_advice(backend: DbBackend, specs: &[&'static ResourceSpec]) -> Vec<IndexAdvice> {
    let mut names = HashSet::new();
    let mut all = Vec::new();
    for &spec in specs {
        let mut collector = IndexCollector { backend, spec, indexes: Vec::new() };
        collector.orders();
        collector.owner(specs);
        collector.filters();
        for index in merged(collector.indexes) {
            all.push(advice(backend, spec, index, &mut names));
        }
        all.extend(trigrams(backend, spec));
        all.extend(kept_documents(backend, spec));
    }
    all
}

/// A useful index, with its reason.
struct UsefulIndex {
    keys: Vec<SortKey>,
    uses: Vec<String>,
    caution: Option<String>,
}

impl UsefulIndex {
    /// Whether this index replaces the other: it begins with the other's keys, in the other's directions
    /// or, read backward, in the opposite of all. Equal indexes replace each other; the caller decides which one is kept.
    fn covers(&self, other: &Self) -> bool {
        let both = || self.keys.iter().zip(&other.keys);
        let certain = self.caution.is_none() || other.caution.is_some();
        certain
            && self.keys.len() >= other.keys.len()
            && both().all(|(here, there)| here.field == there.field)
            && (both().all(|(here, there)| here.descending == there.descending)
                || both().all(|(here, there)| here.descending != there.descending))
    }
}

/// Collects the indexes that the lists of one table would use.
struct IndexCollector {
    backend: DbBackend,
    spec: &'static ResourceSpec,
    indexes: Vec<UsefulIndex>,
}

impl IndexCollector {
    fn offers(&self, operations: &[Operation]) -> bool {
        operations.iter().any(|&operation| self.spec.operation(operation).is_some())
    }

    fn json(&self, field: usize) -> &'static str {
        self.spec.fields[field].json
    }

    /// The list's default order, with the id that ends it.
    fn own_order(&self) -> Vec<SortKey> {
        let key = |key: &SortSpec| Some(SortKey { field: self.spec.field(key.field)?.0, descending: key.descending });
        let keys: Vec<SortKey> = self.spec.sort.iter().filter_map(key).collect();
        total(self.spec, &keys)
    }

    /// Adds an index on these keys, unless the table's own indexes serve them already.
    fn add(&mut self, mut keys: Vec<SortKey>, mut uses: String, caution: Option<String>) {
        let spec = self.spec;
        // An index is read backward as well as forward: directions matter only where they differ.
        if keys.iter().all(|key| key.descending) {
            keys.iter_mut().for_each(|key| key.descending = false);
        }
        // SQLite appends the rowid to each index, and an integer id is the rowid.
        let is_row_number =
            self.backend == DbBackend::Sqlite && matches!(spec.id_field().ty.kind, Kind::I32 | Kind::I64);
        if is_row_number && keys.len() > 1 {
            keys.pop_if(|last| last.field == spec.id && !last.descending);
        }
        let Some(first) = keys.first().map(|key| &spec.fields[key.field]) else { return };
        // Rows with a unique first key need no further order.
        if first.unique || first.role == FieldRole::Id || (keys.len() == 1 && is_indexed(spec, first)) {
            return;
        }
        if is_indexed(spec, first) {
            uses.push_str(&format!("; it also replaces {}", constraint_name("ix", spec.table, first.column)));
        }
        let caution = caution.or_else(|| self.limit(&keys));
        self.indexes.push(UsefulIndex { keys, uses: vec![uses], caution });
    }

    /// In each order that a list can have, pages and cursors read the index from where they begin: the row's id is the
    /// last key of all of them, in the direction of the one before.
    fn orders(&mut self) {
        if !self.offers(&[Operation::List, Operation::Search]) {
            return;
        }
        let own = self.own_order();
        self.add(own, "the list's default order, by page and by cursor".to_owned(), None);
        for FieldRef { index: field, .. } in self.spec.sortable() {
            let json = self.json(field);
            let keys = total(self.spec, &[SortKey { field, descending: false }]);
            self.add(keys, format!("sort={json} and sort=-{json}, by page and by cursor"), None);
        }
    }

    /// The rows of one owner in the list's default order. Other sort orders within one owner touch few rows.
    fn owner(&mut self, specs: &[&'static ResourceSpec]) {
        if self.offers(&[Operation::SelfList])
            && let Some((owner, _)) = self.spec.own_owner_field()
        {
            let first =
                SortKey { field: owner, descending: self.own_order().first().is_some_and(|key| key.descending) };
            let rest = self.own_order().into_iter().filter(|key| key.field != owner);
            self.add(
                [first].into_iter().chain(rest).collect(),
                "/self: the rows of one owner in the list's default order".to_owned(),
                None,
            );
        }
        // Rows whose owner is found through this resource: each step is a reference, which has an index; the last step is
        // the owner field of this resource.
        for other in specs {
            let Some(OwnerSpec { path: [steps @ .., last] }) = other.owner else { continue };
            let end = steps.iter().try_fold(*other, |at, step| Some((at.relation(step)?.target)()));
            if !steps.is_empty()
                && end.is_some_and(|end| end.table == self.spec.table)
                && let Some((field, _)) = self.spec.field(last)
            {
                let keys = vec![SortKey { field, descending: false }];
                self.add(keys, format!("/{}/self, whose owner is found in this table", other.path), None);
            }
        }
    }

    fn filters(&mut self) {
        if !self.offers(&[Operation::List, Operation::Search, Operation::Count]) {
            return;
        }
        for FieldRef { index: field, .. } in self.spec.filterable() {
            let json = self.json(field);
            let key = SortKey { field, descending: false };
            if has_few_values(&self.spec.fields[field].ty.kind) {
                // Each value selects much of the table, which is then read faster without an index: such an index only
                // helps together with an order. An order by the field itself has one.
                if !self.spec.is_sortable(field) {
                    let own = self.own_order();
                    let first = SortKey { descending: own.first().is_some_and(|key| key.descending), ..key };
                    let keys = [first].into_iter().chain(own).collect();
                    let caution =
                        format!("`{json}` has few different values, so this helps only filters by a rare value");
                    self.add(keys, format!("filters on {json} in the list's default order"), Some(caution));
                }
                continue;
            }
            self.add(vec![key], format!("filters on {json}"), None);
        }
    }

    /// A reason for caution before the index is created.
    fn limit(&self, keys: &[SortKey]) -> Option<String> {
        let fields = || keys.iter().map(|key| &self.spec.fields[key.field]);
        if self.backend == DbBackend::Sqlite {
            return fields().any(|field| matches!(field.ty.kind, Kind::Decimal)).then(|| {
                "create it in a migration: the sqlite3 shell does not know the collation of decimals, and cannot \
                 write to the table afterwards"
                    .to_owned()
            });
        }
        let most = fields().try_fold(0_usize, |sum, field| Some(sum + longest(self.spec, field)?));
        let long: Vec<&str> = fields()
            .filter(|field| longest(self.spec, field).is_none_or(|most| most > 255))
            .map(|field| field.json)
            .collect();
        most.is_none_or(|most| most > ENTRY).then(|| {
            format!(
                "PostgreSQL refuses rows whose index entry is longer than 2,704 bytes; a lower `length(..)` of {} \
                 would keep them short",
                long.join(", ")
            )
        })
    }
}

/// The most bytes of one entry in a B-tree of PostgreSQL, without the bytes that PostgreSQL adds.
const ENTRY: usize = 2_600;

/// The most bytes of one value; `None` when nothing limits them. If the table already has an index on the column,
/// another index adds no further limit.
fn longest(spec: &ResourceSpec, field: &FieldSpec) -> Option<usize> {
    let declared = field.unique || field.role == FieldRole::Id || is_indexed(spec, field);
    let limit = |rule: &Rule| match rule {
        // A character has four bytes at most.
        Rule::Length { max: Some(max), .. } => Some(max * 4),
        Rule::OneOf(values) => values.iter().map(|value| value.len()).max(),
        _ => None,
    };
    match field.ty.kind {
        Kind::String => field.rules.iter().filter_map(limit).min().or(declared.then_some(255)),
        Kind::Json(_) | Kind::Bytes | Kind::File => None,
        _ => Some(64),
    }
}

/// Whether the table has an index on this column that is not unique.
fn is_indexed(spec: &ResourceSpec, field: &FieldSpec) -> bool {
    let refers = |kind: &RelationKind| matches!(kind, RelationKind::BelongsTo { field: own, .. } if *own == field.name);
    field.index || spec.leads_unique(field) || spec.relations.iter().any(|relation| refers(&relation.kind))
}

fn has_few_values(kind: &Kind) -> bool {
    match kind {
        Kind::Bool => true,
        Kind::Enum(spec) => spec.variants.len() <= 16,
        _ => false,
    }
}

/// The indexes that no other covers; each also lists the purposes of those that it covers.
fn merged(indexes: Vec<UsefulIndex>) -> Vec<UsefulIndex> {
    let longest_cover = |at: usize| {
        let covers = |&other: &usize| indexes[other].covers(&indexes[at]);
        let covering = (0..indexes.len()).filter(covers).rev();
        covering.max_by_key(|&other| (indexes[other].keys.len(), indexes[other].caution.is_none())).unwrap_or(at)
    };
    let covers: Vec<usize> = (0..indexes.len()).map(longest_cover).collect();
    let mut kept: Vec<Option<UsefulIndex>> = indexes.into_iter().map(Some).collect();
    for (at, &cover) in covers.iter().enumerate() {
        if cover != at
            && let Some(covered) = kept[at].take()
            && let Some(cover) = &mut kept[cover]
        {
            cover.uses.extend(covered.uses);
        }
    }
    kept.into_iter().flatten().collect()
}

fn advice(backend: DbBackend, spec: &ResourceSpec, index: UsefulIndex, names: &mut HashSet<String>) -> IndexAdvice {
    let mixed = index.keys.iter().any(|key| key.descending);
    // Null is larger than any value in every order, which is PostgreSQL's default; SQLite reads nulls
    // from the other end of the same index.
    let column = |key: &SortKey| {
        let direction = match (mixed, key.descending) {
            (false, _) => "",
            (true, false) => " ASC",
            (true, true) => " DESC",
        };
        format!("{}{direction}", quoted(spec.fields[key.field].column))
    };
    let columns: Vec<String> = index.keys.iter().map(column).collect();
    let words: Vec<String> = index
        .keys
        .iter()
        .map(|key| format!("{}{}", spec.fields[key.field].column, if key.descending { "_desc" } else { "" }))
        .collect();
    let mut words = format!("by_{}", words.join("_"));
    let mut name = constraint_name("ix", spec.table, &words);
    // The columns `a_b, c` and `a, b_c` result in the same name.
    while !names.insert(name.clone()) {
        words.push_str("_too");
        name = constraint_name("ix", spec.table, &words);
    }
    debug_assert!(backend == DbBackend::Postgres || backend == DbBackend::Sqlite);
    let statement =
        format!("CREATE INDEX IF NOT EXISTS {} ON {} ({})", quoted(&name), quoted(spec.table), columns.join(", "));
    IndexAdvice {
        table: spec.table,
        name,
        statements: vec![statement],
        reason: index.uses.join("; "),
        caution: index.caution,
    }
}

/// The column and the index of full-text search, for tables that were created without them or whose search fields have
/// changed since. The statements do nothing where they exist.
fn kept_documents(backend: DbBackend, spec: &'static ResourceSpec) -> Option<IndexAdvice> {
    let lists = [Operation::List, Operation::Search, Operation::Count];
    let is_offered = lists.iter().any(|&operation| spec.operation(operation).is_some());
    let (column, document) = kept_column(spec).filter(|_| backend == DbBackend::Postgres && is_offered)?;
    let name = search_index(spec);
    let definition = column_type(backend, &search_column(column.clone(), document));
    Some(IndexAdvice {
        table: spec.table,
        statements: vec![
            format!("ALTER TABLE {} ADD COLUMN IF NOT EXISTS {definition}", quoted(spec.table)),
            format!(
                "CREATE INDEX IF NOT EXISTS {} ON {} USING gin ({})",
                quoted(&name),
                quoted(spec.table),
                quoted(&column)
            ),
        ],
        name,
        reason: "q, without splitting the text of each row into words again; newly created tables have it".to_owned(),
        caution: Some(
            "adding the column rewrites and locks the whole table; afterwards drop an older column \
             `resourceful_search_..` and its index"
                .to_owned(),
        ),
    })
}

/// The index that finds the text of `q` anywhere in a field. PostgreSQL has it as an extension; SQLite has none.
fn trigrams(backend: DbBackend, spec: &'static ResourceSpec) -> Option<IndexAdvice> {
    let lists = [Operation::List, Operation::Search, Operation::Count];
    let is_offered = lists.iter().any(|&operation| spec.operation(operation).is_some());
    if backend != DbBackend::Postgres || spec.search != SearchSpec::Substring || !is_offered {
        return None;
    }
    let fields: Vec<&FieldSpec> = spec.searchable().map(|field| field.field).collect();
    if fields.is_empty() {
        return None;
    }
    let columns: Vec<String> = fields.iter().map(|field| format!("{} gin_trgm_ops", quoted(field.column))).collect();
    let names: Vec<&str> = fields.iter().map(|field| field.json).collect();
    let name = constraint_name("ix", spec.table, "trigrams");
    Some(IndexAdvice {
        table: spec.table,
        statements: vec![
            "CREATE EXTENSION IF NOT EXISTS pg_trgm".to_owned(),
            format!(
                "CREATE INDEX IF NOT EXISTS {} ON {} USING gin ({})",
                quoted(&name),
                quoted(spec.table),
                columns.join(", ")
            ),
        ],
        name,
        reason: format!("q and icontains on {}, for words of at least three letters", names.join(", ")),
        caution: Some(
            "it needs the extension pg_trgm and makes writes of these fields slower; without it q reads the whole table, \
             unless the resource has `search = \"full_text\"`"
                .to_owned(),
        ),
    })
}
