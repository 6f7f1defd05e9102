//! Changing a row.

use chrono::Utc;
use sea_orm::sea_query::{Alias, Query};

use super::complete::moment;
use super::error::WriteError;
use super::plan::WritePlan;
use super::step::Action;
use crate::context::access::build;
use crate::error::{Error, Result};
use crate::resource::{Assignments, Checked, FieldValue, Record};
use crate::service::engine::Engine;
use crate::spec::{FieldRole, Operation};

impl Engine {
    /// Changes a row and returns it. With nothing to change the row stays as it is, `updated_at` included.
    pub(crate) async fn update(&self, operation: Operation, id: FieldValue, values: Checked) -> Result<Record> {
        let mut values = values.into_inner();
        if values.is_empty() {
            return self.get_as(operation, id).await;
        }
        if let Some((index, field)) = self.spec().field_with_role(FieldRole::UpdatedAt) {
            values.push((index, moment(Utc::now(), &field.ty.kind)));
        }
        self.check_changed_references(operation, &id, &values).await?;
        self.json_to_text(&mut values);
        let plan = WritePlan::new(self, operation, Action::Update { id: &id, values: &values });
        self.execute(&plan).await?.pop().ok_or_else(|| Error::internal("UPDATE returned no row"))
    }

    pub(super) async fn update_row(
        &self,
        operation: Operation,
        id: &FieldValue,
        values: &Assignments,
    ) -> Result<Record, WriteError> {
        let read_back = !self.connection.is_pool() && self.is_read_back(std::slice::from_ref(values));
        let statement = || {
            let columns =
                values.iter().map(|(index, _)| (Alias::new(self.spec().fields[*index].column), self.place(*index)));
            let mut update = Query::update();
            update
                .table(Alias::new(self.spec().table))
                .values(columns)
                .cond_where(self.condition_with_id(operation, id.clone()))
                .returning(if read_back { self.returning_id() } else { self.returning() });
            let mut built = build(self.backend(), &update);
            self.fill(&mut built, values.iter());
            built
        };
        let rows = self.connection.write(statement).await?;
        let mut rows = match read_back && !rows.is_empty() {
            true => self.read_back(rows).await?,
            false => rows.into_iter().map(Record::from).collect(),
        };
        rows.pop().ok_or(WriteError::NotFound)
    }
}
