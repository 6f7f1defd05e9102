//! A row of the database.

use std::sync::Arc;

use sea_orm::{FromQueryResult, QueryResult};

use super::column;
use super::types::FieldValue;
use crate::error::{Error, Result};
use crate::spec::ResourceSpec;

/// A row as the database returned it, its columns in the order of [`ResourceSpec::fields`].
#[derive(Debug, Clone)]
pub struct Record(Arc<QueryResult>);

impl From<QueryResult> for Record {
    fn from(row: QueryResult) -> Self {
        Self(Arc::new(row))
    }
}

impl Record {
    /// The row.
    pub(crate) fn row(&self) -> &QueryResult {
        &self.0
    }

    /// The value of the field at this index.
    ///
    /// # Errors
    /// 500 when the column does not contain a value of the field's type.
    pub fn value(&self, spec: &ResourceSpec, index: usize) -> Result<FieldValue> {
        column::read(&spec.fields[index].ty, &self.0, index).map_err(|error| {
            let error: sea_orm::DbErr = error.into();
            Error::internal(format!("{}.{}: {error}", spec.table, spec.fields[index].column))
        })
    }

    /// The text of the JSON field at this index.
    ///
    /// # Errors
    /// 500 when the column does not hold JSON.
    pub(crate) fn json(&self, spec: &ResourceSpec, index: usize) -> Result<Option<&str>> {
        column::json_text(&self.0, index).map_err(|error| {
            let error: sea_orm::DbErr = error.into();
            Error::internal(format!("{}.{}: {error}", spec.table, spec.fields[index].column))
        })
    }

    /// The row as the user's struct.
    ///
    /// # Errors
    /// 500 when a column does not contain a value of its field's type.
    pub fn model<R: FromQueryResult>(&self) -> Result<R> {
        R::from_query_result(&self.0, "").map_err(Error::internal)
    }
}
