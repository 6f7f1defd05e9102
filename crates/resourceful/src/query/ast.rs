//! A list request as a tree: what the parsers make and the SQL compiler reads.

use std::fmt;

use super::viewer::Viewer;
use crate::resource::FieldValue;
use crate::spec::{FieldSpec, RelationSpec, ResourceSpec};

/// Which rows, in which order, how many.
#[derive(Debug, Clone)]
pub struct ListQuery {
    /// The condition; all rows when `None`.
    pub filter: Option<Filter>,
    /// The words of `q`: each must occur in one of the search fields.
    pub words: Vec<String>,
    /// The order, without the id that always ends it.
    pub sort: Vec<SortKey>,
    /// The caller gave this order; without one, full-text search orders by rank.
    pub is_sorted: bool,
    /// Where the page begins.
    pub start: Start,
    /// Rows per page.
    pub size: u32,
    /// Whether to count all.
    pub count: Count,
    /// The fields and relations that are shown of each row.
    pub selection: Selection,
}

/// Where a page begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Start {
    /// At the page of this number, from 1.
    Page(u64),
    /// After the row of this cursor.
    After(String),
}

/// The fields and relations that are shown of a row.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    /// Only these fields: indexes of the resource's fields, and after them of its computed ones. All when `None`.
    pub fields: Option<Vec<usize>>,
    /// The relations.
    pub include: Vec<Include>,
}

/// A relation that is shown with a row.
#[derive(Debug, Clone)]
pub struct Include {
    /// The relation.
    pub relation: &'static RelationSpec,
    /// The relations that are shown of the related rows.
    pub include: Vec<Include>,
}

impl ListQuery {
    /// A list without parameters: the first page of all rows in the resource's default order.
    pub fn new(spec: &'static ResourceSpec) -> Self {
        let sort = spec.sort.iter().filter_map(|key| {
            let (field, _) = spec.field(key.field)?;
            Some(SortKey { field, descending: key.descending })
        });
        Self {
            filter: None,
            words: Vec::new(),
            sort: sort.collect(),
            is_sorted: false,
            start: Start::Page(1),
            size: spec.page.default,
            count: Count::Exact,
            selection: Selection::default(),
        }
    }

    /// The same, without the keys of the order that this caller may not see: the order would reveal their values.
    pub fn by(viewer: &Viewer<'_>) -> Self {
        let mut query = Self::new(viewer.spec());
        query.sort.retain(|key| viewer.actor.holds(viewer.spec().fields[key.field].read));
        query
    }

    /// The number of rows before the page; none for a cursor. The parsers refuse pages whose end does not fit an `i64`.
    pub fn offset(&self) -> u64 {
        match self.start {
            Start::Page(page) => {
                page.saturating_sub(1).saturating_mul(u64::from(self.size)).min(i64::MAX.unsigned_abs())
            }
            Start::After(_) => 0,
        }
    }
}

/// Whether to count the rows of all pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Exactly.
    Exact,
    /// Exactly when there are few, otherwise as the database's planner estimates.
    Estimated,
    /// Not at all.
    None,
}

/// One key of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortKey {
    /// The field's index.
    pub field: usize,
    /// Descending.
    pub descending: bool,
}

/// A condition on rows. Two-valued: every test is true or false, also on null.
#[derive(Clone)]
pub enum Filter {
    /// All of these; true when empty.
    And(Vec<Filter>),
    /// At least one of these; false when empty.
    Or(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// A test of one field.
    Test(Test),
    /// The related row, or one of the related rows, matches this. All tests inside are of the same row.
    Related {
        /// The relation.
        relation: &'static RelationSpec,
        /// What the related row matches.
        filter: Box<Filter>,
    },
}

impl Filter {
    /// This field of the resource has this value. Never true when the value is null.
    pub fn equals(spec: &'static ResourceSpec, field: usize, value: FieldValue) -> Self {
        Self::Test(Test { path: FieldPath::own(spec, field), op: Op::Eq, operand: Operand::Value(value) })
    }

    /// The same for a field of the related row. Through a relation to one row, a missing row counts as one whose fields
    /// are all null, as in all tests.
    pub(super) fn through(self, relation: &'static RelationSpec) -> Self {
        if relation.kind.is_to_many() {
            return Self::Related { relation, filter: Box::new(self) };
        }
        let each = |parts: Vec<Self>| parts.into_iter().map(|part| part.through(relation)).collect();
        match self {
            Self::And(parts) => Self::And(each(parts)),
            Self::Or(parts) => Self::Or(each(parts)),
            Self::Not(part) => Self::Not(Box::new(part.through(relation))),
            Self::Test(mut test) => {
                test.path.relations.insert(0, relation);
                Self::Test(test)
            }
            related @ Self::Related { .. } => Self::Related { relation, filter: Box::new(related) },
        }
    }

