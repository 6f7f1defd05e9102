//! Fields behind one vtable per type, so that a generated entity needs one `match` over its columns and not nine.

use sea_orm::{ActiveValue, DbErr, Value};

use super::{FieldType, FieldValue};
use crate::spec::Kind;

/// A field of a model.
pub trait FieldSlot {
    /// The value as SeaORM takes it.
    fn value(&self) -> FieldValue;

    /// Replaces the value.
    ///
    /// # Errors
    /// When the new one is of another type.
    fn replace(&mut self, value: FieldValue) -> Result<(), DbErr>;
}

impl<T: FieldType> FieldSlot for T {
    fn value(&self) -> FieldValue {
        self.clone().into_value()
    }

    fn replace(&mut self, value: FieldValue) -> Result<(), DbErr> {
        *self = typed(value)?;
        Ok(())
    }
}

/// A field of an active model.
pub trait ActiveSlot {
    /// Takes the value out and leaves the field not set.
    fn take(&mut self) -> ActiveValue<FieldValue>;

    /// The value.
    fn get(&self) -> ActiveValue<FieldValue>;

    /// Sets the value.
    ///
    /// # Errors
    /// When it is of another type.
    fn try_set(&mut self, value: FieldValue) -> Result<(), DbErr>;

    /// Sets the value unless the row holds it already.
    ///
    /// # Panics
    /// When it is of another type, as SeaORM's own entities do.
    fn set_if_not_equals(&mut self, value: FieldValue);

    /// Leaves the field out of the statement.
    fn clear(&mut self);

    /// Whether the field is left out of the statement.
    fn is_not_set(&self) -> bool;

    /// Writes the value again, changed or not.
    fn reset(&mut self);
}

impl<T: FieldType + Into<Value>> ActiveSlot for ActiveValue<T> {
    fn take(&mut self) -> ActiveValue<FieldValue> {
        super::wrap(std::mem::replace(self, ActiveValue::NotSet))
    }

    fn get(&self) -> ActiveValue<FieldValue> {
        super::wrap(self.clone())
    }

    fn try_set(&mut self, value: FieldValue) -> Result<(), DbErr> {
        *self = ActiveValue::Set(typed(value)?);
        Ok(())
    }

    fn set_if_not_equals(&mut self, value: FieldValue) {
        if matches!(self, ActiveValue::Unchanged(current) if current.clone().into_value() == value) {
            return;
        }
        if let Err(error) = self.try_set(value) {
            panic!("{error}");
        }
    }

    fn clear(&mut self) {
        *self = ActiveValue::NotSet;
    }

    fn is_not_set(&self) -> bool {
        matches!(self, ActiveValue::NotSet)
    }

    fn reset(&mut self) {
        *self = match std::mem::replace(self, ActiveValue::NotSet) {
            ActiveValue::Set(value) | ActiveValue::Unchanged(value) => ActiveValue::Set(value),
            ActiveValue::NotSet => ActiveValue::NotSet,
        };
    }
}

/// What SeaORM's `ActiveModelTrait::default_values` gives a field: null, zero, false or nothing in it.
pub fn active_default<T: FieldType + Into<Value>>() -> ActiveValue<T> {
    let value = if T::TYPE.nullable {
        super::null_of(&T::TYPE.kind)
    } else {
        match T::TYPE.kind {
            Kind::I16 => FieldValue::SmallInt(Some(0)),
            Kind::I32 => FieldValue::Int(Some(0)),
            Kind::I64 => FieldValue::BigInt(Some(0)),
            Kind::F32 => FieldValue::Float(Some(0.0)),
            Kind::F64 => FieldValue::Double(Some(0.0)),
            Kind::Decimal => FieldValue::Decimal(Some(rust_decimal::Decimal::ZERO)),
            Kind::String => FieldValue::String(Some(String::new())),
            Kind::Bool => FieldValue::Bool(Some(false)),
            Kind::Bytes => FieldValue::Bytes(Some(Vec::new())),
            _ => return ActiveValue::NotSet,
        }
    };
    T::from_value(value).map_or(ActiveValue::NotSet, ActiveValue::Set)
}

/// The value of an active model's field.
///
/// # Errors
/// When it is not set.
pub fn active_into_field<T: Into<Value>>(value: ActiveValue<T>, field: &str) -> Result<T, DbErr> {
    match value {
        ActiveValue::Set(value) | ActiveValue::Unchanged(value) => Ok(value),
        ActiveValue::NotSet => Err(DbErr::AttrNotSet(field.to_owned())),
    }
}

fn typed<T: FieldType>(value: FieldValue) -> Result<T, DbErr> {
    T::from_value(value).map_err(|error| DbErr::Type(error.to_string()))
}
