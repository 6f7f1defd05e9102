//! From bodies to values: unknown fields, types and rules, with all errors in one answer.

use serde_json::{Map, Value as JsonValue};

use super::body::{self, BULK_MAX, Body, MOST_ERRORS, bulk_limit};
use super::check::broken_rules;
use super::table::ResourceTable;
use super::types::{Assignments, FieldValue};
use super::value::{self, null_of};
use crate::actor::Actor;
use crate::error::{Error, FieldError, Result, catalogue, codes};
use crate::json::pointer;
use crate::rules::{self, RuleError};
use crate::spec::{FieldRole, FieldSpec, Kind, Operation, Requirement, ResourceSpec};

/// Which body it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BodyShape {
    /// POST: an absent field gets its default or null.
    Create,
    /// POST on `/self`: the same; where the id is the owner, it is the caller's and not part of the body.
    CreateOwn,
    /// PUT: the same, for the fields that can change.
    Update,
    /// PATCH: an absent field stays as it is.
    Patch,
}

/// Values that have passed their rules, which the engine may write.
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

    /// Both sets of values together.
    pub(crate) fn and(mut self, others: Self) -> Self {
        self.0.extend(others.0);
        self
    }

    /// Checks values that typed code gives.
    ///
    /// # Errors
    /// 422 with every error.
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
/// 422 with every error; 403 for a field that this caller may not write.
pub fn decode_body(table: &ResourceTable, actor: &Actor, shape: BodyShape, mut body: Body) -> Result<Checked> {
    let mut decoder = Decoder::new(table, actor, shape);
    let value = body.value.take();
    let checked = decoder.item(&body, value, "");
    decoder.finish(Checked(checked))
}

/// Reads and checks the array of a bulk request.
///
/// # Errors
/// 422 with every error of every item.
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

/// Refuses a body with numbers that cannot be stored exactly.
///
/// # Errors
/// 422 with a pointer to each.
pub(crate) fn check_all_numbers(body: &Body) -> Result<()> {
    let RuleError { code, message, .. } = body::rounded();
    let errors: Vec<_> =
        body.rounded_at("").map(|pointer| FieldError::at(pointer.to_owned(), code, message.clone())).collect();
    if errors.is_empty() { Ok(()) } else { Err(validation(errors)) }
}

/// The pointers of the numbers of a body that are not zero but were rounded to zero.
pub(crate) fn vanished(body: &Body) -> impl Iterator<Item = &str> {
    body.rounded_at("").filter(|at| body.value.pointer(at).and_then(JsonValue::as_f64) == Some(0.0))
}

/// Reads the id of a path; `None` when it cannot be one, which is the same as a row that does not exist.
pub fn parse_id(spec: &ResourceSpec, text: &str) -> Option<FieldValue> {
    value::text_to_value(&spec.id_field().ty.kind, text).ok()
}

fn validation(errors: Vec<FieldError>) -> Error {
    if errors.len() >= MOST_ERRORS {
        let detail = format!("There are {MOST_ERRORS} errors or more; these are the first");
        return Error::validation(errors).with_detail(detail);
    }
    if errors.iter().all(|error| error.code == codes::INVALID_CHARACTER) {
        return Error::new(&catalogue::INVALID_CHARACTER, "Text contains the character U+0000").with_errors(errors);
    }
    Error::validation(errors)
}

/// Reads bodies and collects their errors.
struct Decoder<'a> {
    table: &'a ResourceTable,
    actor: &'a Actor,
    shape: BodyShape,
    errors: Vec<FieldError>,
    /// An unknown or read-only field is named. That is reported before fields that this caller may not write.
    unknown: bool,
    /// The first named field whose write permission the caller lacks.
    lacking: Option<&'static FieldSpec>,
}

impl<'a> Decoder<'a> {
    fn new(table: &'a ResourceTable, actor: &'a Actor, shape: BodyShape) -> Self {
        Self { table, actor, shape, errors: Vec::new(), unknown: false, lacking: None }
    }

