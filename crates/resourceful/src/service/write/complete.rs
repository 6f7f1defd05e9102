//! The columns of a new row that nobody gave.

use chrono::{DateTime, SubsecRound, Utc};
use uuid::Uuid;

use super::Engine;
use crate::error::{Error, FieldError, Result, catalogue, codes};
use crate::resource::{Assignments, Checked, FieldValue, absent_value, null_of};
use crate::service::scope::{owner_path, owner_value};
use crate::spec::{FieldRole, Kind};

impl Engine {
    /// All columns of a new row: what was given, what the server sets, and defaults.
    pub(in crate::service) fn complete(&self, mut given: Checked) -> Result<Assignments> {
        let spec = self.spec();
        let owner = spec.own_owner_field().map(|(index, _)| index);
        let moment = Utc::now();
        let mut row = Assignments::with_capacity(spec.fields.len());
        for (index, field) in spec.fields.iter().enumerate() {
            if let Some(value) = given.take(index) {
                row.push((index, value));
                continue;
            }
            let value = match (field.role, &field.ty.kind) {
                _ if owner == Some(index) => self.owner_of_new(index)?,
                (FieldRole::Id, Kind::Uuid) => FieldValue::Uuid(Some(Uuid::now_v7())),
                // The database counts.
                (FieldRole::Id, Kind::I32 | Kind::I64) => continue,
                (FieldRole::CreatedAt | FieldRole::UpdatedAt, kind) => stamp(moment, kind),
                _ => absent_value(self.table, index).ok_or_else(|| {
                    Error::validation(vec![FieldError::at(format!("/{}", field.json), codes::REQUIRED, "is required")])
                })?,
            };
            row.push((index, value));
        }
        Ok(row)
    }

    /// Whether somebody would own a row that the actor creates, if rows have owners of their own.
    ///
    /// # Errors
    /// 403 `user-required`.
    pub(crate) fn owner_of_created(&self) -> Result<()> {
        let owner = self.spec().own_owner_field();
        owner.map_or(Ok(()), |(index, _)| self.owner_of_new(index).map(drop))
    }

    /// The owner of a row that is being created: the caller.
    fn owner_of_new(&self, index: usize) -> Result<FieldValue> {
        let field = &self.spec().fields[index];
        match (self.new_owner(), owner_path(self.spec())) {
            (Some(user), Some(path)) => owner_value(&path, user),
            _ if field.ty.nullable => Ok(null_of(&field.ty.kind)),
            _ => Err(Error::new(
                &catalogue::USER_REQUIRED,
                "The row needs an owner: use a token of a user, or `create_for` where the system itself creates it",
            )),
        }
    }
}

/// A moment, as a column of this kind holds it.
pub(super) fn stamp(moment: DateTime<Utc>, kind: &Kind) -> FieldValue {
    let now = moment.trunc_subsecs(6);
    match kind {
        Kind::DateTime => FieldValue::ChronoDateTime(Some(now.naive_utc())),
        Kind::Date => FieldValue::ChronoDate(Some(now.date_naive())),
        _ => FieldValue::ChronoDateTimeUtc(Some(now)),
    }
}
