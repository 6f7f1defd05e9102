//! Values that are too long for an index of PostgreSQL, which does not name the field.

use super::references::items;
use crate::error::{Error, FieldError, catalogue, codes};
use crate::resource::FieldValue;
use crate::schema::constraint_name;
use crate::service::engine::Engine;
use crate::service::write::plan::WritePlan;
use crate::spec::{FieldAccess, FieldRole, FieldSpec, ResourceSpec};

/// An entry of a B-tree has at most 2,704 bytes, a few of which are not the value's. Long texts are compressed first, so
/// one that is longer than this may fit.
const ENTRY: usize = 2_600;

/// 422 naming the values that are probably too long: long values of indexed fields.
pub(super) fn explain(engine: &Engine, index: Option<&str>, plan: &WritePlan<'_>) -> Error {
    let spec = engine.spec();
    let named: Vec<usize> = fields(spec, |field| index.is_some_and(|index| is_of(spec, index, field)));
    let indexed = fields(spec, |field| is_indexed(spec, field));
    // An index that was created by hand can hold any field.
    let all = fields(spec, |_| true);
    let found = [named, indexed, all].iter().map(|fields| long(spec, fields, plan)).find(|errors| !errors.is_empty());
    Error::new(&catalogue::VALIDATION_ERROR, "A value is too long for an index").with_errors(found.unwrap_or_default())
}

fn fields(spec: &'static ResourceSpec, is_wanted: impl Fn(&FieldSpec) -> bool) -> Vec<usize> {
    let visible = spec.all_fields().filter(|field| field.access != FieldAccess::Hidden && is_wanted(field));
    visible.map(|field| field.index).collect()
}

/// Whether the index of this name holds the field.
fn is_of(spec: &ResourceSpec, index: &str, field: &FieldSpec) -> bool {
    let alone = ["uq", "ix"].iter().any(|prefix| index == constraint_name(prefix, spec.table, field.column));
    let together = spec.unique_columns().any(|columns| {
        columns.contains(&field.column) && index == constraint_name("uq", spec.table, &columns.join("_"))
    });
    alone || together || (field.role == FieldRole::Id && index == format!("{}_pkey", spec.table))
}

fn is_indexed(spec: &ResourceSpec, field: &FieldSpec) -> bool {
    let together = || spec.unique_columns().any(|columns| columns.contains(&field.column));
    field.unique || field.index || field.role == FieldRole::Id || together()
}

fn long(spec: &ResourceSpec, fields: &[usize], plan: &WritePlan<'_>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (prefix, row) in items(plan) {
        for (index, value) in row.iter().filter(|(index, _)| fields.contains(index)) {
            let length = match value {
                FieldValue::String(Some(text)) => text.len(),
                FieldValue::Bytes(Some(bytes)) => bytes.len(),
                _ => 0,
            };
            if length > ENTRY {
                let pointer = format!("{prefix}/{}", spec.fields[*index].json);
                let message = format!(
                    "is too long for its index: it has {length} bytes, and only about {ENTRY} bytes always fit"
                );
                errors.push(FieldError::at(pointer, codes::LENGTH, message));
            }
        }
    }
    errors
}
