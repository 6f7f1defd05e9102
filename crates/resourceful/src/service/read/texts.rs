//! The SQL text of frequent reads, made once for each resource and shape: only the values differ from read to read.
//!
//! A text is stored only if its values are exactly those that the caller binds, in the same order, so a stored text can
//! never be used with other values than the ones it was made for.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use sea_orm::sea_query::SelectStatement;
use sea_orm::{Statement, Values};

use super::columns::Columns;
use crate::context::access::{BuiltStatement, build};
use crate::resource::FieldValue;
use crate::service::engine::Engine;

/// The most texts. Callers choose columns and orders, so there could be very many.
const MOST: usize = 1_000;

/// What a text reads, without its condition: only reads without one have a stored text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Shape {
    /// One row by its id.
    One,
    /// The rows with these ids.
    #[cfg(feature = "postgres")]
    Many,
    /// A page in this order: each field, and whether it is descending.
    Page { order: Vec<(usize, bool)>, has_offset: bool },
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    /// The address of the resource.
    table: usize,
    columns: Columns,
    shape: Shape,
}

/// The texts of an application.
#[derive(Default)]
pub(super) struct Texts(RwLock<HashMap<Key, Arc<str>>>);

impl Engine {
    /// The statement of this shape with these values, its text made by `make` if there is none yet.
    pub(super) fn with_text(
        &self,
        columns: &Columns,
        shape: Shape,
        values: Vec<FieldValue>,
        make: impl FnOnce() -> SelectStatement,
    ) -> BuiltStatement {
        let texts = self.ctx.kept::<Texts>();
        let texts = &texts.0;
        let key = Key { table: std::ptr::from_ref(self.table).addr(), columns: columns.clone(), shape };
        let values = Values(values);
        if let Some(sql) = texts.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            let statement = Statement { sql: sql.to_string(), values: Some(values), db_backend: self.backend() };
            return BuiltStatement::read(statement);
        }
        let built = build(self.backend(), &make());
        let mut texts = texts.write().unwrap_or_else(PoisonError::into_inner);
        if built.statement.values.as_ref() == Some(&values) && texts.len() < MOST {
            texts.insert(key, built.statement.sql.as_str().into());
        }
        built
    }
}
