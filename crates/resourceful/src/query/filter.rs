//! Filters: the fields that can be filtered by, the operators that fit them, and the values.

use serde_json::Value as JsonValue;

use super::ast::{FieldPath, Filter, Op, Operand, Test};
use super::errors::{QueryError, Rejected};
use super::limits;
use super::viewer::Viewer;
use crate::error::catalogue;
use crate::resource::{FieldValue, json_to_value, text_to_value};
use crate::rules;
use crate::spec::{FieldSpec, Kind, RelationSpec, ResourceSpec};

const EQUALITY: &[Op] = &[Op::Eq, Op::Ne, Op::In, Op::NotIn, Op::IsNull];
const ORDERED: &[Op] = &[Op::Eq, Op::Ne, Op::In, Op::NotIn, Op::IsNull, Op::Gt, Op::Gte, Op::Lt, Op::Lte];
const TEXT: &[Op] =
    &[Op::Eq, Op::Ne, Op::In, Op::NotIn, Op::IsNull, Op::Contains, Op::IContains, Op::StartsWith, Op::EndsWith];

/// The operators that fit fields of this kind; none for JSON and bytes.
pub const fn operators(kind: &Kind) -> &'static [Op] {
    if !kind.is_comparable() {
        &[]
    } else if kind.is_ordered() {
        ORDERED
    } else if kind.is_text() {
        TEXT
    } else {
        EQUALITY
    }
}

/// Reads the filters of one query and keeps count of them.
#[derive(Debug, Default)]
pub(super) struct Reader {
    filters: usize,
    values: usize,
}

/// A field that a filter names, and the relations that lead to it.
#[derive(Debug, Clone)]
pub(super) struct Named {
    /// From the resource that the query is about.
    pub(super) relations: Vec<&'static RelationSpec>,
    /// The resource that has the field.
    pub(super) spec: &'static ResourceSpec,
    /// The field's index there.
    pub(super) index: usize,
}

impl Named {
    pub(super) fn field(&self) -> &'static FieldSpec {
        &self.spec.fields[self.index]
    }

    fn test(&self, op: Op, operand: Operand) -> Filter {
        Filter::Test(Test { path: FieldPath::own(self.spec, self.index), op, operand })
    }
}

/// Whether callers may know of this field, filterable or not.
pub(super) fn is_known(viewer: &Viewer<'_>, name: &str) -> bool {
    let spec = viewer.spec();
    spec.field_by_json(name).is_some_and(|(index, _)| spec.is_readable(index))
}

