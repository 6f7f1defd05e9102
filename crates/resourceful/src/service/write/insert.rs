//! Creating, changing and deleting rows. A write without anything extra is one statement.

mod complete;
mod deep;
mod halfway;
mod hooked;
mod ids;
mod merge;
mod references;
mod unwritten;

use std::sync::atomic::Ordering;

use chrono::Utc;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query, ReturningClause};
use sea_orm::{DbBackend, DbErr};

use self::complete::stamp;
use super::engine::Engine;
use super::failure::{self, Write};
use super::transaction::retrying;
use crate::actor::Actor;
use crate::context::connection::{Connection, build};
use crate::context::{Failure, Retried, Tx};
use crate::error::{Error, FieldError, Result, catalogue};
use crate::resource::{Assignments, Checked, FieldValue, Record, stored_json};
use crate::spec::{FieldRole, Kind, Operation};

impl Engine {
    /// Creates a row and returns it.
    pub(crate) async fn create(&self, values: Checked) -> Result<Record> {
        self.create_all(vec![values], Operation::Create)
            .await?
            .pop()
            .ok_or_else(|| Error::internal("INSERT returned no row"))
    }

    /// Creates all of these rows, or none, and returns them in the same order.
    pub(crate) async fn create_many(&self, items: Vec<Checked>) -> Result<Vec<Record>> {
        self.create_all(items, Operation::BulkCreate).await
    }

    async fn create_all(&self, items: Vec<Checked>, operation: Operation) -> Result<Vec<Record>> {
        let mut rows = items.into_iter().map(|item| self.complete(item)).collect::<Result<Vec<_>>>()?;
        self.check_ids(operation, &rows, 0)?;
        self.provision_caller().await?;
        self.check_references(operation, &rows).await?;
        rows.iter_mut().for_each(|row| self.settle(row));
        match self.retrying(|| self.insert(operation, &rows)).await {
            // The caller's own row was deleted since it was seen last. In an open transaction it is too late to make it.
            Err(error) if error.is(&catalogue::INVALID_REFERENCE) && self.forget_caller().await => {
                // Hooks have run, and may have done more than write.
                if !self.connection.is_pool() || self.table.hooks.is_some() {
                    return Err(error);
                }
                self.provision_caller().await?;
                self.retrying(|| self.insert(operation, &rows)).await
            }
            done => done,
        }
    }

    async fn insert(&self, operation: Operation, rows: &[Assignments]) -> Result<Vec<Record>> {
        let Some(first) = rows.first() else { return Ok(Vec::new()) };
        let written = indexes(first);
        let alone = !self.must_look_at_row(&written) && rows.len() <= self.batch(written.len());
        let done = match &self.table.hooks {
            Some(hooks) => {
                self.atomically(|engine| async move { engine.insert_hooked(hooks, operation, rows).await }).await
            }
            None if alone && self.stands_alone().await? => self.insert_rows(rows).await,
            None => {
                let work = |engine: Self| async move {
                    let records = engine.insert_rows(rows).await?;
                    engine.look_again(operation, &records, &written, "").await?;
                    Ok(records)
                };
                self.atomically(work).await
            }
        };
        let what = if operation == Operation::BulkCreate { Write::Bulk(rows) } else { Write::Insert(first) };
        match done {
            Ok(records) => Ok(records),
            Err(error) => Err(self.explain(self.refused_rows(operation, error, rows).await, what).await),
        }
    }

    /// Inserts rows that all have the same columns, with as few statements as the database allows.
    async fn insert_rows(&self, rows: &[Assignments]) -> Result<Vec<Record>, WriteError> {
        let Some(first) = rows.first() else { return Ok(Vec::new()) };
        let mut records = Vec::with_capacity(rows.len());
        for rows in rows.chunks(self.batch(first.len())) {
            let mut insert = Query::insert();
            insert
                .into_table(Alias::new(self.spec().table))
                .columns(first.iter().map(|(index, _)| Alias::new(self.spec().fields[*index].column)))
                .returning(self.returning());
            if first.is_empty() {
                insert.or_default_values();
            }
            for row in rows.iter().filter(|row| !row.is_empty()) {
                insert.values_panic(row.iter().map(|(index, value)| self.bound(*index, value)));
            }
            let statement = build(self.backend(), &insert);
            // It holds all values once more.
            drop(insert);
            let found = self.connection.all(statement).await?;
            let ids = (rows.len() > 1).then(|| self.ids_of(rows)).flatten();
            records.extend(in_order(self, found.into_iter().map(Record).collect(), ids));
        }
        Ok(records)
    }

