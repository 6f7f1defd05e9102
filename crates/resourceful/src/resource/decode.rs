//! Bodies to values: unknown fields, types and rules, every mistake at once.

use serde_json::{Map, Value as JsonValue};

use super::shape::escape;
use super::{Assignments, Body, FieldValue, ResourceTable, null_of, strict_json, value};
use crate::actor::Actor;
use crate::error::{Error, FieldError, Result, catalogue, codes};
use crate::rules::{self, RuleError};
use crate::spec::{FieldRole, FieldSpec, Kind, Operation, Requirement, ResourceSpec};

/// The most items of a bulk request.
pub const BULK_MAX: usize = 100;

/// The most mistakes that an answer lists: a body of a megabyte could hold a hundred thousand.
pub(super) const MOST_MISTAKES: usize = 50;

/// Which body it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyShape {
    /// POST: what is absent gets its default or null.
    Create,
    /// POST on `/self`: likewise; where the id is the owner, it is the caller's and not in the body.
    CreateOwn,
    /// PUT: likewise, of the fields that can change.
    Update,
    /// PATCH: what is absent stays.
    Patch,
}

/// Values that have passed their rules: what the engine writes.
#[derive(Debug, Clone)]
pub struct Checked(Assignments);

impl Checked {
    /// The values.
    pub(crate) fn into_inner(self) -> Assignments {
        self.0
    }

    /// Takes the value of the field at this index, if it is written.
    pub(crate) fn take(&mut self, index: usize) -> Option<FieldValue> {
        let place = self.0.iter().position(|(at, _)| *at == index)?;
        Some(self.0.swap_remove(place).1)
    }

    /// These values and those.
    pub(crate) fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// Checks values that typed code gives.
    ///
    /// # Errors
    /// 422 with every mistake.
    pub(crate) fn from_typed(table: &ResourceTable, assignments: Assignments, prefix: &str) -> Result<Self> {
        let mut errors = Vec::new();
        for (index, value) in &assignments {
            let field = &table.spec.fields[*index];
            check_value(table, *index, value, &mut |error| errors.push(field_error(prefix, field.json, error)));
        }
        if errors.is_empty() { Ok(Self(assignments)) } else { Err(validation(errors)) }
    }
}

/// Reads and checks a body for a caller, who may not be allowed to write every field.
///
/// # Errors
/// 422 with every mistake; 403 for a field that this caller may not write.
pub fn decode_body(table: &ResourceTable, actor: &Actor, shape: BodyShape, mut body: Body) -> Result<Checked> {
    let mut decoder = Decoder::new(table, actor, shape);
    let value = body.value.take();
    let checked = decoder.item(&body, value, "");
    decoder.finish(Checked(checked))
}

/// Reads and checks the array of a bulk request.
///
/// # Errors
/// 422 with every mistake of every item.
pub fn decode_bulk(table: &ResourceTable, actor: &Actor, mut body: Body) -> Result<Vec<Checked>> {
    let JsonValue::Array(items) = body.value.take() else {
        return Err(Error::validation(vec![FieldError::at("", codes::TYPE, "must be an array of objects")]));
    };
    if items.is_empty() || items.len() > BULK_MAX {
        return Err(bulk_limit(items.len()));
    }
    let mut decoder = Decoder::new(table, actor, BodyShape::Create);
    let rows = items.into_iter().enumerate();
    let rows = rows.map(|(at, item)| Checked(decoder.item(&body, item, &format!("/{at}")))).collect();
    decoder.finish(rows)
}

/// 422 for a bulk of none or of too many.
pub(super) fn bulk_limit(count: usize) -> Error {
    Error::new(&catalogue::BULK_LIMIT, format!("A bulk request holds 1 to {BULK_MAX} items; this one holds {count}"))
}