/// The names of all filters on the resource's own fields.
pub(super) fn allowed(viewer: &Viewer<'_>) -> Vec<&'static str> {
    let spec = viewer.spec();
    spec.filterable().filter(|field| viewer.sees(field.index)).map(|field| field.json).collect()
}

/// The field of this name: one of the resource's own, or `relation.field` of a related one.
pub(super) fn named(viewer: &Viewer<'_>, name: &str) -> Result<Named, Rejected> {
    let mut viewer = *viewer;
    let mut relations = Vec::new();
    let mut rest = name;
    while let Some((step, after)) = rest.split_once('.') {
        let relation = relation(&viewer, step)?;
        if relations.len() == limits::RELATIONS {
            return Err(too_far().into());
        }
        viewer = viewer.follow(relation)?;
        relations.push(relation);
        rest = after;
    }
    let spec = viewer.spec();
    let unknown = |message: String| Err(QueryError::new(&catalogue::UNKNOWN_FILTER, message).into());
    match spec.field_by_json(rest) {
        Some((index, _)) if spec.is_filterable(index) => {
            viewer.require_field(index)?;
            Ok(Named { relations, spec, index })
        }
        Some((index, _)) if spec.is_readable(index) => {
            unknown(format!("`{rest}` cannot be used in filters; allowed: {}", allowed(&viewer).join(", ")))
        }
        _ => unknown(rules::unknown("filter", rest, &allowed(&viewer))),
    }
}

/// The error of a filter that follows too many relations.
pub(super) fn too_far() -> QueryError {
    let message = format!("follows too many relations: a filter follows at most {}", limits::RELATIONS);
    QueryError::new(&catalogue::UNKNOWN_FILTER, message)
}

/// The relation of this name.
pub(super) fn relation(viewer: &Viewer<'_>, name: &str) -> Result<&'static RelationSpec, QueryError> {
    let spec = viewer.spec();
    spec.open_relations().find(|relation| relation.json == name).ok_or_else(|| {
        let known: Vec<&str> = spec.open_relations().map(|relation| relation.json).collect();
        let message = match known.is_empty() {
            true => format!("`{}` has no relations to filter by", spec.path),
            false => rules::unknown("relation", name, &known),
        };
        QueryError::new(&catalogue::UNKNOWN_FILTER, message)
    })
}

/// The operator of this name, if it fits the field.
pub(super) fn op(field: &FieldSpec, word: &str) -> Result<Op, QueryError> {
    let fitting = operators(&field.ty.kind);
    fitting.iter().copied().find(|op| op.word() == word).ok_or_else(|| {
        let words: Vec<&str> = fitting.iter().map(|op| op.word()).collect();
        invalid(rules::unknown(&format!("operator for `{}`", field.json), word, &words))
    })
}

/// Tests, each with the relations that lead to its field.
pub(super) type Tests = Vec<(Vec<&'static RelationSpec>, Filter)>;

/// All of these tests. Tests through the same relation to many are tests of the same related row.
pub(super) fn joined(tests: Tests) -> Vec<Filter> {
    let mut filters: Vec<Filter> = Vec::new();
    let mut groups: Vec<(Vec<&'static RelationSpec>, Tests)> = Vec::new();
    for (mut relations, filter) in tests {
        let Some(many) = relations.iter().position(|relation| relation.kind.is_to_many()) else {
            filters.push(relations.into_iter().rev().fold(filter, Filter::through));
            continue;
        };
        let rest = relations.split_off(many + 1);
        let same = |group: &[&'static RelationSpec]| {
            group.len() == relations.len() && group.iter().zip(&relations).all(|(a, b)| std::ptr::eq(*a, *b))
        };
        match groups.iter_mut().find(|(group, _)| same(group)) {
            Some((_, members)) => members.push((rest, filter)),
            None => groups.push((relations, vec![(rest, filter)])),
        }
    }
    for (relations, members) in groups {
        if let Some(filter) = Filter::all(joined(members)) {
            filters.push(relations.into_iter().rev().fold(filter, Filter::through));
        }
    }
    filters
}

impl Reader {
    /// A test whose value is text of a query string.
    pub(super) fn text(&mut self, named: &Named, op: Op, text: &str) -> Result<Filter, QueryError> {
        self.count_filter()?;
        let field = named.field();
        let operand = match op {
            Op::IsNull => match text {
                "true" => Operand::Flag(true),
                "false" => Operand::Flag(false),
                _ => return Err(invalid("must be true or false")),
            },
            Op::In | Op::NotIn => {
                self.count_values(text.split(',').count())?;
                let items = text.split(',').enumerate().map(|(at, item)| match item {
                    // An empty string cannot be distinguished from a surplus comma.
                    "" => Err(invalid(format!("value {} is empty", at + 1))),
                    _ => read_text(field, item).map_err(|error| item_error(at, error)),
                });
                Operand::List(items.collect::<Result<_, _>>()?)
            }
            _ => {
                check_needle(op, text)?;
                Operand::Value(read_text(field, text)?)
            }
        };
        Ok(named.test(op, operand))
    }

    /// A test whose value is JSON of a search body. Null asks whether the field is null.
    pub(super) fn json(&mut self, named: &Named, op: Op, json: &JsonValue) -> Result<Filter, QueryError> {
        self.count_filter()?;
        let field = named.field();
        let operand = match (op, json) {
            (Op::Eq, JsonValue::Null) => return Ok(named.test(Op::IsNull, Operand::Flag(true))),
            (Op::Ne, JsonValue::Null) => return Ok(named.test(Op::IsNull, Operand::Flag(false))),
            (Op::IsNull, JsonValue::Bool(flag)) => Operand::Flag(*flag),
            (Op::IsNull, _) => return Err(invalid("must be true or false")),
            (Op::In | Op::NotIn, JsonValue::Array(items)) => {
                self.count_values(items.len())?;
                let items = items
                    .iter()
                    .enumerate()
                    .map(|(at, item)| read_json(field, item).map_err(|error| item_error(at, error)));
                Operand::List(items.collect::<Result<_, _>>()?)
            }
            (Op::In | Op::NotIn, _) => return Err(invalid("must be an array of values")),
            (_, json) => {
                check_needle(op, json.as_str().unwrap_or("-"))?;
                Operand::Value(read_json(field, json)?)
            }
        };
        Ok(named.test(op, operand))
    }

    fn count_filter(&mut self) -> Result<(), QueryError> {
        self.filters += 1;
        if self.filters <= limits::FILTERS {
            return Ok(());
        }
        Err(invalid(format!("exceeds the limit: a query has at most {} filters", limits::FILTERS)))
    }

    fn count_values(&mut self, count: usize) -> Result<(), QueryError> {
        self.values = self.values.saturating_add(count);
        if count > limits::LIST {
            return Err(invalid(format!("must have at most {} values; this has {count}", limits::LIST)));
        }
        if self.values > limits::VALUES {
            return Err(invalid(format!(
                "exceeds the limit: all lists of a query together have at most {} values",
                limits::VALUES
            )));
        }
        Ok(())
    }
}

fn invalid(message: impl Into<String>) -> QueryError {
    QueryError::new(&catalogue::INVALID_FILTER, message)
}

fn item_error(at: usize, error: QueryError) -> QueryError {
    QueryError { message: format!("value {} {}", at + 1, error.message), ..error }
}

fn read_text(field: &FieldSpec, text: &str) -> Result<FieldValue, QueryError> {
    text_to_value(&field.ty.kind, text).map_err(|error| invalid(error.message))
}

fn read_json(field: &FieldSpec, json: &JsonValue) -> Result<FieldValue, QueryError> {
    match json {
        JsonValue::Null => Err(invalid("must not be null; use `isNull` instead")),
        _ => json_to_value(&field.ty.kind, json.clone()).map_err(|error| invalid(error.message)),
    }
}

fn check_needle(op: Op, text: &str) -> Result<(), QueryError> {
    let searches = matches!(op, Op::Contains | Op::IContains | Op::StartsWith | Op::EndsWith);
    if searches && (text.is_empty() || text.chars().nth(limits::NEEDLE).is_some()) {
        return Err(invalid(format!("must have 1 to {} characters", limits::NEEDLE)));
    }
    Ok(())
}
