//! Creating, changing and deleting rows. A write without anything extra is one statement.

use chrono::{DateTime, SubsecRound, Utc};
use sea_orm::DbErr;
use sea_orm::sea_query::{Alias, Expr, Query, ReturningClause};
use serde_json::Value as JsonValue;
use uuid::Uuid;

use super::engine::Engine;
use super::failure::{self, Write};
use super::scope::{owner_path, owner_value};
use crate::context::connection::{Connection, Failure, build};
use crate::error::{Error, FieldError, Result, catalogue};
use crate::resource::{
    Assignments, BodyShape, Checked, FieldValue, Record, absent_value, decode_body, null_of, value_to_json,
};
use crate::spec::{FieldRole, Kind, Operation};

impl Engine {
    /// Creates a row and returns it.
    pub(crate) async fn create(&self, values: Checked) -> Result<Record> {
        self.create_all(vec![values], false).await?.pop().ok_or_else(|| Error::internal("INSERT returned no row"))
    }

    /// Creates all of these rows, or none, and returns them in the same order.
    pub(crate) async fn create_many(&self, items: Vec<Checked>) -> Result<Vec<Record>> {
        self.create_all(items, true).await
    }

    async fn create_all(&self, items: Vec<Checked>, bulk: bool) -> Result<Vec<Record>> {
        self.provision_caller().await?;
        let rows = items.into_iter().map(|item| self.complete(item)).collect::<Result<Vec<_>>>()?;
        match self.insert(rows.clone(), bulk).await {
            // The caller's own row was deleted since it was seen last.
            Err(error) if error.is(&catalogue::INVALID_REFERENCE) && self.forget_caller().await => {
                self.provision_caller().await?;
                self.insert(rows, bulk).await
            }
            done => done,
        }
    }

    async fn insert(&self, rows: Vec<Assignments>, bulk: bool) -> Result<Vec<Record>> {
        let Some(first) = rows.first() else { return Ok(Vec::new()) };
        let written: Vec<usize> = first.iter().map(|(index, _)| *index).collect();
        let ids: Option<Vec<FieldValue>> = (rows.len() > 1).then(|| self.ids_of(&rows)).flatten();
        let mut insert = Query::insert();
        insert
            .into_table(Alias::new(self.spec().table))
            .columns(written.iter().map(|&index| Alias::new(self.spec().fields[index].column)))
            .returning(self.returning());
        for row in &rows {
            insert.values_panic(row.iter().map(|(_, value)| Expr::val(value.clone())));
        }
        let statement = build(self.backend(), &insert);
        let found = if self.must_look_again(&written) {
            self.write_and_look(if bulk { Operation::BulkCreate } else { Operation::Create }, statement).await
        } else {
            self.connection.all(statement).await.map_err(WriteError::Database)
        };
        match found {
            Ok(found) => Ok(in_order(self, found.into_iter().map(Record).collect(), ids)),
            Err(error) => Err(self.explain(error, if bulk { Write::Bulk(&rows) } else { Write::Insert(first) }).await),
        }
    }

    /// Changes a row and returns it. With nothing to change the row stays as it is, `updated_at` included.
    pub(crate) async fn update(&self, operation: Operation, id: FieldValue, values: Checked) -> Result<Record> {
        let mut values = values.into_inner();
        if values.is_empty() {
            return self.get(id).await;
        }
        if let Some((index, field)) = self.spec().field_with_role(FieldRole::UpdatedAt) {
            values.push((index, stamp(Utc::now(), &field.ty.kind)));
        }
        let mut update = Query::update();
        update
            .table(Alias::new(self.spec().table))
            .values(
                values
                    .iter()
                    .map(|(index, value)| (Alias::new(self.spec().fields[*index].column), Expr::val(value.clone()))),
            )
            .cond_where(self.condition_with_id(operation, id))
            .returning(self.returning());
        let statement = build(self.backend(), &update);
        let written: Vec<usize> = values.iter().map(|(index, _)| *index).collect();
        let found = if self.must_look_again(&written) {
            self.write_and_look(operation, statement).await
        } else {
            self.connection.all(statement).await.map_err(WriteError::Database)
        };
        match found {
            Ok(mut rows) => rows.pop().map(Record).ok_or_else(Error::not_found),
            Err(error) => Err(self.explain(error, Write::Update(&values)).await),
        }
    }

