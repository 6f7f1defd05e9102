//! The functions that `#[derive(ResourceEnum)]` calls: an enum is stored as the name of its variant.

use sea_orm::{ColIdx, DbErr, QueryResult, TryGetError, TryGetable};

use super::field_type::{ResourceEnum, WrongType};
use super::types::FieldValue;
use crate::spec::{Kind, TypeSpec};

/// The type of a field that holds the enum.
pub const fn enum_type<E: ResourceEnum>() -> TypeSpec {
    TypeSpec { kind: Kind::Enum(E::SPEC), nullable: false }
}

/// The variant as a value for the database.
pub fn enum_into_value<E: ResourceEnum>(variant: E) -> FieldValue {
    FieldValue::String(Some(variant.as_str().to_owned()))
}

/// Reads the variant from a value of the database.
///
/// # Errors
/// When there is no variant of this name.
pub fn enum_from_value<E: ResourceEnum>(value: FieldValue) -> Result<E, WrongType> {
    match &value {
        FieldValue::String(Some(name)) => E::parse(name),
        _ => None,
    }
    .ok_or_else(|| WrongType { expected: E::SPEC.name, found: format!("{value:?}") })
}

/// Reads a column, for SeaORM's own queries.
///
/// # Errors
/// When it is null or not the name of a variant.
pub fn enum_read<E: ResourceEnum>(row: &QueryResult, index: impl ColIdx) -> Result<E, TryGetError> {
    let name = String::try_get_by(row, index)?;
    enum_from_value(FieldValue::String(Some(name))).map_err(|error| DbErr::Type(error.to_string()).into())
}
