//! Creating rows.

use std::collections::HashMap;

use sea_orm::DbBackend;
use sea_orm::sea_query::{Alias, Query};

use super::error::WriteError;
use super::plan::WritePlan;
use super::step::{Action, fields_of};
use crate::context::access::{BuiltStatement, build};
use crate::error::{Error, Result, catalogue};
use crate::resource::{Assignments, Checked, FieldValue, Record};
use crate::service::engine::Engine;
use crate::spec::Operation;

impl Engine {
    /// Creates a row and returns it.
    pub(crate) async fn create(&self, values: Checked) -> Result<Record> {
        let mut created = self.create_all(vec![values], Operation::Create).await?;
        created.pop().ok_or_else(|| Error::internal("INSERT returned no row"))
    }

    /// Creates all of these rows, or none, and returns them in the same order.
    pub(crate) async fn create_bulk(&self, items: Vec<Checked>) -> Result<Vec<Record>> {
        self.create_all(items, Operation::BulkCreate).await
    }

    async fn create_all(&self, items: Vec<Checked>, operation: Operation) -> Result<Vec<Record>> {
        self.check_unconditional()?;
        let mut rows = items.into_iter().map(|item| self.complete(item)).collect::<Result<Vec<_>>>()?;
        self.check_ids(operation, &rows, 0)?;
        self.provision_caller().await?;
        self.check_references(operation, &rows).await?;
        rows.iter_mut().for_each(|row| self.json_to_text(row));
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let plan = WritePlan::new(self, operation, Action::Insert(&rows));
        match self.execute(&plan).await {
            // The caller's own row was deleted after it was seen last. In an open transaction it is too late to create it.
            Err(error) if error.is(&catalogue::INVALID_REFERENCE) && self.forget_caller().await => {
                // Hooks have run, and may have done more than write.
                if !self.connection.is_pool() || self.table.hooks.is_some() {
                    return Err(error);
                }
                self.provision_caller().await?;
                self.execute(&plan).await
            }
            done => done,
        }
    }

    /// Inserts rows that all have the same columns, with as few statements as the database allows.
    pub(super) async fn insert_rows(&self, rows: &[Assignments]) -> Result<Vec<Record>, WriteError> {
        let Some(first) = rows.first() else { return Ok(Vec::new()) };
        let mut records = Vec::with_capacity(rows.len());
        for rows in rows.chunks(self.rows_per_insert(first.len())) {
            let read_back = !self.connection.is_pool() && self.is_read_back(rows);
            let found = self.connection.write(|| self.insert(rows, read_back)).await?;
            let found = match read_back {
                true => self.read_back(found).await?,
                false => found.into_iter().map(Record::from).collect(),
            };
            let ids = (rows.len() > 1).then(|| self.ids_of(rows)).flatten();
            records.extend(in_order(self, found, ids));
        }
        Ok(records)
    }

    fn insert(&self, rows: &[Assignments], read_back: bool) -> BuiltStatement {
        let columns = rows.first().map(fields_of).unwrap_or_default();
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new(self.spec().table))
            .columns(columns.iter().map(|index| Alias::new(self.spec().fields[*index].column)))
            .returning(if read_back { self.returning_id() } else { self.returning() });
        if columns.is_empty() {
            insert.or_default_values();
        }
        for row in rows.iter().filter(|row| !row.is_empty()) {
            insert.values_panic(row.iter().map(|(index, _)| self.place(*index)));
        }
        let mut built = build(self.backend(), &insert);
        self.fill(&mut built, rows.iter().flatten());
        built
    }

    /// How many rows of this many columns one statement can hold: its values are counted with 16 bits on PostgreSQL and
    /// up to 32766 on SQLite. Rows without any given column are inserted one by one.
    pub(super) fn rows_per_insert(&self, columns: usize) -> usize {
        if columns == 0 {
            return 1;
        }
        let most = if self.backend() == DbBackend::Postgres { 65_535 } else { 32_766 };
        (most / columns).max(1)
    }
}

/// The rows in the order in which they were sent: databases promise none for `RETURNING`.
fn in_order(engine: &Engine, mut found: Vec<Record>, ids: Option<Vec<FieldValue>>) -> Vec<Record> {
    let spec = engine.spec();
    let key = |record: &Record| record.value(spec, spec.id).ok();
    match ids {
        Some(ids) => {
            let place: HashMap<String, usize> =
                ids.iter().enumerate().map(|(place, id)| (format!("{id:?}"), place)).collect();
            found.sort_by_key(|record| key(record).and_then(|id| place.get(&format!("{id:?}")).copied()));
        }
        None => found.sort_by_key(|record| match key(record) {
            Some(FieldValue::Int(Some(id))) => i64::from(id),
            Some(FieldValue::BigInt(Some(id))) => id,
            _ => 0,
        }),
    }
    found
}
