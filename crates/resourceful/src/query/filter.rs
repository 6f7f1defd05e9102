//! Filters: which fields are open, which operators fit, and what values may be.

use serde_json::Value as JsonValue;

use super::ast::{FieldPath, Filter, Op, Operand, Test};
use super::limits;
use super::mistakes::Mistake;
use crate::error::catalogue;
use crate::resource::{FieldValue, json_to_value, text_to_value};
use crate::rules;
use crate::spec::{FieldSpec, Kind, ResourceSpec};

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

/// Whether callers may filter by the field at this index: the id, and what opted in and can be seen. A field that
/// cannot be seen could be guessed letter by letter if it could be filtered.
pub fn is_filterable(spec: &ResourceSpec, index: usize) -> bool {
    let field = &spec.fields[index];
    (field.filter || index == spec.id) && field.ty.kind.is_comparable() && spec.is_readable(index)
}

/// Reads the filters of one query and keeps count of them.
#[derive(Debug)]
pub(super) struct Reader {
    spec: &'static ResourceSpec,
    filters: usize,
    values: usize,
}

impl Reader {
    pub(super) fn new(spec: &'static ResourceSpec) -> Self {
        Self { spec, filters: 0, values: 0 }
    }

    /// Whether callers may know of this field, filterable or not.
    pub(super) fn is_known(&self, name: &str) -> bool {
        self.spec.field_by_json(name).is_some_and(|(index, _)| self.spec.is_readable(index))
    }

    /// The names of all filters.
    pub(super) fn allowed(&self) -> impl Iterator<Item = &'static str> {
        let spec = self.spec;
        (0..spec.fields.len()).filter(|&index| is_filterable(spec, index)).map(|index| spec.fields[index].json)
    }

    /// The field of this name. Fields of related resources (`owner.email`) would be looked up here.
    pub(super) fn field(&self, name: &str) -> Result<usize, Mistake> {
        let allowed = || self.allowed().collect::<Vec<_>>();
        match self.spec.field_by_json(name) {
            Some((index, _)) if is_filterable(self.spec, index) => Ok(index),
            Some((index, _)) if self.spec.is_readable(index) => {
                let message = format!("`{name}` is not open to filters; allowed: {}", allowed().join(", "));
                Err(Mistake::new(&catalogue::UNKNOWN_FILTER, message))
            }
            _ => Err(Mistake::new(&catalogue::UNKNOWN_FILTER, rules::unknown("filter", name, &allowed()))),
        }
    }

    /// The operator of this name, if it fits the field.
    pub(super) fn op(&self, index: usize, word: &str) -> Result<Op, Mistake> {
        let field = &self.spec.fields[index];
        let fitting = operators(&field.ty.kind);
        fitting.iter().copied().find(|op| op.word() == word).ok_or_else(|| {
            let words: Vec<&str> = fitting.iter().map(|op| op.word()).collect();
            invalid(rules::unknown(&format!("operator for `{}`", field.json), word, &words))
        })
    }

    /// A test whose value is text of a query string.
    pub(super) fn text(&mut self, index: usize, op: Op, text: &str) -> Result<Filter, Mistake> {
        self.count_filter()?;
        let field = &self.spec.fields[index];
        let operand = match op {
            Op::IsNull => match text {
                "true" => Operand::Flag(true),
                "false" => Operand::Flag(false),
                _ => return Err(invalid("must be true or false")),
            },
            Op::In | Op::NotIn => {
                self.count_values(text.split(',').count())?;
                let items = text.split(',').enumerate().map(|(at, item)| match item {
                    // Nobody can tell an empty string from a comma too many.
                    "" => Err(invalid(format!("value {} is empty", at + 1))),
                    _ => read_text(field, item).map_err(|mistake| item_mistake(at, mistake)),
                });
                Operand::List(items.collect::<Result<_, _>>()?)
            }
            _ => {
                check_needle(op, text)?;
                Operand::Value(read_text(field, text)?)
            }
        };
        Ok(self.test(index, op, operand))
    }

    /// A test whose value is JSON of a search body. Null asks whether the field is null.
    pub(super) fn json(&mut self, index: usize, op: Op, json: &JsonValue) -> Result<Filter, Mistake> {
        self.count_filter()?;
        let field = &self.spec.fields[index];
        let operand = match (op, json) {
            (Op::Eq, JsonValue::Null) => return Ok(self.test(index, Op::IsNull, Operand::Flag(true))),
            (Op::Ne, JsonValue::Null) => return Ok(self.test(index, Op::IsNull, Operand::Flag(false))),
            (Op::IsNull, JsonValue::Bool(flag)) => Operand::Flag(*flag),
            (Op::IsNull, _) => return Err(invalid("must be true or false")),
            (Op::In | Op::NotIn, JsonValue::Array(items)) => {
                self.count_values(items.len())?;
                let items = items
                    .iter()
                    .enumerate()
                    .map(|(at, item)| read_json(field, item).map_err(|mistake| item_mistake(at, mistake)));
                Operand::List(items.collect::<Result<_, _>>()?)
            }
            (Op::In | Op::NotIn, _) => return Err(invalid("must be an array of values")),
            (_, json) => {
                check_needle(op, json.as_str().unwrap_or("-"))?;
                Operand::Value(read_json(field, json)?)
            }
        };
        Ok(self.test(index, op, operand))
    }

    fn test(&self, index: usize, op: Op, operand: Operand) -> Filter {
        Filter::Test(Test { path: FieldPath::own(self.spec, index), op, operand })
    }

    fn count_filter(&mut self) -> Result<(), Mistake> {
        self.filters += 1;
        if self.filters <= limits::FILTERS {
            return Ok(());
        }
        Err(invalid(format!("is one too many: a query has at most {} filters", limits::FILTERS)))
    }

    fn count_values(&mut self, count: usize) -> Result<(), Mistake> {
        self.values = self.values.saturating_add(count);
        if count > limits::LIST {
            return Err(invalid(format!("must have at most {} values; this has {count}", limits::LIST)));
        }
        if self.values > limits::VALUES {
            return Err(invalid(format!("is too much: the lists of a query have at most {} values", limits::VALUES)));
        }
        Ok(())
    }
}

fn invalid(message: impl Into<String>) -> Mistake {
    Mistake::new(&catalogue::INVALID_FILTER, message)
}

fn item_mistake(at: usize, mistake: Mistake) -> Mistake {
    Mistake { message: format!("value {} {}", at + 1, mistake.message), ..mistake }
}

fn read_text(field: &FieldSpec, text: &str) -> Result<FieldValue, Mistake> {
    text_to_value(&field.ty.kind, text).map_err(|error| invalid(error.message))
}

fn read_json(field: &FieldSpec, json: &JsonValue) -> Result<FieldValue, Mistake> {
    match json {
        JsonValue::Null => Err(invalid("must not be null; `isNull` asks for that")),
        _ => json_to_value(&field.ty.kind, json).map_err(|error| invalid(error.message)),
    }
}

fn check_needle(op: Op, text: &str) -> Result<(), Mistake> {
    let searches = matches!(op, Op::Contains | Op::IContains | Op::StartsWith | Op::EndsWith);
    if searches && (text.is_empty() || text.chars().nth(limits::NEEDLE).is_some()) {
        return Err(invalid(format!("must have 1 to {} characters", limits::NEEDLE)));
    }
    Ok(())
}
