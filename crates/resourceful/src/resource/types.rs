//! The values of rows.

use std::any::Any;

/// A value on its way to or from the database.
pub type FieldValue = sea_orm::Value;

/// Fields of a write, each with its index in [`ResourceSpec::fields`](crate::spec::ResourceSpec::fields) and its value;
/// every field at most once.
pub type Assignments = Vec<(usize, FieldValue)>;

/// A model whose type the engine does not know.
pub type Model = Box<dyn Any + Send + Sync>;