/// Refuses a body with numbers that it does not hold as they were sent.
///
/// # Errors
/// 422 with a pointer to each.
pub(crate) fn check_all_numbers(body: &Body) -> Result<()> {
    let RuleError { code, message, .. } = strict_json::rounded();
    let errors: Vec<_> =
        body.rounded_at("").map(|pointer| FieldError::at(pointer.to_owned(), code, message.clone())).collect();
    if errors.is_empty() { Ok(()) } else { Err(validation(errors)) }
}

/// The numbers of a body that are spelled with a digit other than 0 and were read as zero, each with its pointer.
pub(crate) fn vanished(body: &Body) -> impl Iterator<Item = &str> {
    body.rounded_at("").filter(|at| body.value.pointer(at).and_then(JsonValue::as_f64) == Some(0.0))
}

/// Reads the id of a path; `None` when it cannot be one, which is the same as a row that does not exist.
pub fn parse_id(spec: &ResourceSpec, text: &str) -> Option<FieldValue> {
    value::text_to_value(&spec.id_field().ty.kind, text).ok()
}

fn validation(errors: Vec<FieldError>) -> Error {
    if errors.len() >= MOST_MISTAKES {
        let detail = format!("There are {MOST_MISTAKES} mistakes or more; these are the first");
        return Error::validation(errors).with_detail(detail);
    }
    if errors.iter().all(|error| error.code == codes::INVALID_CHARACTER) {
        return Error::new(&catalogue::INVALID_CHARACTER, "Text holds the character U+0000").with_errors(errors);
    }
    Error::validation(errors)
}

/// Reads bodies and collects what is wrong with them.
struct Decoder<'a> {
    table: &'a ResourceTable,
    actor: &'a Actor,
    shape: BodyShape,
    errors: Vec<FieldError>,
    /// A field is named that is none, or that nobody writes: said before what this caller may not write.
    unknown: bool,
    /// The first named field that asks for a permission which the caller lacks.
    lacking: Option<&'static FieldSpec>,
}

impl<'a> Decoder<'a> {
    fn new(table: &'a ResourceTable, actor: &'a Actor, shape: BodyShape) -> Self {
        Self { table, actor, shape, errors: Vec::new(), unknown: false, lacking: None }
    }

    /// The values, if nothing was wrong: unknown fields come first, then those that this caller may not write, then
    /// rules.
    fn finish<T>(self, value: T) -> Result<T> {
        match self.lacking {
            Some(FieldSpec { json, write: Some(permission), .. }) if !self.unknown => {
                self.actor.require(&Requirement::Permission(permission)).map_err(|error| {
                    let name = self.table.spec.type_name;
                    error.with_explanation(format!("The field `{json}` of {name} says `write = \"{permission}\"`"))
                })?;
            }
            _ => {}
        }
        if self.errors.is_empty() { Ok(value) } else { Err(validation(self.errors)) }
    }

    /// Reads one object of a body, whose values move into the fields.
    fn item(&mut self, body: &Body, item: JsonValue, prefix: &str) -> Assignments {
        let JsonValue::Object(mut object) = item else {
            self.unknown = true;
            self.errors.push(FieldError::at(prefix, codes::TYPE, "must be an object"));
            return Assignments::new();
        };
        let (table, shape) = (self.table, self.shape);
        let before = self.errors.len();
        unknown_fields(table.spec, shape, &object, prefix, &mut self.errors);
        self.unknown |= self.errors.len() > before;
        let mut assignments = Assignments::with_capacity(table.spec.fields.len());
        for (index, field) in table.spec.fields.iter().enumerate() {
            if !is_writable(table.spec, shape, index) || self.errors.len() >= MOST_MISTAKES {
                continue;
            }
            let may_write = self.actor.holds(field.write);
            let errors = &mut self.errors;
            match object.remove(field.json) {
                Some(_) if !may_write => self.lacking = self.lacking.or(Some(field)),
                Some(json) => {
                    if body.is_rounded() && check_numbers(field, &json, body, prefix, errors) {
                        continue;
                    }
                    let mut push = |error| errors.push(field_error(prefix, field.json, error));
                    match read_given(field, json) {
                        Ok(value) => {
                            check_value(table, index, &value, &mut push);
                            assignments.push((index, value));
                        }
                        Err(error) => push(error),
                    }
                }
                None if shape == BodyShape::Patch => {}
                // What the caller may not write, or cannot know, stays as it is, and a new row gets an owner without
                // his word.
                None if shape == BodyShape::Update && !(may_write && self.actor.holds(field.read)) => {}
                None if table.spec.is_own_owner(index) => {}
                None => match absent_value(table, index) {
                    Some(value) => assignments.push((index, value)),
                    None => {
                        errors.push(field_error(prefix, field.json, RuleError::new(codes::REQUIRED, "is required")))
                    }
                },
            }
        }
        assignments
    }
}

