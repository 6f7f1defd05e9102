//! The state of a row, which conditions on writes compare.

use sea_orm::{EntityTrait, Iterable, ModelTrait};

use super::encode::{Visible, encode_record};
use super::record::Record;
use super::table::{Resource, ResourceTable};
use super::types::FieldValue;
use crate::actor::Actor;
use crate::context::Secret;
use crate::etag::State;
use crate::spec::{Kind, ResourceSpec};

/// The first version of a row.
pub(crate) fn first_version(kind: &Kind) -> FieldValue {
    match kind {
        Kind::I32 => FieldValue::Int(Some(1)),
        _ => FieldValue::BigInt(Some(1)),
    }
}

/// The version in a value of the version's field.
fn version_in(value: &FieldValue) -> Option<i64> {
    match value {
        FieldValue::Int(version) => version.map(i64::from),
        FieldValue::BigInt(version) => *version,
        _ => None,
    }
}

/// The state of a row of a resource with versions; `None` without.
pub(crate) fn version_of(spec: &ResourceSpec, record: &Record) -> Option<State> {
    let (index, _) = spec.version_field()?;
    // Another program may have left a value there that is no version; no tag equals that.
    let version = record.value(spec, index).ok().as_ref().and_then(version_in).filter(|version| *version > 0);
    Some(version.map_or(State::Unknown, State::Version))
}

/// The version of a model; `None` where its resource has none.
pub(crate) fn version_of_model<R: Resource>(model: &R) -> Option<i64> {
    let (index, _) = R::spec().version_field()?;
    // The columns are in the order of the fields.
    let column = <<R::Entity as EntityTrait>::Column as Iterable>::iter().nth(index)?;
    version_in(&ModelTrait::get(model, column))
}

/// The state of a whole row for an actor: its version, or a digest of its stored fields in JSON, as the actor sees them.
pub(crate) fn state_of(table: &'static ResourceTable, actor: &Actor, record: &Record, secret: &Secret) -> State {
    version_of(table.spec, record).unwrap_or_else(|| {
        let mut fields = Vec::with_capacity(512);
        let end = encode_record(&Visible::of(table, actor, None).stored(), record, &mut fields);
        State::Content(secret.digest(&fields[..end]))
    })
}
