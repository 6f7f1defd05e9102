//! The engine's handle: one resource, one actor, the rows he may touch.

use std::sync::Arc;

use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, LockType, SelectStatement};
use sea_orm::{DbBackend, QueryResult};

use super::columns::Columns;
use super::failure;
use super::scope::{self, Owned};
use crate::actor::{Actor, CurrentUser};
use crate::context::access::{Kind, build};
use crate::context::budget::{Budget, Halted};
use crate::context::{Connection, Context, Executor};
use crate::error::{Error, Result, catalogue};
use crate::resource::{FieldValue, Record, ResourceTable};
use crate::spec::{Operation, ResourceSpec};

/// One resource, one actor, and the rows he may touch.
#[derive(Clone)]
pub(crate) struct Engine {
    pub(super) ctx: Context,
    pub(super) table: &'static ResourceTable,
    pub(super) actor: Actor,
    /// Only the rows that the actor owns.
    pub(super) owned: Option<Owned>,
    /// Who will own new rows, where that is not the actor.
    pub(super) on_behalf: Option<Arc<CurrentUser>>,
    pub(super) connection: Connection,
    /// What the answer may take that is made of the rows; typed code has none.
    pub(super) budget: Option<Arc<Budget>>,
    /// What is written goes to typed code, as models: that they can be made must be known before the write counts.
    pub(super) typed: bool,
}

impl Engine {
    /// An engine that sees all rows.
    pub(crate) fn new(executor: &impl Executor, table: &'static ResourceTable, actor: Actor) -> Self {
        let (ctx, connection) = executor.parts();
        Self { ctx, table, actor, owned: None, on_behalf: None, connection, budget: None, typed: false }
    }

    /// The same engine for the rows that the actor owns.
    ///
    /// # Errors
    /// 403 `user-required` when the actor is no user.
    pub(crate) fn owned(mut self) -> Result<Self> {
        let user = self.actor.user().ok_or_else(|| {
            Error::new(
                &catalogue::USER_REQUIRED,
                "Only a user has rows of his own; the system must name one with `as_user`",
            )
        })?;
        self.owned = Some(Owned::by(self.table.spec, user)?);
        Ok(self)
    }

    /// The same engine for an answer of no more than this.
    pub(crate) fn within(mut self, budget: Arc<Budget>) -> Self {
        self.budget = Some(budget);
        self
    }

    /// The same engine for typed code.
    pub(super) fn typed(mut self) -> Self {
        self.typed = true;
        self
    }

    /// The same engine for rows that will belong to the user with this id.
    pub(crate) fn on_behalf_of(mut self, owner: &str) -> Self {
        self.on_behalf = Some(Arc::new(CurrentUser::new(owner)));
        self
    }

    /// The same for an actor who is known to own rows of another resource.
    pub(super) fn own_rows(self) -> Self {
        self.owned().unwrap_or_else(|_| unreachable!("whoever owns rows of one resource can own those of another"))
    }

    /// Who owns a new row: the user it is made for, or the actor.
    pub(super) fn new_owner(&self) -> Option<&Arc<CurrentUser>> {
        self.on_behalf.as_ref().or_else(|| self.actor.user())
    }