    /// Merges a patch into a row (RFC 7396) and returns it. Objects go into the JSON that is there, member by member, so
    /// the row is read and written in one transaction; without them it is a change like any other.
    pub(crate) async fn merge(&self, id: FieldValue, mut patch: JsonValue) -> Result<Record> {
        let spec = self.spec();
        let merged: Vec<usize> = (0..spec.fields.len())
            .filter(|&index| spec.is_updatable(index) && matches!(spec.fields[index].ty.kind, Kind::Json(_)))
            .filter(|&index| patch.get(spec.fields[index].json).is_some_and(JsonValue::is_object))
            .collect();
        if merged.is_empty() {
            return self
                .update(Operation::Patch, id, decode_body(self.table, &self.actor, BodyShape::Patch, &patch)?)
                .await;
        }
        let engine = self.clone();
        let work = move |tx: Connection| async move {
            let engine = Self { connection: tx, ..engine };
            let current = engine.get_for_update(Operation::Patch, id.clone()).await?;
            for index in merged {
                let field = &engine.spec().fields[index];
                let mut value = value_to_json(&field.ty.kind, &current.value(engine.spec(), index)?);
                merge_patch(&mut value, patch[field.json].take());
                patch[field.json] = value;
            }
            engine
                .update(Operation::Patch, id, decode_body(engine.table, &engine.actor, BodyShape::Patch, &patch)?)
                .await
        };
        self.connection.transaction(work).await.map_err(|failure| match failure {
            Failure::Work(error) => error,
            Failure::Database(error) => failure::read(error),
            Failure::Commit(error) => failure::unknown(error),
        })
    }

    /// Deletes a row.
    pub(crate) async fn delete(&self, id: FieldValue) -> Result<()> {
        let mut delete = Query::delete();
        delete.from_table(Alias::new(self.spec().table)).cond_where(self.condition_with_id(Operation::Delete, id));
        match self.connection.execute(build(self.backend(), &delete)).await {
            Ok(done) if done.rows_affected() > 0 => Ok(()),
            Ok(_) => Err(Error::not_found()),
            Err(error) => Err(self.explain(WriteError::Database(error), Write::Delete).await),
        }
    }

    fn returning(&self) -> ReturningClause {
        Query::returning().columns(self.spec().fields.iter().map(|field| Alias::new(field.column)))
    }

    /// All columns of a new row: what was given, what the server sets, and defaults.
    pub(super) fn complete(&self, given: Checked) -> Result<Assignments> {
        let spec = self.spec();
        let owner = spec.own_owner_field().map(|(index, _)| index);
        let moment = Utc::now();
        let mut row = Assignments::with_capacity(spec.fields.len());
        for (index, field) in spec.fields.iter().enumerate() {
            if let Some(value) = given.get(index) {
                row.push((index, value.clone()));
                continue;
            }
            let value = match (field.role, &field.ty.kind) {
                _ if owner == Some(index) => self.new_owner(index)?,
                (FieldRole::Id, Kind::Uuid) => FieldValue::Uuid(Some(Uuid::now_v7())),
                // The database counts.
                (FieldRole::Id, Kind::I32 | Kind::I64) => continue,
                (FieldRole::CreatedAt | FieldRole::UpdatedAt, kind) => stamp(moment, kind),
                _ => absent_value(self.table, index).ok_or_else(|| {
                    Error::validation(vec![FieldError::at(format!("/{}", field.json), "required", "is required")])
                })?,
            };
            row.push((index, value));
        }
        Ok(row)
    }

    /// The owner of a row that is being created: the caller.
    fn new_owner(&self, index: usize) -> Result<FieldValue> {
        let field = &self.spec().fields[index];
        match (self.actor.user(), owner_path(self.spec())) {
            (Some(user), Some(path)) => owner_value(&path, user),
            _ if field.ty.nullable => Ok(null_of(&field.ty.kind)),
            _ => Err(Error::new(
                &catalogue::USER_REQUIRED,
                "The row needs an owner: use a token of a user, or `create_for` where the system itself creates it",
            )),
        }
    }