fn is_writable(spec: &ResourceSpec, shape: BodyShape, index: usize) -> bool {
    match shape {
        BodyShape::Create => spec.is_creatable(index),
        BodyShape::CreateOwn => spec.is_own_creatable(index),
        BodyShape::Update | BodyShape::Patch => spec.is_updatable(index),
    }
}

/// What a field holds that nobody gave: its default, or null; `None` when it has neither.
pub(crate) fn absent_value(table: &ResourceTable, index: usize) -> Option<FieldValue> {
    let ty = &table.spec.fields[index].ty;
    match table.fields[index].default {
        Some(default) => Some(default()),
        None => ty.nullable.then(|| null_of(&ty.kind)),
    }
}

/// Adds the numbers that the field would hold as others: any rounded one within JSON, and one that became zero in a field
/// of doubles, which are the nearest ones otherwise. Whether there were any.
fn check_numbers(field: &FieldSpec, json: &JsonValue, body: &Body, prefix: &str, errors: &mut Vec<FieldError>) -> bool {
    let judged = match field.ty.kind {
        Kind::Json(_) => true,
        Kind::F32 | Kind::F64 => json.as_f64() == Some(0.0),
        _ => false,
    };
    let before = errors.len();
    if judged {
        let RuleError { code, message, .. } = strict_json::rounded();
        let at = format!("{prefix}/{}", field.json);
        errors.extend(body.rounded_at(&at).map(|pointer| FieldError::at(pointer.to_owned(), code, message.clone())));
    }
    errors.len() > before
}

fn read_given(field: &FieldSpec, json: JsonValue) -> Result<FieldValue, RuleError> {
    match (&json, field.ty.kind) {
        (JsonValue::Null, _) if field.ty.nullable => Ok(null_of(&field.ty.kind)),
        (JsonValue::Null, Kind::Json(_)) => value::json_to_value(&field.ty.kind, json),
        (JsonValue::Null, _) => Err(RuleError::new(codes::REQUIRED, "cannot be null")),
        _ => value::json_to_value(&field.ty.kind, json),
    }
}

fn unknown_fields(
    spec: &ResourceSpec,
    shape: BodyShape,
    object: &Map<String, JsonValue>,
    prefix: &str,
    errors: &mut Vec<FieldError>,
) {
    for name in object.keys() {
        if errors.len() >= MOST_MISTAKES {
            return;
        }
        let pointer = format!("{prefix}/{}", escape(name));
        match spec.field_by_json(name) {
            Some((index, _)) if is_writable(spec, shape, index) => {}
            Some((index, _)) if spec.is_readable(index) => {
                let reason = if matches!(shape, BodyShape::Update | BodyShape::Patch) && spec.is_creatable(index) {
                    "can only be given when the row is created"
                } else {
                    "is set by the server and cannot be written"
                };
                errors.push(FieldError::at(pointer, codes::READ_ONLY, reason));
            }
            _ => {
                let allowed: Vec<&str> = (0..spec.fields.len())
                    .filter(|&index| is_writable(spec, shape, index))
                    .map(|index| spec.fields[index].json)
                    .collect();
                let message = rules::unknown("field", name, &allowed);
                errors.push(FieldError::at(pointer, codes::UNKNOWN_FIELD, message));
            }
        }
    }
}

