//! Changing a row.

use chrono::Utc;
use sea_orm::sea_query::{Alias, CaseStatement, Expr, ExprTrait, Query};

use super::complete::moment;
use super::error::WriteError;
use super::plan::WritePlan;
use super::step::Action;
use crate::context::access::build;
use crate::error::{Error, Result};
use crate::resource::{Assignments, Checked, FieldValue, Record};
use crate::service::engine::Engine;
use crate::spec::{FieldRole, Kind, Operation};

impl Engine {
    /// Changes a row and returns it. With nothing to change the row stays as it is, `updated_at` included.
    pub(crate) async fn update(&self, operation: Operation, id: FieldValue, values: Checked) -> Result<Record> {
        let mut values = values.into_inner();
        if values.is_empty() {
            return self.if_met(self.get_as(operation, id).await?);
        }
        if let Some((index, field)) = self.spec().field_with_role(FieldRole::UpdatedAt) {
            values.push((index, moment(Utc::now(), &field.ty.kind)));
        }
        self.check_changed_references(operation, &id, &values).await?;
        self.json_to_text(&mut values);
        let plan = WritePlan::new(self, operation, Action::Update { id: &id, values: &values });
        self.execute(&plan).await?.pop().ok_or_else(|| Error::internal("UPDATE returned no row"))
    }

    /// Writes these fields, and raises the version. A locked row is in the state that the caller requires.
    pub(super) async fn update_row(
        &self,
        operation: Operation,
        id: &FieldValue,
        values: &Assignments,
        locked: bool,
    ) -> Result<Record, WriteError> {
        let read_back = !self.connection.is_pool() && self.is_read_back(std::slice::from_ref(values));
        let version = self.spec().version_field();
        // A hook may have set it.
        let values = || values.iter().filter(|(index, _)| version.is_none_or(|(version, _)| *index != version));
        let target = if locked { Self::condition_with_id } else { Self::target };
        let statement = || {
            let columns =
                values().map(|(index, _)| (Alias::new(self.spec().fields[*index].column), self.place(*index)));
            let raised = version.map(|(_, field)| {
                let version = || Expr::col((Alias::new(self.spec().table), Alias::new(field.column)));
                // After the largest version, or a value of another program that is none, comes 1.
                let last = if matches!(field.ty.kind, Kind::I32) { i64::from(i32::MAX) } else { i64::MAX };
                let is_version = version().between(Expr::cust("1"), Expr::cust((last - 1).to_string()));
                let next =
                    CaseStatement::new().case(is_version, version().add(Expr::cust("1"))).finally(Expr::cust("1"));
                (Alias::new(field.column), Expr::Case(Box::new(next)))
            });
            let mut update = Query::update();
            update
                .table(Alias::new(self.spec().table))
                .values(columns.chain(raised))
                .cond_where(target(self, operation, id.clone()))
                .returning(if read_back { self.returning_id() } else { self.returning() });
            let mut built = build(self.backend(), &update);
            self.fill(&mut built, values());
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