    /// Whether it tests rows of other resources.
    pub fn asks_related(&self) -> bool {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().any(Self::asks_related),
            Self::Not(part) => part.asks_related(),
            Self::Test(test) => !test.path.relations.is_empty(),
            Self::Related { .. } => true,
        }
    }

    /// All of these, without a needless `And` around one; `None` when there are none.
    pub fn all(mut filters: Vec<Self>) -> Option<Self> {
        if filters.len() > 1 { Some(Self::And(filters)) } else { filters.pop() }
    }
}

// The specs of related resources are large and may refer to each other.
impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => f.debug_tuple("And").field(parts).finish(),
            Self::Or(parts) => f.debug_tuple("Or").field(parts).finish(),
            Self::Not(part) => f.debug_tuple("Not").field(part).finish(),
            Self::Test(test) => test.fmt(f),
            Self::Related { relation, filter } => f.debug_tuple("Related").field(&relation.name).field(filter).finish(),
        }
    }
}

/// A test of one field.
#[derive(Debug, Clone)]
pub struct Test {
    /// The field.
    pub path: FieldPath,
    /// The comparison.
    pub op: Op,
    /// What it is compared with.
    pub operand: Operand,
}

/// A field of the resource, or of a related one.
#[derive(Clone)]
pub struct FieldPath {
    /// The relations to follow; none for a field of the resource's own.
    pub relations: Vec<&'static RelationSpec>,
    /// The resource that has the field.
    pub spec: &'static ResourceSpec,
    /// The field's index there.
    pub field: usize,
}

impl FieldPath {
    /// A field of the resource's own.
    pub fn own(spec: &'static ResourceSpec, field: usize) -> Self {
        Self { relations: Vec::new(), spec, field }
    }

    /// The path of these Rust names, relations first and a field last, as in [`OwnerSpec`](crate::spec::OwnerSpec).
    /// `None` when a name is not one of the resource it is looked up in.
    pub fn resolve(spec: &'static ResourceSpec, names: &[&str]) -> Option<Self> {
        let (field, steps) = names.split_last()?;
        let mut relations = Vec::with_capacity(steps.len());
        let mut spec = spec;
        for step in steps {
            let relation = spec.relation(step)?;
            relations.push(relation);
            spec = (relation.target)();
        }
        let (field, _) = spec.field(field)?;
        Some(Self { relations, spec, field })
    }

    /// The field.
    pub fn field(&self) -> &'static FieldSpec {
        &self.spec.fields[self.field]
    }
}

// The specs of related resources are large and may refer to each other.
impl fmt::Debug for FieldPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for relation in &self.relations {
            write!(f, "{}.", relation.name)?;
        }
        f.write_str(self.field().name)
    }
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Op {
    /// `eq`, the bare form.
    Eq,
    /// `ne`; true on null.
    Ne,
    /// `in`
    In,
    /// `nin`; true on null.
    NotIn,
    /// `isNull`
    IsNull,
    /// `gt`
    Gt,
    /// `gte`
    Gte,
    /// `lt`
    Lt,
    /// `lte`
    Lte,
    /// `contains`
    Contains,
    /// `icontains`; ignores case, beyond ASCII too.
    IContains,
    /// `startsWith`
    StartsWith,
    /// `endsWith`
    EndsWith,
}

impl Op {
    /// The word in queries, as in `name[contains]`.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Eq => "eq",
            Self::Ne => "ne",
            Self::In => "in",
            Self::NotIn => "nin",
            Self::IsNull => "isNull",
            Self::Gt => "gt",
            Self::Gte => "gte",
            Self::Lt => "lt",
            Self::Lte => "lte",
            Self::Contains => "contains",
            Self::IContains => "icontains",
            Self::StartsWith => "startsWith",
            Self::EndsWith => "endsWith",
        }
    }
}

/// What a field is compared with.
#[derive(Debug, Clone, PartialEq)]
pub enum Operand {
    /// One value.
    Value(FieldValue),
    /// Any of several.
    List(Vec<FieldValue>),
    /// Whether it is null.
    Flag(bool),
}
