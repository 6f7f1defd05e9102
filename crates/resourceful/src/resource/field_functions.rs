//! Everything that generated code does with the type of a field, as one table of functions. Only the constant that makes
//! the table requires a field type, so an unsupported type is one error, at the user's token, however much of the table is
//! used.

use sea_orm::{DbErr, QueryResult, TryGetError};

use super::slot::{ActiveSlot, FieldSlot};
use super::types::{Assignments, FieldValue};
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

/// A table that can be made from nothing. Of a type that no field can have there is no table, and the compiler then says
/// nothing about this trait.
pub trait Table {
    /// The table.
    const NEW: Self;
}