    /// Writes in a transaction and keeps the result only if the actor may still touch every row it gave.
    async fn write_and_look(
        &self,
        operation: Operation,
        statement: sea_orm::Statement,
    ) -> Result<Vec<sea_orm::QueryResult>, WriteError> {
        let engine = self.clone();
        let work = move |tx: Connection| async move {
            let written = tx.all(statement).await?;
            for row in &written {
                let id =
                    crate::resource::read(&engine.spec().id_field().ty, row, engine.spec().id).map_err(DbErr::from)?;
                let mut look = Query::select();
                look.expr(Expr::val(1))
                    .from(Alias::new(engine.spec().table))
                    .cond_where(engine.condition_with_id(operation, id));
                if tx.one(build(tx.backend(), &look)).await?.is_none() {
                    return Err(WriteError::OutOfRows);
                }
            }
            Ok(written)
        };
        self.connection.transaction(work).await.map_err(|failure| match failure {
            Failure::Work(error) => error,
            Failure::Database(error) => WriteError::Database(error),
            Failure::Commit(error) => WriteError::Commit(error),
        })
    }

    async fn explain(&self, error: WriteError, write: Write<'_>) -> Error {
        match error {
            WriteError::Database(error) => failure::write(self, error, write).await,
            WriteError::Commit(error) => failure::commit(self, error, write).await,
            WriteError::OutOfRows => failure::foreign_reference(self, write),
        }
    }

    fn ids_of(&self, rows: &[Assignments]) -> Option<Vec<FieldValue>> {
        let id = self.spec().id;
        rows.iter().map(|row| row.iter().find(|(index, _)| *index == id).map(|(_, value)| value.clone())).collect()
    }
}

/// Why a write did not happen.
pub(super) enum WriteError {
    Database(DbErr),
    Commit(DbErr),
    OutOfRows,
}

impl From<DbErr> for WriteError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

/// The rows in the order in which they were sent: databases promise none for `RETURNING`.
fn in_order(engine: &Engine, found: Vec<Record>, ids: Option<Vec<FieldValue>>) -> Vec<Record> {
    let spec = engine.spec();
    let key = |record: &Record| record.value(spec, spec.id).ok();
    let mut found = found;
    match ids {
        Some(ids) => {
            let place: std::collections::HashMap<String, usize> =
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

/// RFC 7396 section 2.
fn merge_patch(target: &mut JsonValue, patch: JsonValue) {
    let JsonValue::Object(patch) = patch else {
        *target = patch;
        return;
    };
    if !target.is_object() {
        *target = JsonValue::Object(serde_json::Map::new());
    }
    let Some(members) = target.as_object_mut() else { return };
    for (name, value) in patch {
        if value.is_null() {
            members.remove(&name);
        } else {
            merge_patch(members.entry(name).or_insert(JsonValue::Null), value);
        }
    }
}

/// A moment, as a column of this kind holds it.
fn stamp(moment: DateTime<Utc>, kind: &Kind) -> FieldValue {
    let now = moment.trunc_subsecs(6);
    match kind {
        Kind::DateTime => FieldValue::ChronoDateTime(Some(now.naive_utc())),
        Kind::Date => FieldValue::ChronoDate(Some(now.date_naive())),
        _ => FieldValue::ChronoDateTimeUtc(Some(now)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::merge_patch;

    /// RFC 7396 Appendix A, every row.
    #[test]
    fn merges_as_the_rfc_says() {
        let cases = [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b"}), json!({"a": null}), json!({})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": ["b"]}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "c"}), json!({"a": ["b"]}), json!({"a": ["b"]})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [{"b": "c"}]}), json!({"a": [1]}), json!({"a": [1]})),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({"a": "b"}), json!(["c"]), json!(["c"])),
            (json!({"a": "foo"}), json!(null), json!(null)),
            (json!({"a": "foo"}), json!("bar"), json!("bar")),
            (json!({"e": null}), json!({"a": 1}), json!({"e": null, "a": 1})),
            (json!([1, 2]), json!({"a": "b", "c": null}), json!({"a": "b"})),
            (json!({}), json!({"a": {"bb": {"ccc": null}}}), json!({"a": {"bb": {}}})),
        ];
        for (original, patch, expected) in cases {
            let mut target = original.clone();
            merge_patch(&mut target, patch.clone());
            assert_eq!(target, expected, "{original} with {patch}");
        }
    }
}
