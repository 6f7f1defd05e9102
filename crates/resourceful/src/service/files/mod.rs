//! Files of rows. The content goes into the storage before the row says so, and leaves it after the row has ceased to say so:
//! there is no row without its content. Content without a row, which a process that is killed between the two leaves, is found
//! by its age (`sweep`).

mod cascade;
mod discard;
mod incoming;
mod open;
mod put;
mod refusals;
mod sweep;
#[cfg(feature = "thumbnails")]
mod thumbs;
mod typed;
mod walked;

pub(in crate::service) use discard::{discard_all, keys_of};
pub(crate) use incoming::Incoming;
pub(crate) use open::{Looking, note_missing};
pub use sweep::{Sweep, Swept};
pub use typed::{NewFile, OpenFile};

use std::collections::HashMap;

use crate::context::Context;
use crate::error::{Error, FieldError, codes};
use crate::resource::{FieldValue, FileRef, Record};
use crate::spec::{FieldSpec, ResourceSpec};
use crate::storage::Storage;

/// The folder of a field's files in the storage: `tasks/attachment`.
fn folder(spec: &ResourceSpec, field: &FieldSpec) -> String {
    // A table can be called anything, and a key has few characters.
    let plain = |name: &str| -> String {
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        name.chars().map(|c| if is_plain(c) { c } else { '_' }).take(100).collect()
    };
    format!("{}/{}", plain(spec.table), plain(field.name))
}

/// Which fields of these resources would share a folder in the storage. Each would take the files of the other one for files of no row.
pub(crate) fn shared_folders(specs: &[&'static ResourceSpec]) -> Vec<String> {
    let mut seen: HashMap<String, String> = HashMap::new();
    let mut errors = Vec::new();
    for spec in specs {
        for field in spec.files() {
            let (folder, name) = (folder(spec, field.field), format!("{}.{}", spec.type_name, field.field.name));
            if let Some(other) = seen.get(&folder) {
                errors.push(format!(
                    "the files of {other} and {name} would be in the same folder, `{folder}`: give one of them another table or another name"
                ));
            }
            seen.insert(folder, name);
        }
    }
    errors
}

/// The storage of the application.
fn storage_of(ctx: &Context) -> Result<Storage, Error> {
    ctx.extension::<Storage>().map(|storage| (*storage).clone()).ok_or_else(|| {
        Error::internal(
            "the context has no storage for files; add one with `ContextBuilder::extension` or `App::storage`",
        )
    })
}

/// The file that a record has in a field.
fn file_of(spec: &ResourceSpec, record: &Record, field: usize) -> Result<Option<FileRef>, Error> {
    match record.value(spec, field)? {
        FieldValue::String(Some(text)) => match FileRef::read(&text) {
            Some(file) => Ok(Some(file)),
            None => Err(Error::internal(format!("{}.{} is not a file", spec.table, spec.fields[field].column))),
        },
        _ => Ok(None),
    }
}

/// 422 about a file.
fn invalid(field: &FieldSpec, code: crate::error::Code, message: impl Into<String>) -> Error {
    Error::validation(vec![FieldError::at(format!("/{}", field.json), code, message)])
}

/// 422 for a file without bytes.
fn empty(field: &FieldSpec) -> Error {
    invalid(field, codes::LENGTH, "is a file, which must have at least one byte")
}