    /// How many rows of this many columns one statement can hold: its values are counted with 16 bits on PostgreSQL and
    /// up to 32766 on SQLite. Rows of which the database knows everything come one by one.
    fn batch(&self, columns: usize) -> usize {
        if columns == 0 {
            return 1;
        }
        let most = if self.backend() == DbBackend::Postgres { 65_535 } else { 32_766 };
        (most / columns).max(1)
    }

    /// Changes a row and returns it. With nothing to change the row stays as it is, `updated_at` included.
    pub(crate) async fn update(&self, operation: Operation, id: FieldValue, values: Checked) -> Result<Record> {
        let mut values = values.into_inner();
        if values.is_empty() {
            return self.get_as(operation, id).await;
        }
        if let Some((index, field)) = self.spec().field_with_role(FieldRole::UpdatedAt) {
            values.push((index, stamp(Utc::now(), &field.ty.kind)));
        }
        self.check_changed_references(operation, &id, &values).await?;
        self.settle(&mut values);
        self.retrying(|| self.change(operation, &id, &values)).await
    }

    async fn change(&self, operation: Operation, id: &FieldValue, values: &Assignments) -> Result<Record> {
        let written = indexes(values);
        let done = match &self.table.hooks {
            Some(hooks) => {
                self.atomically(|engine| async move { engine.update_hooked(hooks, operation, id, values).await }).await
            }
            None if !self.must_look_at_row(&written) && self.stands_alone().await? => {
                self.update_row(operation, id, values).await
            }
            None => {
                let work = |engine: Self| async move {
                    let record = engine.update_row(operation, id, values).await?;
                    engine.look_again(operation, std::slice::from_ref(&record), &written, "").await?;
                    Ok(record)
                };
                self.atomically(work).await
            }
        };
        match done {
            Ok(record) => Ok(record),
            Err(WriteError::NotFound) => Err(self.not_found(operation, id).await),
            Err(error) => {
                let error = self.refused_change(operation, error, id, values).await;
                Err(self.explain(error, Write::Update(values)).await)
            }
        }
    }

    async fn update_row(
        &self,
        operation: Operation,
        id: &FieldValue,
        values: &Assignments,
    ) -> Result<Record, WriteError> {
        let columns = values
            .iter()
            .map(|(index, value)| (Alias::new(self.spec().fields[*index].column), self.bound(*index, value)));
        let mut update = Query::update();
        update
            .table(Alias::new(self.spec().table))
            .values(columns)
            .cond_where(self.condition_with_id(operation, id.clone()))
            .returning(self.returning());
        let statement = build(self.backend(), &update);
        // It holds all values once more.
        drop(update);
        let mut rows = self.connection.all(statement).await?;
        rows.pop().map(Record).ok_or(WriteError::NotFound)
    }

    /// Deletes a row.
    pub(crate) async fn delete(&self, id: FieldValue) -> Result<()> {
        let attempt = || async {
            let done = match &self.table.hooks {
                Some(hooks) => {
                    let id = &id;
                    self.atomically(|engine| async move { engine.delete_hooked(hooks, id).await }).await
                }
                None if self.stands_alone().await? => self.delete_row(&id).await,
                None => {
                    let id = &id;
                    self.atomically(|engine| async move { engine.delete_row(id).await }).await
                }
            };
            match done {
                Ok(()) => Ok(()),
                Err(WriteError::NotFound) => Err(self.not_found(Operation::Delete, &id).await),
                Err(error) => Err(self.explain(error, Write::Delete).await),
            }
        };
        self.retrying(attempt).await
    }

