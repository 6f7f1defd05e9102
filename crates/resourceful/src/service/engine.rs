//! The engine: one resource, one actor, and the rows that they may touch.

use std::sync::Arc;

use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait};
use sea_orm::{DbBackend, QueryResult};

use super::ownership::{self, Owned};
use crate::actor::{Actor, CurrentUser, RowAccess};
use crate::context::Connection;
use crate::context::access::{BuiltStatement, Kind, build};
use crate::context::budget::{Budget, Halted};

use crate::context::{Context, Executor, db_error};
use crate::error::{Error, Result, catalogue};
use crate::etag::IfMatch;
use crate::resource::{FieldValue, Record, ResourceTable};
use crate::spec::{Operation, ResourceSpec};

/// One resource, one actor, and the rows that they may touch.
#[derive(Clone)]
pub(crate) struct Engine {
    pub(super) ctx: Context,
    pub(super) table: &'static ResourceTable,
    pub(super) actor: Actor,
    /// The test for the rows that the actor owns, where they may touch no others.
    pub(super) owned: Option<Owned>,
    /// The owner of new rows, where that is not the actor.
    pub(super) on_behalf: Option<Arc<CurrentUser>>,
    pub(super) connection: Connection,
    /// What must be true of a row that is written.
    pub(super) condition: Option<Arc<IfMatch>>,
    /// The memory that the answer may use; typed code has no budget.
    pub(super) budget: Option<Arc<Budget>>,
    /// Typed code receives the written rows as models. A row that no model can be made of must not be committed.
    pub(super) typed: bool,
}

impl Engine {
    /// An engine that sees all rows.
    pub(crate) fn new(executor: &impl Executor, table: &'static ResourceTable, actor: Actor) -> Self {
        let (ctx, connection) = executor.parts();
        Self {
            ctx,
            table,
            actor,
            owned: None,
            on_behalf: None,
            connection,
            condition: None,
            budget: None,
            typed: false,
        }
    }

    /// The same engine for the rows that the actor owns.
    ///
    /// # Errors
    /// 403 `user-required` when the actor is not a user.
    pub(crate) fn owned(mut self) -> Result<Self> {
        let user = self.actor.user().ok_or_else(|| {
            Error::new(
                &catalogue::USER_REQUIRED,
                "Only a user owns rows; in code that acts as the system, name the user with `as_user`",
            )
        })?;
        self.owned = Some(Owned::by(self.table.spec, user)?);
        Ok(self)
    }

    /// The same engine for an answer that this budget limits.
    pub(crate) fn within(mut self, budget: Arc<Budget>) -> Self {
        self.budget = Some(budget);
        self
    }

    /// The same engine for a row of which this must be true before it is written.
    pub(crate) fn expecting(mut self, condition: IfMatch) -> Self {
        self.condition = (!condition.is_empty()).then(|| Arc::new(condition));
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

    /// The same engine for another resource. An actor who may touch only their own rows here may touch only their own
    /// rows there, where those have an owner.
    pub(super) fn sibling(&self, table: &'static ResourceTable) -> Self {
        // What is required of a row here says nothing about the rows there.
        let sibling = Self { table, owned: None, condition: None, ..self.clone() };
        sibling.limited_to(self.row_access())
    }

    /// The same engine with this row access, for a resource whose rows may have no owner.
    pub(super) fn limited_to(self, access: RowAccess) -> Self {
        if access == RowAccess::All || self.spec().owner.is_none() {
            return self;
        }
        // Every owner is the id of a user: a user that can own rows of one resource can own rows of all.
        self.owned().unwrap_or_else(|_| unreachable!("a user who owns rows of one resource can own those of another"))
    }

    /// Which rows the actor may touch, before the policy applies.
    pub(super) fn row_access(&self) -> RowAccess {
        if self.owned.is_some() { RowAccess::Own } else { RowAccess::All }
    }

    /// The owner of a new row: the user it is created for, or the actor.
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

    /// The condition of the rows that the actor may touch with this operation.
    pub(super) fn condition(&self, operation: Operation) -> Condition {
        let operation = ownership::policy_operation(self.row_access(), operation);
        let owned = self.owned.as_ref().map(|owned| owned.condition(self.backend(), self.table));
        let policy = ownership::policy(self.table, &self.actor, operation);
        Condition::all().add_option(owned).add_option(policy)
    }

    /// The same, and the row has this id.
    pub(super) fn condition_with_id(&self, operation: Operation, id: FieldValue) -> Condition {
        self.with_id(self.condition(operation), id)
    }

    /// This condition, and the row has this id.
    pub(super) fn with_id(&self, condition: Condition, id: FieldValue) -> Condition {
        let spec = self.spec();
        let column = Expr::col((Alias::new(spec.table), Alias::new(spec.id_field().column)));
        condition.add(column.eq(Expr::val(id)))
    }

    /// Whether a write of these fields could put a row outside of those that the actor may touch. Policies are opaque
    /// SQL, so a write under a policy is always rechecked before it is committed.
    pub(super) fn needs_recheck(&self, written: &[usize]) -> bool {
        let policy = self.table.policy.is_some() && !matches!(self.actor, Actor::System);
        policy || self.owned.as_ref().is_some_and(|owned| owned.depends_on(self.spec(), written))
    }

    /// The rows of other resources that the actor may see, for filters and included relations.
    pub(super) fn row_filter(&self) -> impl Fn(&'static ResourceTable) -> Option<Condition> + '_ {
        |table| ownership::policy(table, &self.actor, Operation::List)
    }

    pub(super) async fn one(&self, statement: &impl Kind) -> Result<Option<Record>> {
        self.one_of(build(self.backend(), statement)).await
    }

    /// The row of a statement that is built already.
    pub(super) async fn one_of(&self, statement: BuiltStatement) -> Result<Option<Record>> {
        let row = self.connection.one(statement).await.map_err(db_error::read)?;
        Ok(row.map(Record::from))
    }

    pub(super) async fn all(&self, statement: &impl Kind) -> Result<Vec<QueryResult>> {
        self.connection.all(build(self.backend(), statement)).await.map_err(db_error::read)
    }

    /// Rows of this table, for the answer.
    pub(super) async fn rows_to_show(&self, table: &'static str, statement: &impl Kind) -> Result<Vec<QueryResult>> {
        self.built_rows_to_show(table, build(self.backend(), statement)).await
    }

    /// The same of a statement that is built already.
    pub(super) async fn built_rows_to_show(
        &self,
        table: &'static str,
        statement: BuiltStatement,
    ) -> Result<Vec<QueryResult>> {
        let Some(budget) = &self.budget else {
            return self.connection.all(statement).await.map_err(db_error::read);
        };
        self.connection.all_within(table, statement, budget).await.map_err(|halted| match halted {
            Halted::Database(error) => db_error::read(error),
            Halted::Budget(error) => error,
            Halted::Wait => Error::internal("a large answer was started without waiting for its turn"),
        })
    }
}
