//! Fields as trait objects, so that a generated entity needs one `match` over its columns instead of nine.

use sea_orm::{ActiveValue, DbErr};

use super::field_type::FieldType;
use super::types::FieldValue;

/// A field of a model.
pub trait FieldSlot {
    /// The value for SeaORM.
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

impl<T: FieldType> ActiveSlot for ActiveValue<T> {
    fn take(&mut self) -> ActiveValue<FieldValue> {
        wrap(std::mem::replace(self, ActiveValue::NotSet))
    }

    fn get(&self) -> ActiveValue<FieldValue> {
        wrap(self.clone())
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

fn typed<T: FieldType>(value: FieldValue) -> Result<T, DbErr> {
    T::from_value(value).map_err(|error| DbErr::Type(error.to_string()))
}

fn wrap<T: FieldType>(value: ActiveValue<T>) -> ActiveValue<FieldValue> {
    match value {
        ActiveValue::Set(value) => ActiveValue::Set(value.into_value()),
        ActiveValue::Unchanged(value) => ActiveValue::Unchanged(value.into_value()),
        ActiveValue::NotSet => ActiveValue::NotSet,
    }
}