    /// Makes text of the JSON of a row that no hook will see: a tree of values takes many times the memory of its text,
    /// and the statement is to run without it.
    fn settle(&self, row: &mut Assignments) {
        if self.table.hooks.is_some() {
            return;
        }
        for (_, value) in row {
            if let FieldValue::Json(Some(json)) = value {
                *value = FieldValue::String(Some(stored_json(self.backend(), json)));
            }
        }
    }

    /// A value in a statement. JSON goes as text, so that its numbers are the database's to read.
    pub(super) fn bound(&self, index: usize, value: &FieldValue) -> Expr {
        if !matches!(self.spec().fields[index].ty.kind, Kind::Json(_)) {
            return Expr::val(value.clone());
        }
        let text = match value {
            FieldValue::Json(json) => json.as_ref().map(|json| stored_json(self.backend(), json)),
            FieldValue::String(text) => text.clone(),
            _ => None,
        };
        let text = Expr::val(FieldValue::String(text));
        if self.backend() == DbBackend::Postgres { text.cast_as("jsonb") } else { text }
    }

    fn returning(&self) -> ReturningClause {
        Query::returning().columns(self.spec().fields.iter().map(|field| Alias::new(field.column)))
    }

    /// Does it again when it collided with somebody else's write. Not where hooks have run, which may have done more than
    /// write; nor within a transaction, which can only be done again as a whole.
    async fn retrying<T, F>(&self, attempt: impl Fn() -> F) -> Result<T>
    where
        F: Future<Output = Result<T>>,
    {
        if self.connection.is_pool() { retrying(&self.ctx, Retried::Statement, attempt).await } else { attempt().await }
    }

    /// Does all of it or nothing: in a transaction of its own, or within the one that is open, which then cannot be
    /// committed any more when half of it has happened.
    async fn atomically<T, F>(&self, work: impl FnOnce(Self) -> F) -> Result<T, WriteError>
    where
        F: Future<Output = Result<T, WriteError>>,
    {
        let ctx = match &self.connection {
            Connection::Pool(ctx) => ctx,
            Connection::Transaction(tx) => {
                let done = work(self.clone()).await;
                if done.as_ref().is_err_and(|error| !matches!(error, WriteError::NotFound)) {
                    tx.fail();
                }
                return done;
            }
        };
        let mut hooked = None;
        let joined = |tx: Tx| {
            hooked = Some(tx.hooked());
            work(Self { connection: Connection::Transaction(tx), ..self.clone() })
        };
        let error = match Tx::run(ctx, joined).await {
            Ok(done) => return Ok(done),
            Err(Failure::Work { error, .. }) => error,
            Err(Failure::Database(error)) => WriteError::Database(error),
            Err(Failure::Commit(error)) => WriteError::Commit(error),
        };
        let hooked = hooked.is_some_and(|hooked| hooked.load(Ordering::Relaxed));
        Err(if hooked { WriteError::Hooked(Box::new(error)) } else { error })
    }

    /// Whether rows must be looked at as a whole once they are written and before that counts.
    fn must_look_at_row(&self, written: &[usize]) -> bool {
        self.typed || !self.table.checks.is_empty() || self.must_look_again(written)
    }

    /// Lets what was written stand only if it passes the checks across fields and is still among the rows that the
    /// actor may touch.
    async fn look_again(
        &self,
        operation: Operation,
        records: &[Record],
        written: &[usize],
        prefix: &str,
    ) -> Result<(), WriteError> {
        self.check_models(operation, records, prefix)?;
        if !self.must_look_again(written) || self.are_within(operation, records).await? {
            return Ok(());
        }
        // To the system there is no policy: is it the owner's rows that they have left?
        let owner = Self { actor: Actor::System, ..self.clone() };
        let through = self.owned.as_ref().is_some_and(|owned| owned.own_field().is_none());
        if through && !owner.are_within(operation, records).await? {
            return Err(WriteError::ForeignReference);
        }
        Err(WriteError::OutsidePolicy(self.outside(operation, records).await?))
    }