    /// The values, if there are no errors. Unknown fields take precedence, then fields that this caller may not write,
    /// then rules.
    fn finish<T>(self, value: T) -> Result<T> {
        match self.lacking {
            Some(FieldSpec { json, write: Some(permission), .. }) if !self.unknown => {
                self.actor.require(&Requirement::Permission(permission)).map_err(|error| {
                    let name = self.table.spec.type_name;
                    error.with_explanation(format!(
                        "The field `{json}` of {name} is declared with `write = \"{permission}\"`"
                    ))
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
            if !is_writable(table.spec, shape, index) || self.errors.len() >= MOST_ERRORS {
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
                // A field that the caller may not write, or not read, stays as it is. The owner of a new row is set
                // without the caller.
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

/// The value of a field that is not given: its default, or null; `None` when it has neither.
pub(crate) fn absent_value(table: &ResourceTable, index: usize) -> Option<FieldValue> {
    let ty = &table.spec.fields[index].ty;
    match table.fields[index].default {
        Some(default) => Some(default()),
        None => ty.nullable.then(|| null_of(&ty.kind)),
    }
}

/// Adds an error for each number that the field cannot hold: any rounded number in JSON, and a number that became zero in
/// a field of doubles, which otherwise hold the nearest double. Returns whether there were any.
fn check_numbers(field: &FieldSpec, json: &JsonValue, body: &Body, prefix: &str, errors: &mut Vec<FieldError>) -> bool {
    let judged = match field.ty.kind {
        Kind::Json(_) => true,
        Kind::F32 | Kind::F64 => json.as_f64() == Some(0.0),
        _ => false,
    };
    let before = errors.len();
    if judged {
        let RuleError { code, message, .. } = body::rounded();
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
        if errors.len() >= MOST_ERRORS {
            return;
        }
        let pointer = pointer::member(prefix, name);
        match spec.field_by_json(name) {
            Some((index, _)) if is_writable(spec, shape, index) => {}
            Some((index, _)) if spec.is_readable(index) => {
                let reason = if spec.fields[index].is_file() {
                    "is a file, which has an endpoint of its own"
                } else if matches!(shape, BodyShape::Update | BodyShape::Patch) && spec.is_creatable(index) {
                    "can only be given when the row is created"
                } else {
                    "is set by the server and cannot be written"
                };
                errors.push(FieldError::at(pointer, codes::READ_ONLY, reason));
            }
            _ => {
                let writable = spec.all_fields().filter(|field| is_writable(spec, shape, field.index));
                let allowed: Vec<&str> = writable.map(|field| field.field.json).collect();
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
            push(RuleError::new(codes::INVALID_CHARACTER, "contains the character U+0000, which cannot be stored"));
        }
        if field.role == FieldRole::Id {
            check_text_id(text, push);
        }
    }
    broken_rules(field, value).for_each(&mut *push);
    for check in table.fields[index].checks {
        if let Err(reason) = check(value) {
            push(RuleError::new(codes::CHECK, reason));
        }
    }
}

/// Why the field refuses its own default, if it does.
pub(crate) fn refused_default(table: &ResourceTable, index: usize) -> Option<String> {
    let value = table.fields.get(index)?.default?();
    let mut first = None;
    check_value(table, index, &value, &mut |broken| {
        first.get_or_insert(broken.message);
    });
    first
}

/// A text id must be reachable by its path.
fn check_text_id(id: &str, push: &mut impl FnMut(RuleError)) {
    if id.is_empty() || id.chars().count() > 255 {
        push(RuleError::new(codes::LENGTH, "must have 1 to 255 characters"));
    }
    if Operation::WORDS.contains(&id) || id == "." || id == ".." {
        push(RuleError::new(codes::RESERVED, format!("`{id}` is reserved by a path of the API and cannot be an id")));
    }
    if id.chars().any(char::is_control) {
        push(RuleError::new(codes::INVALID_CHARACTER, "an id cannot contain control characters"));
    }
}
