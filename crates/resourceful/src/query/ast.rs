//! A list request as a tree: what the parsers make and the SQL compiler reads.

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
#[derive(Debug, Clone)]
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

    /// The field.
    pub fn field(&self) -> &'static FieldSpec {
        &self.spec.fields[self.field]
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
