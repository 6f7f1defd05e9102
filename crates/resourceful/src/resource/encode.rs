//! Rows to JSON, by the resource's description.

use std::any::Any;

use sea_orm::{Iterable, ModelTrait, QueryResult};

use super::{FieldValue, Resource, ResourceTable, value};
use crate::actor::Actor;
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

/// What of a resource a caller sees: computed once for a whole answer.
#[derive(Debug)]
pub struct Visible {
    table: &'static ResourceTable,
    fields: Vec<usize>,
    computed: Vec<usize>,
}

impl Visible {
    /// What this actor sees of the resource; only the chosen fields, computed ones behind the others, if some are.
    pub fn of(table: &'static ResourceTable, actor: &Actor, chosen: Option<&[usize]>) -> Self {
        let spec = table.spec;
        let is_chosen = |index: usize| chosen.is_none_or(|chosen| chosen.contains(&index));
        let sees = |index: usize| spec.is_readable(index) && actor.holds(spec.fields[index].read);
        Self {
            table,
            fields: (0..spec.fields.len()).filter(|&index| sees(index) && is_chosen(index)).collect(),
            computed: (0..spec.computed.len())
                .filter(|&place| actor.holds(spec.computed[place].read) && is_chosen(spec.fields.len() + place))
                .collect(),
        }
    }

    /// The fields, by their indexes.
    pub fn fields(&self) -> &[usize] {
        &self.fields
    }

    /// Whether some of what the caller sees is computed of the whole row.
    pub fn has_computed(&self) -> bool {
        !self.computed.is_empty()
    }

    /// The resource.
    pub fn table(&self) -> &'static ResourceTable {
        self.table
    }
}

/// Writes a row as a JSON object of what the caller sees, without its closing brace: relations may follow.
///
/// # Errors
/// 500 when a column holds something else than its field's type.
pub fn encode_record(visible: &Visible, record: &Record, out: &mut Vec<u8>) -> Result<()> {
    let spec = visible.table.spec;
    out.push(b'{');
    for &index in &visible.fields {
        let field = &spec.fields[index];
        member(field.json, out);
        value::write_json(&field.ty.kind, &record.value(spec, index)?, out);
    }
    if !visible.computed.is_empty() {
        write_computed(visible, &*(visible.table.model)(record)?, out);
    }
    Ok(())
}

/// Writes a model as a JSON object of what the caller sees of its resource.
pub fn encode_model<R: Resource>(visible: &Visible, model: &R, out: &mut Vec<u8>) {
    out.push(b'{');
    for &index in &visible.fields {
        let field = &R::spec().fields[index];
        // The columns stand in the order of the fields.
        if let Some(column) = <<R::Entity as sea_orm::EntityTrait>::Column as Iterable>::iter().nth(index) {
            member(field.json, out);
            value::write_json(&field.ty.kind, &ModelTrait::get(model, column), out);
        }
    }
    write_computed(visible, model, out);
    out.push(b'}');
}

fn write_computed(visible: &Visible, model: &dyn Any, out: &mut Vec<u8>) {
    for &place in &visible.computed {
        let computed = &visible.table.spec.computed[place];
        member(computed.json, out);
        value::write_json(&computed.ty.kind, &(visible.table.computed[place])(model), out);
    }
}

/// Begins a member of an object. The macro lets only letters, digits and underscores into a JSON name.
pub fn member(name: &str, out: &mut Vec<u8>) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    out.push(b'"');
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b"\":");
}