    pub(crate) fn spec(&self) -> &'static ResourceSpec {
        self.table.spec
    }

    pub(crate) fn ctx(&self) -> &Context {
        &self.ctx
    }

    pub(super) fn backend(&self) -> DbBackend {
        self.connection.backend()
    }

    /// The row with this id.
    ///
    /// # Errors
    /// 404 when there is none, or none that the actor may see.
    pub(crate) async fn get(&self, id: FieldValue) -> Result<Record> {
        self.get_as(Operation::Get, id).await
    }

    /// The same with these columns only.
    pub(crate) async fn get_columns(&self, id: FieldValue, columns: &Columns) -> Result<Record> {
        self.get_columns_as(Operation::Get, id, columns).await
    }

    /// The row with this id, if the actor may touch it with this operation.
    pub(super) async fn get_as(&self, operation: Operation, id: FieldValue) -> Result<Record> {
        self.get_columns_as(operation, id, &Columns::ALL).await
    }

    async fn get_columns_as(&self, operation: Operation, id: FieldValue, columns: &Columns) -> Result<Record> {
        let mut select = columns.select(self.spec());
        select.cond_where(self.condition_with_id(operation, id.clone())).limit(1);
        self.found(self.one(&select).await?, operation, &id).await
    }

    /// The row with this id, which nobody else can change before the transaction ends, for an operation that is about
    /// to change it.
    pub(super) async fn get_for_update(&self, operation: Operation, id: FieldValue) -> Result<Record> {
        let mut select = self.select();
        select.cond_where(self.condition_with_id(operation, id.clone())).limit(1);
        // SQLite's write transaction holds the whole database already. A row that stays may be referred to meanwhile:
        // whoever adds a child holds its parent's key, and must be able to lock the parent too.
        if self.backend() == DbBackend::Postgres {
            select.lock(if operation == Operation::Delete { LockType::Update } else { LockType::NoKeyUpdate });
        }
        self.found(self.one(&select).await?, operation, &id).await
    }

    async fn found(&self, row: Option<Record>, operation: Operation, id: &FieldValue) -> Result<Record> {
        match row {
            Some(row) => Ok(row),
            None => Err(self.not_found(operation, id).await),
        }
    }

    /// `SELECT` of all columns, in the order of the fields.
    pub(super) fn select(&self) -> SelectStatement {
        Columns::ALL.select(self.spec())
    }

    /// The condition of the rows that the actor may touch with this operation.
    pub(super) fn condition(&self, operation: Operation) -> Condition {
        let operation = scope::asked(self.owned.is_some(), operation);
        let owned = self.owned.as_ref().map(|owned| owned.condition(self.backend(), self.table));
        let policy = scope::policy(self.table, &self.actor, operation);
        Condition::all().add_option(owned).add_option(policy)
    }

    /// The same, and the row has this id.
    pub(super) fn condition_with_id(&self, operation: Operation, id: FieldValue) -> Condition {
        let spec = self.spec();
        let column = Expr::col((Alias::new(spec.table), Alias::new(spec.id_field().column)));
        self.condition(operation).add(column.eq(Expr::val(id)))
    }

    /// Whether writing these fields could make or move a row outside of those that the actor may touch, so that it must
    /// be looked at again before the write counts. What a policy looks at, only the database knows.
    pub(super) fn must_look_again(&self, written: &[usize]) -> bool {
        let policy = self.table.policy.is_some() && !matches!(self.actor, Actor::System);
        policy || self.owned.as_ref().is_some_and(|owned| owned.depends_on(self.spec(), written))
    }

    /// Which rows of other resources count for the actor, in filters and in what is included.
    pub(super) fn reach(&self) -> impl Fn(&'static ResourceTable) -> Option<Condition> + '_ {
        |table| scope::policy(table, &self.actor, Operation::List)
    }

    pub(super) async fn one(&self, statement: &impl Kind) -> Result<Option<Record>> {
        let row = self.connection.one(build(self.backend(), statement)).await.map_err(failure::read)?;
        Ok(row.map(Record))
    }

    pub(super) async fn all(&self, statement: &impl Kind) -> Result<Vec<QueryResult>> {
        self.connection.all(build(self.backend(), statement)).await.map_err(failure::read)
    }

    /// Rows of this table, for the answer.
    pub(super) async fn rows_to_show(&self, table: &'static str, statement: &impl Kind) -> Result<Vec<QueryResult>> {
        let Some(budget) = &self.budget else { return self.all(statement).await };
        let statement = build(self.backend(), statement);
        self.connection.all_within(table, statement, budget).await.map_err(|halted| match halted {
            Halted::Database(error) => failure::read(error),
            Halted::Budget(error) => error,
            Halted::Wait => Error::internal("nobody has waited for the right to make a large answer"),
        })
    }
}