    /// The first of these rows, as they would be, that is not among those that the actor may write, and why. In
    /// development only; it costs a query for each.
    async fn outside(&self, operation: Operation, records: &[Record]) -> Result<Option<String>> {
        if !self.ctx.options().development {
            return Ok(None);
        }
        for (place, record) in records.iter().enumerate() {
            let decision = self.decide(operation, &record.value(self.spec(), self.spec().id)?).await?;
            if let (false, Some(rules)) = (decision.allowed, decision.policy) {
                let row = match operation {
                    Operation::BulkCreate => format!("The row at /{place}, as it would be,"),
                    _ => "The row, as it would be,".to_owned(),
                };
                return Ok(Some(self.sentence(operation, &rules, &row)));
            }
        }
        Ok(None)
    }

    /// The `check` functions across fields. Typed code gets models of the rows: that they can be made is known here.
    fn check_models(&self, operation: Operation, records: &[Record], prefix: &str) -> Result<()> {
        if self.table.checks.is_empty() && !self.typed {
            return Ok(());
        }
        let mut errors = Vec::new();
        for (place, record) in records.iter().enumerate() {
            let model = (self.table.model)(record)?;
            let broken = self.table.checks.iter().filter_map(|check| check(&*model).err());
            let place = if prefix.is_empty() { self::prefix(operation, place) } else { prefix.to_owned() };
            errors.extend(broken.map(|reason| FieldError::at(place.clone(), "check", reason)));
        }
        if errors.is_empty() { Ok(()) } else { Err(Error::validation(errors)) }
    }

    /// Whether all of these rows are among those that the actor may touch with this operation.
    async fn are_within(&self, operation: Operation, records: &[Record]) -> Result<bool, WriteError> {
        let (spec, name) = (self.spec(), Alias::new(self.spec().table));
        // As many ids as a statement holds on both databases, with room for the condition's own values.
        for records in records.chunks(10_000) {
            let ids = records.iter().map(|record| record.value(spec, spec.id)).collect::<Result<Vec<_>>>()?;
            let id = Expr::col((name.clone(), Alias::new(spec.id_field().column)));
            let condition = self.condition(operation).add(id.is_in(ids.into_iter().map(Expr::val)));
            let mut look = Query::select();
            look.expr(Expr::cust("COUNT(*)")).from(name.clone()).cond_where(condition);
            let row = self.connection.one(build(self.backend(), &look)).await?;
            let count: Option<i64> = row.map(|row| row.try_get_by_index(0)).transpose().map_err(Error::internal)?;
            if count.and_then(|count| usize::try_from(count).ok()) != Some(records.len()) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn explain(&self, error: WriteError, write: Write<'_>) -> Error {
        match error {
            WriteError::Database(error) => failure::write(self, error, write).await,
            WriteError::Commit(error) => failure::commit(self, error, write).await,
            WriteError::Hooked(error) => Box::pin(self.explain(*error, write)).await.without_collision(),
            WriteError::ForeignReference => failure::foreign_reference(self, write),
            WriteError::OutsidePolicy(why) => why.into_iter().fold(
                Error::new(
                    &catalogue::OUTSIDE_POLICY,
                    "The row would then be one that you may not write; nothing was changed",
                ),
                Error::with_explanation,
            ),
            WriteError::NotFound => Error::not_found(),
            WriteError::Refused(error) => error,
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
    /// The same, after hooks have run: they must not run again.
    Hooked(Box<WriteError>),
    /// The row would belong to somebody else through one of its references.
    ForeignReference,
    /// The row would not be among those that the policy lets the actor write; in development, why.
    OutsidePolicy(Option<String>),
    /// There is no such row, and nothing was written.
    NotFound,
    /// A hook, a rule or a check says so.
    Refused(Error),
}

impl From<DbErr> for WriteError {
    fn from(error: DbErr) -> Self {
        Self::Database(error)
    }
}

impl From<Error> for WriteError {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

fn indexes(row: &Assignments) -> Vec<usize> {
    row.iter().map(|(index, _)| *index).collect()
}

/// What stands before the fields of this item in pointers.
fn prefix(operation: Operation, place: usize) -> String {
    if operation == Operation::BulkCreate { format!("/{place}") } else { String::new() }
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
