//! Rows to JSON, by the resource's spec.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

use sea_orm::{Iterable, ModelTrait};

use super::file;
use super::file_field::Downloads;
use super::record::Record;
use super::table::{Resource, ResourceTable};
use super::types::FieldValue;
use super::{column, json_text, value};
use crate::actor::Actor;
use crate::error::{Error, Result};
use crate::spec::{Kind, ResourceSpec};

/// The part of a resource that a caller sees: computed once for a whole answer.
#[derive(Debug)]
pub struct Visible {
    table: &'static ResourceTable,
    fields: Vec<usize>,
    computed: Vec<usize>,
    /// Where the caller downloads the files.
    downloads: Option<Downloads>,
}

impl Visible {
    /// The part that this actor sees; with `chosen` only these fields, where computed fields follow the others.
    pub fn of(table: &'static ResourceTable, actor: &Actor, chosen: Option<&[usize]>) -> Self {
        let spec = table.spec;
        let is_chosen = |index: usize| chosen.is_none_or(|chosen| chosen.contains(&index));
        let sees = |index: usize| actor.holds(spec.fields[index].read);
        Self {
            table,
            downloads: spec.files().next().and_then(|_| Downloads::of(spec, actor)),
            fields: spec.readable().map(|field| field.index).filter(|&index| sees(index) && is_chosen(index)).collect(),
            computed: (0..spec.computed.len())
                .filter(|&place| actor.holds(spec.computed[place].read) && is_chosen(spec.fields.len() + place))
                .collect(),
        }
    }

    /// The fields, by their indexes.
    pub fn fields(&self) -> &[usize] {
        &self.fields
    }

    /// The computed fields, by their places.
    pub fn computed(&self) -> &[usize] {
        &self.computed
    }

    /// Whether the caller sees a field that is computed from the whole row.
    pub fn has_computed(&self) -> bool {
        !self.computed.is_empty()
    }

    /// Only the fields that are stored.
    pub(crate) fn stored(mut self) -> Self {
        self.computed.clear();
        self
    }

    /// The path of the file of a row, relative to the API's own.
    fn url(&self, id: Option<FieldValue>, field: usize) -> Option<String> {
        let spec = self.table.spec;
        self.downloads?.url(spec, &id?, spec.fields[field].json)
    }

    /// The resource.
    pub fn table(&self) -> &'static ResourceTable {
        self.table
    }
}

/// Writes a row as a JSON object of what the caller sees, without its closing brace: relations may follow. Returns where
/// its stored fields end and its computed ones begin.
///
/// It cannot fail, because it may be the answer to a write that has been committed. A column that does not hold a value of
/// its field, and a computed field of such a row, becomes null, and is logged.
pub fn encode_record(visible: &Visible, record: &Record, out: &mut Vec<u8>) -> usize {
    let spec = visible.table.spec;
    out.push(b'{');
    for &index in &visible.fields {
        member(spec.fields[index].json, out);
        if let Err(why) = write_column(visible, record, index, out) {
            out.extend_from_slice(b"null");
            unreadable(spec, record, spec.fields[index].name, &why);
        }
    }
    let end = out.len();
    if !visible.computed.is_empty() {
        write_computed_of(visible, record, out);
    }
    end
}

/// Writes one column, or writes nothing and returns the reason.
fn write_column(visible: &Visible, record: &Record, index: usize, out: &mut Vec<u8>) -> Result<(), String> {
    let spec = visible.table.spec;
    let reason = |error: sea_orm::TryGetError| sea_orm::DbErr::from(error).to_string();
    let kind = &spec.fields[index].ty.kind;
    if let Kind::Json(_) = kind {
        let text = column::json_text(record.row(), index).map_err(reason)?.unwrap_or("null");
        let start = out.len();
        if json_text::shown(text, out) {
            return Ok(());
        }
        out.truncate(start);
        return Err("a number is larger than any double".to_owned());
    }
    let start = out.len();
    let written = match kind {
        Kind::File => match column::text(record.row(), index).map_err(reason)? {
            Some(text) => {
                let id = record.value(spec, spec.id).ok();
                file::write(text, visible.url(id, index).as_deref(), out)
            }
            None => value::write_json(kind, &value::null_of(kind), out),
        },
        // As it lies in the row: a text can be long.
        Kind::String | Kind::Enum(_) => match column::text(record.row(), index).map_err(reason)? {
            Some(text) => value::write_text(kind, text, out),
            None => value::write_json(kind, &value::null_of(kind), out),
        },
        _ => value::write_json(kind, &column::read(&spec.fields[index].ty, record.row(), index).map_err(reason)?, out),
    };
    if written {
        return Ok(());
    }
    out.truncate(start);
    Err(format!("the column contains a value that is not {} in JSON", kind.describe()))
}

/// Writes the computed fields of a row, which need a model of it.
fn write_computed_of(visible: &Visible, record: &Record, out: &mut Vec<u8>) {
    let spec = visible.table.spec;
    match (visible.table.model)(record) {
        Ok(model) => write_computed(visible, &*model, out),
        Err(error) => {
            for &place in &visible.computed {
                member(spec.computed[place].json, out);
                out.extend_from_slice(b"null");
                unreadable(spec, record, spec.computed[place].name, &source_of(&error));
            }
        }
    }
}

fn source_of(error: &Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), ToString::to_string)
}

/// Logs which value is missing in an answer.
fn unreadable(spec: &ResourceSpec, record: &Record, field: &str, why: &str) {
    let id = record.value(spec, spec.id).map(|id| value::value_to_json(&spec.id_field().ty.kind, &id).to_string());
    tracing::warn!(
        table = spec.table,
        field,
        id = id.unwrap_or_else(|_| "unreadable".to_owned()),
        // Debug escapes line ends and control characters, so a value cannot forge a line of the log.
        why = ?why,
        "a row contains a value that does not fit its field; responses show null instead"
    );
}

/// Writes a model as a JSON object of what the caller sees of its resource. Returns where its stored fields end.
pub fn encode_model<R: Resource>(visible: &Visible, model: &R, out: &mut Vec<u8>) -> usize {
    let columns = <<R::Entity as sea_orm::EntityTrait>::Column as Iterable>::iter;
    out.push(b'{');
    for &index in &visible.fields {
        let field = &R::spec().fields[index];
        // The columns are in the order of the fields.
        if let Some(column) = columns().nth(index) {
            member(field.json, out);
            match ModelTrait::get(model, column) {
                sea_orm::Value::String(Some(text)) if field.is_file() => {
                    let id = columns().nth(R::spec().id).map(|id| ModelTrait::get(model, id));
                    if !file::write(&text, visible.url(id, index).as_deref(), out) {
                        out.extend_from_slice(b"null");
                    }
                }
                value => drop(value::write_json(&field.ty.kind, &value, out)),
            }
        }
    }
    let end = out.len();
    write_computed(visible, model, out);
    out.push(b'}');
    end
}

fn write_computed(visible: &Visible, model: &dyn Any, out: &mut Vec<u8>) {
    for &place in &visible.computed {
        let computed = &visible.table.spec.computed[place];
        member(computed.json, out);
        // The row is already stored: a panic of the application's function must not turn a committed write into an error.
        match catch_unwind(AssertUnwindSafe(|| (visible.table.computed[place])(model))) {
            Ok(value) => drop(value::write_json(&computed.ty.kind, &value, out)),
            Err(_) => {
                out.extend_from_slice(b"null");
                tracing::error!(
                    table = visible.table.spec.table,
                    field = computed.name,
                    "the function of a computed field panicked; responses show null instead"
                );
            }
        }
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
