//! Everything that generated code does with the type of a field, as one table of functions. Only the constant that makes
//! the table requires a field type, so an unsupported type is one error, at the user's token, however much of the table is
//! used.

use std::fmt::Display;

use rust_decimal::Decimal;
use sea_orm::{ActiveValue, DbErr, QueryResult, TryGetError};

use super::field_type::FieldType;
use super::slot::{ActiveSlot, FieldSlot};
use super::types::{Assignments, FieldValue};
use super::value::null_of;
use crate::spec::{Kind, TypeSpec};

/// The functions of a field's type `T`, and of `A`, which is `ActiveValue<T>`.
#[derive(Debug)]
pub struct FieldOf<T, A> {
    /// The type as data.
    pub ty: TypeSpec,
    /// Reads one column of a row: the row, SeaORM's prefix of the columns, the column.
    pub read: fn(&QueryResult, &str, &str) -> Result<T, TryGetError>,
    /// A field as a trait object.
    pub slot: fn(&T) -> &dyn FieldSlot,
    /// A field to be changed, as a trait object.
    pub slot_mut: fn(&mut T) -> &mut dyn FieldSlot,
    /// Turns the value into that of the engine.
    pub into_value: fn(T) -> FieldValue,
    /// A field of an active model as a trait object.
    pub active: fn(&A) -> &dyn ActiveSlot,
    /// A field of an active model to be changed, as a trait object.
    pub active_mut: fn(&mut A) -> &mut dyn ActiveSlot,
    /// A copy of a field of an active model.
    pub active_clone: fn(&A) -> A,
    /// A field of an active model that is unchanged.
    pub unchanged: fn(T) -> A,
    /// A field of an active model that is not set.
    pub not_set: fn() -> A,
    /// The value of the field in SeaORM's `ActiveModelTrait::default_values`.
    pub active_default: fn() -> A,
    /// The value of a field of an active model, if it is set.
    pub unwrap: fn(A, &str) -> Result<T, DbErr>,
}

impl<T: FieldType> FieldOf<T, ActiveValue<T>> {
    /// The table.
    #[allow(clippy::new_without_default, reason = "only generated code makes one, as a constant")]
    pub const fn new() -> Self {
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

impl<T, A> FieldOf<T, A> {
    /// Whether the database assigns ids of this type.
    pub const fn is_made_by_the_database(&self) -> bool {
        matches!(self.ty.kind, Kind::I32 | Kind::I64)
    }

    /// Adds a field of a typed body to the assignments, if it was given.
    pub fn assign(&self, assignments: &mut Assignments, index: usize, value: Option<T>) {
        if let Some(value) = value {
            assignments.push((index, (self.into_value)(value)));
        }
    }
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
