//! What the generated SeaORM entity calls.

use sea_orm::sea_query::ArrayType;
use sea_orm::{ActiveValue, ColIdx, ColumnDef, ColumnFromStrErr, ColumnTypeTrait, DbErr, QueryResult, TryGetError};

use super::{Assignments, FieldType, FieldValue, value};
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
        Kind::String | Kind::Enum(_) => ArrayType::String,
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

/// Adds a field of a typed body to the assignments, if it was given.
pub fn assign<T: FieldType>(assignments: &mut Assignments, index: usize, value: Option<T>) {
    if let Some(value) = value {
        assignments.push((index, value.into_value()));
    }
}

/// Reads one column of a row as a field's type.
///
/// # Errors
/// When the row has no such column or it holds something else.
pub fn read_column<T: FieldType>(row: &QueryResult, prefix: &str, column: &str) -> Result<T, TryGetError> {
    let value = if prefix.is_empty() {
        value::read(&T::TYPE, row, column)?
    } else {
        value::read(&T::TYPE, row, format!("{prefix}{column}").as_str())?
    };
    // LEFT JOINs answer rows of nulls; SeaORM tells them by this error.
    if !T::TYPE.nullable && value == super::null_of(&T::TYPE.kind) {
        return Err(TryGetError::Null(format!("{prefix}{column}")));
    }
    T::from_value(value).map_err(|error| DbErr::Type(format!("column {column}: {error}")).into())
}

/// A field of an active model as SeaORM's untyped active value.
pub fn wrap<T: FieldType + Into<sea_orm::Value>>(value: ActiveValue<T>) -> ActiveValue<sea_orm::Value> {
    match value {
        ActiveValue::Set(value) => ActiveValue::Set(value.into_value()),
        ActiveValue::Unchanged(value) => ActiveValue::Unchanged(value.into_value()),
        ActiveValue::NotSet => ActiveValue::NotSet,
    }
}

/// Runs a field's `check` function on a value of the engine.
///
/// # Errors
/// What the function says.
pub fn run_check<T: FieldType, E: std::fmt::Display>(value: &FieldValue, check: impl Fn(&T) -> Result<(), E>) -> Result<(), String> {
    let typed = T::from_value(value.clone()).map_err(|error| error.to_string())?;
    check(&typed).map_err(|error| error.to_string())
}

/// A default as the engine takes it.
pub fn default_value<T: FieldType>(value: T) -> FieldValue {
    value.into_value()
}

/// Reads a column by its place or its name.
pub(crate) fn read(ty: &TypeSpec, row: &QueryResult, column: impl ColIdx) -> Result<FieldValue, TryGetError> {
    value::read(ty, row, column)
}
