//! What the generated SeaORM entity calls.

use std::any::Any;
use std::fmt::Display;

use sea_orm::sea_query::ArrayType;
use sea_orm::{ColIdx, ColumnDef, ColumnFromStrErr, ColumnTypeTrait, QueryResult, TryGetError};

use super::field_of::ComputedOf;
use super::record::Record;
use super::table::Resource;
use super::types::FieldValue;
use super::{column, value};
use crate::error::Result;
use crate::spec::{FieldSpec, Kind, ResourceSpec, TypeSpec};

/// The column of a field, for SeaORM's `ColumnTrait::def`.
pub fn column_def(field: &FieldSpec) -> ColumnDef {
    let mut def = value::column_type(&field.ty.kind).def();
    if field.ty.nullable {
        def = def.nullable();
    }
    if field.unique {
        def = def.unique();
    }
    def
}

/// The type of a field's values inside a PostgreSQL array, for SeaORM's `ModelTrait::get_value_type`.
pub fn array_type(field: &FieldSpec) -> ArrayType {
    match field.ty.kind {
        Kind::I16 => ArrayType::SmallInt,
        Kind::I32 => ArrayType::Int,
        Kind::I64 => ArrayType::BigInt,
        Kind::F32 => ArrayType::Float,
        Kind::F64 => ArrayType::Double,
        Kind::Decimal => ArrayType::Decimal,
        Kind::String | Kind::Enum(_) | Kind::File => ArrayType::String,
        Kind::Bool => ArrayType::Bool,
        Kind::Uuid => ArrayType::Uuid,
        Kind::Date => ArrayType::ChronoDate,
        Kind::Time => ArrayType::ChronoTime,
        Kind::DateTime => ArrayType::ChronoDateTime,
        Kind::Timestamp => ArrayType::ChronoDateTimeUtc,
        Kind::Json(_) => ArrayType::Json,
        Kind::Bytes => ArrayType::Bytes,
    }
}

/// The index of the field with this column or this Rust name, for `FromStr` of SeaORM's columns.
///
/// # Errors
/// When there is none.
pub fn column_named(spec: &ResourceSpec, name: &str) -> Result<usize, ColumnFromStrErr> {
    spec.fields
        .iter()
        .position(|field| field.column == name || field.name == name)
        .ok_or_else(|| ColumnFromStrErr(name.to_owned()))
}

/// Reads a column by its place or its name.
pub(crate) fn read(ty: &TypeSpec, row: &QueryResult, at: impl ColIdx) -> Result<FieldValue, TryGetError> {
    column::read(ty, row, at)
}

/// Makes a model of a row.
///
/// # Errors
/// 500 when a column does not contain a value of its field's type.
pub fn model_of<R: Resource>(record: &Record) -> Result<super::types::Model> {
    Ok(Box::new(record.model::<R>()?))
}

/// Computes an output field of a model of this type.
pub fn compute<R: Resource, T>(model: &dyn Any, of: &ComputedOf<T>, function: impl Fn(&R) -> T) -> FieldValue {
    match model.downcast_ref::<R>() {
        Some(model) => (of.into_value)(function(model)),
        None => super::value::null_of(&of.ty.kind),
    }
}

/// Runs a `check` function across the fields of a model of this type.
///
/// # Errors
/// The error that the function returns.
pub fn run_model_check<R: Resource, E: Display>(
    model: &dyn Any,
    check: impl Fn(&R) -> Result<(), E>,
) -> Result<(), String> {
    match model.downcast_ref::<R>() {
        Some(model) => check(model).map_err(|error| error.to_string()),
        None => Ok(()),
    }
}
