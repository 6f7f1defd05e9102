//! Rows to JSON, by the resource's description.

use sea_orm::{Iterable, ModelTrait, QueryResult};

use super::{FieldValue, Resource, value};
use crate::error::{Error, Result};
use crate::spec::ResourceSpec;

/// A row as the database gave it, its columns in the order of [`ResourceSpec::fields`].
#[derive(Debug)]
pub struct Record(pub(crate) QueryResult);

impl Record {
    /// The value of the field at this index.
    ///
    /// # Errors
    /// 500 when the column holds something else than the field's type.
    pub fn value(&self, spec: &ResourceSpec, index: usize) -> Result<FieldValue> {
        value::read(&spec.fields[index].ty, &self.0, index).map_err(|error| {
            let error: sea_orm::DbErr = error.into();
            Error::internal(format!("{}.{}: {error}", spec.table, spec.fields[index].column))
        })
    }

    /// The row as the user's struct.
    ///
    /// # Errors
    /// 500 when a column holds something else than its field's type.
    pub fn model<R: Resource>(&self) -> Result<R> {
        R::from_query_result(&self.0, "").map_err(Error::internal)
    }
}

/// Writes a row as a JSON object of the fields that callers may see.
///
/// # Errors
/// 500 when a column holds something else than its field's type.
pub fn encode_record(spec: &ResourceSpec, record: &Record, out: &mut Vec<u8>) -> Result<()> {
    encode(spec, out, |index| record.value(spec, index))
}

/// Writes a model as a JSON object of the fields that callers may see.
pub fn encode_model<R: Resource>(model: &R, out: &mut Vec<u8>) {
    let columns: Vec<_> = <<R::Entity as sea_orm::EntityTrait>::Column as Iterable>::iter().collect();
    let spec = R::spec();
    // Reading a field of a struct cannot fail.
    let _ = encode(spec, out, |index| Ok(ModelTrait::get(model, columns[index])));
}

fn encode(spec: &ResourceSpec, out: &mut Vec<u8>, value_of: impl Fn(usize) -> Result<FieldValue>) -> Result<()> {
    let mut separator = b'{';
    for (index, field) in spec.fields.iter().enumerate() {
        if !spec.is_readable(index) {
            continue;
        }
        out.push(separator);
        separator = b',';
        // The macro lets only letters, digits and underscores into a JSON name.
        out.push(b'"');
        out.extend_from_slice(field.json.as_bytes());
        out.extend_from_slice(b"\":");
        value::write_json(&field.ty.kind, &value_of(index)?, out);
    }
    if separator == b'{' {
        out.push(b'{');
    }
    out.push(b'}');
    Ok(())
}
