//! The columns of a new row that the input does not give.

use chrono::{DateTime, SubsecRound, Utc};
use uuid::Uuid;

use crate::error::{Error, FieldError, Result, catalogue, codes};
use crate::resource::{Assignments, Checked, FieldValue, absent_value, first_version, null_of};
use crate::service::engine::Engine;
use crate::service::ownership::{owner_path, owner_value};
use crate::spec::{FieldAccess, FieldRole, Kind};

impl Engine {
    /// All columns of a new row: the given values, those that the server sets, and defaults.
    pub(super) fn complete(&self, mut given: Checked) -> Result<Assignments> {
        let spec = self.spec();
        let owner = spec.own_owner_field().map(|(index, _)| index);
        let now = Utc::now();
        let mut row = Assignments::with_capacity(spec.fields.len());
        for (index, field) in spec.fields.iter().enumerate() {
            if let Some(value) = given.take(index) {
                row.push((index, value));
                continue;
            }
            let value = match (field.role, &field.ty.kind) {
                // The database fills it.
                _ if field.access == FieldAccess::Generated => continue,
                _ if owner == Some(index) => self.owner_of_new(index)?,
                (FieldRole::Id, Kind::Uuid) => FieldValue::Uuid(Some(Uuid::now_v7())),
                // The database assigns it.
                (FieldRole::Id, Kind::I32 | Kind::I64) => continue,
                (FieldRole::CreatedAt | FieldRole::UpdatedAt, kind) => moment(now, kind),
                (FieldRole::Version, kind) => first_version(kind),
                _ => absent_value(self.table, index).ok_or_else(|| {
                    Error::validation(vec![FieldError::at(format!("/{}", field.json), codes::REQUIRED, "is required")])
                })?,
            };
            row.push((index, value));
        }
        Ok(row)
    }

    /// Checks that a row that the actor creates has an owner, where it needs one.
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

/// A moment as the value of a column of this kind.
pub(super) fn moment(at: DateTime<Utc>, kind: &Kind) -> FieldValue {
    let at = at.trunc_subsecs(6);
    match kind {
        Kind::DateTime => FieldValue::ChronoDateTime(Some(at.naive_utc())),
        Kind::Date => FieldValue::ChronoDate(Some(at.date_naive())),
        _ => FieldValue::ChronoDateTimeUtc(Some(at)),
    }
}
