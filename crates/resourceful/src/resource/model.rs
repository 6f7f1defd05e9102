//! What the generated SeaORM entity calls.

use sea_orm::{ActiveValue, ColIdx, ColumnDef, ColumnTypeTrait, DbErr, QueryResult, TryGetError};

use super::{FieldType, FieldValue, value};
use crate::spec::{FieldSpec, TypeSpec};

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
