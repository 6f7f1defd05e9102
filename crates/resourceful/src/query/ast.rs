//! A list request as a tree: what the parsers make and the SQL compiler reads.

use std::fmt;

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
    /// The page, from 1.
    pub page: u64,
    /// Rows a page.
    pub size: u32,
    /// Whether to count all.
    pub count: Count,
}

impl ListQuery {
    /// What a list without parameters asks for: the first page of all rows in the resource's own order.
    pub fn new(spec: &'static ResourceSpec) -> Self {
        let sort = spec.sort.iter().filter_map(|key| {
            let (field, _) = spec.field(key.field)?;
            Some(SortKey { field, descending: key.descending })
        });
        Self {
            filter: None,
            words: Vec::new(),
            sort: sort.collect(),
            page: 1,
            size: spec.page.default,
            count: Count::Exact,
        }
    }

    /// The rows before the page. The parsers refuse pages whose end does not fit an `i64`.
    pub fn offset(&self) -> u64 {
        self.page.saturating_sub(1).saturating_mul(u64::from(self.size)).min(i64::MAX.unsigned_abs())
    }
}

/// Whether to count the rows of all pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Count {
    /// Exactly.
    Exact,
    /// Not at all.
    None,
}

/// One key of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SortKey {
    /// The field's index.
    pub field: usize,
    /// Largest first.
    pub descending: bool,
}

/// A condition on rows. Two-valued: every test is true or false, also on null.
#[derive(Debug, Clone)]
pub enum Filter {
    /// All of these; true when empty.
    And(Vec<Filter>),
    /// At least one of these; false when empty.
    Or(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// A test of one field.
    Test(Test),
    /// The row that the relation leads to, or one of those, obeys this. All tests inside are of the same row.
    Related {
        /// The relation.
        relation: &'static RelationSpec,
        /// What the related row obeys.
        filter: Box<Filter>,
    },
}

impl Filter {
    /// The field of the resource's own holds this value. Never true when the value is null.
    pub fn equals(spec: &'static ResourceSpec, field: usize, value: FieldValue) -> Self {
        Self::Test(Test { path: FieldPath::own(spec, field), op: Op::Eq, operand: Operand::Value(value) })
    }

    /// All of these, without a needless `And` around one; `None` when there are none.
    pub fn all(mut filters: Vec<Self>) -> Option<Self> {
        if filters.len() > 1 { Some(Self::And(filters)) } else { filters.pop() }
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

// The specs behind a path are large and may point at each other.
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
