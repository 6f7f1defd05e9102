//! The functions of each type that a field can have.

use std::fmt::Display;

use rust_decimal::Decimal;
use sea_orm::{ActiveValue, DbErr, QueryResult, TryGetError};

use super::field_functions::{FieldOf, Table};
use super::field_type::FieldType;
use super::types::FieldValue;
use super::value::null_of;
use crate::spec::{Kind, TypeSpec};

impl<T: FieldType> FieldOf<T, ActiveValue<T>> {
    /// The table.
    const fn new() -> Self {
        Self {
            ty: T::TYPE,
            read,
            slot: |field| field,
            slot_mut: |field| field,
            into_value: T::into_value,
            active: |field| field,
            active_mut: |field| field,
            active_clone: |field| field.clone(),
            unchanged: ActiveValue::Unchanged,
            not_set: || ActiveValue::NotSet,
            active_default: default,
            unwrap,
        }
    }
}

impl<T: FieldType> Table for FieldOf<T, ActiveValue<T>> {
    const NEW: Self = Self::new();
}

/// What generated code does with the type of a computed field: as with [`FieldOf`], an unsupported type is one error.
#[derive(Debug)]
pub struct ComputedOf<T> {
    /// The type as data.
    pub ty: TypeSpec,
    /// Turns the value into that of the engine.
    pub into_value: fn(T) -> FieldValue,
}

impl<T: FieldType> ComputedOf<T> {
    /// The table.
    #[allow(clippy::new_without_default, reason = "only generated code makes one, as a constant")]
    pub const fn new() -> Self {
        Self { ty: T::TYPE, into_value: T::into_value }
    }
}

/// A default as a value of the engine.
pub fn default_value<T: FieldType>(value: T) -> FieldValue {
    value.into_value()
}

/// A type that a text in `default = "text"` becomes.
#[diagnostic::on_unimplemented(
    message = "a text cannot be the default of a field of the type `{Self}`; write a value of the type, such as `default = {Self}::Variant` \
               for an enum",
    label = "expected a value of the type `{Self}`"
)]
pub trait TextDefault: From<&'static str> {}

#[diagnostic::do_not_recommend]
impl<T: From<&'static str>> TextDefault for T {}

/// The default that is written as a text.
pub fn text_default<T: TextDefault>(text: &'static str) -> T {
    T::from(text)
}

/// Runs a field's `check` function on a value that is not null.
///
/// # Errors
/// The error of the function.
pub fn run_check<T: FieldType, E: Display>(
    value: &FieldValue,
    check: impl Fn(&T::Scalar) -> Result<(), E>,
) -> Result<(), String> {
    let typed = T::Scalar::from_value(value.clone()).map_err(|error| error.to_string())?;
    check(&typed).map_err(|error| error.to_string())
}

fn read<T: FieldType>(row: &QueryResult, prefix: &str, column: &str) -> Result<T, TryGetError> {
    let value = if prefix.is_empty() {
        super::column::read(&T::TYPE, row, column)?
    } else {
        super::column::read(&T::TYPE, row, format!("{prefix}{column}").as_str())?
    };
    // LEFT JOINs return rows of nulls; SeaORM recognizes them by this error.
    if !T::TYPE.nullable && value == null_of(&T::TYPE.kind) {
        return Err(TryGetError::Null(format!("{prefix}{column}")));
    }
    T::from_value(value).map_err(|error| DbErr::Type(format!("column {column}: {error}")).into())
}

fn unwrap<T: FieldType>(value: ActiveValue<T>, field: &str) -> Result<T, DbErr> {
    match value {
        ActiveValue::Set(value) | ActiveValue::Unchanged(value) => Ok(value),
        ActiveValue::NotSet => Err(DbErr::AttrNotSet(field.to_owned())),
    }
}

/// Null, zero, false or empty.
fn default<T: FieldType>() -> ActiveValue<T> {
    let value = match T::TYPE.kind {
        kind if T::TYPE.nullable => null_of(&kind),
        Kind::I16 => FieldValue::SmallInt(Some(0)),
        Kind::I32 => FieldValue::Int(Some(0)),
        Kind::I64 => FieldValue::BigInt(Some(0)),
        Kind::F32 => FieldValue::Float(Some(0.0)),
        Kind::F64 => FieldValue::Double(Some(0.0)),
        Kind::Decimal => FieldValue::Decimal(Some(Decimal::ZERO)),
        Kind::String => FieldValue::String(Some(String::new())),
        Kind::Bool => FieldValue::Bool(Some(false)),
        Kind::Bytes => FieldValue::Bytes(Some(Vec::new())),
        _ => return ActiveValue::NotSet,
    };
    T::from_value(value).map_or(ActiveValue::NotSet, ActiveValue::Set)
}