fn field_error(prefix: &str, json: &str, error: RuleError) -> FieldError {
    FieldError::at(format!("{prefix}/{json}{}", error.pointer), error.code, error.message)
}

fn check_value(table: &ResourceTable, index: usize, value: &FieldValue, push: &mut impl FnMut(RuleError)) {
    let field = &table.spec.fields[index];
    if *value == null_of(&field.ty.kind) {
        if !field.ty.nullable {
            push(RuleError::new(codes::REQUIRED, "cannot be null"));
        }
        return;
    }
    if let FieldValue::String(Some(text)) = value {
        if text.contains('\0') {
            push(RuleError::new(codes::INVALID_CHARACTER, "holds the character U+0000, which cannot be stored"));
        }
        if field.role == FieldRole::Id {
            check_text_id(text, push);
        }
    }
    for rule in field.rules {
        if let Err(error) = check_rule(rule, value) {
            push(error);
        }
    }
    for check in table.fields[index].checks {
        if let Err(reason) = check(value) {
            push(RuleError::new(codes::CHECK, reason));
        }
    }
}

/// A text id must be reachable by its path.
fn check_text_id(id: &str, push: &mut impl FnMut(RuleError)) {
    if id.is_empty() || id.chars().count() > 255 {
        push(RuleError::new(codes::LENGTH, "must have 1 to 255 characters"));
    }
    if Operation::WORDS.contains(&id) || id == "." || id == ".." {
        push(RuleError::new(codes::RESERVED, format!("`{id}` is a word of the path and cannot be an id")));
    }
    if id.chars().any(char::is_control) {
        push(RuleError::new(codes::INVALID_CHARACTER, "an id cannot hold control characters"));
    }
}

fn check_rule(rule: &crate::spec::Rule, value: &FieldValue) -> Result<(), RuleError> {
    use crate::spec::Rule;
    match (rule, value) {
        (Rule::Length { min, max }, FieldValue::String(Some(text))) => {
            rules::length(text.chars().count(), *min, *max, "character")
        }
        (Rule::Length { min, max }, FieldValue::Bytes(Some(bytes))) => rules::length(bytes.len(), *min, *max, "byte"),
        (Rule::Range { min, max, exclusive }, value) => {
            let range = rules::Range { min: *min, max: *max, exclusive: *exclusive };
            match value {
                FieldValue::SmallInt(Some(number)) => range.check(i64::from(*number)),
                FieldValue::Int(Some(number)) => range.check(i64::from(*number)),
                FieldValue::BigInt(Some(number)) => range.check(*number),
                FieldValue::Float(Some(number)) => range.check(*number),
                FieldValue::Double(Some(number)) => range.check(*number),
                FieldValue::Decimal(Some(number)) => range.check(*number),
                _ => Ok(()),
            }
        }
        (Rule::Pattern(pattern), FieldValue::String(Some(text))) => rules::pattern(pattern, text),
        (Rule::Email, FieldValue::String(Some(text))) => rules::email(text),
        (Rule::Url, FieldValue::String(Some(text))) => rules::url(text),
        (Rule::OneOf(allowed), FieldValue::String(Some(text))) => rules::one_of(allowed, text),
        (Rule::OneOf(allowed), FieldValue::SmallInt(Some(number))) => rules::one_of(allowed, &number.to_string()),
        (Rule::OneOf(allowed), FieldValue::Int(Some(number))) => rules::one_of(allowed, &number.to_string()),
        (Rule::OneOf(allowed), FieldValue::BigInt(Some(number))) => rules::one_of(allowed, &number.to_string()),
        _ => Ok(()),
    }
}
