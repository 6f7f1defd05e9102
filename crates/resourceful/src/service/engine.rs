//! The engine's handle: one resource, one actor, the rows he may touch.

use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{DbBackend, QueryResult};

use super::connection::{Connection, build};
use super::failure;
use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Result, catalogue};
use crate::policy::Rows;
use crate::query::{self, Filter};
use crate::resource::{FieldValue, Record, ResourceTable};
use crate::spec::ResourceSpec;

/// One resource, one actor, and the rows he may touch.
#[derive(Clone)]
pub(crate) struct Engine {
    pub(super) ctx: Context,
    pub(super) table: &'static ResourceTable,
    pub(super) actor: Actor,
    pub(super) rows: Rows,
    pub(super) connection: Connection,
}

impl Engine {
    /// An engine that sees all rows.
    pub(crate) fn new(ctx: &Context, table: &'static ResourceTable, actor: Actor) -> Self {
        Self { ctx: ctx.clone(), table, actor, rows: Rows::All, connection: Connection::Pool(ctx.db().clone()) }
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
        self.rows = Rows::owned_by(self.table.spec, user)?;
        Ok(self)
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
        let mut select = self.select();
        select.cond_where(self.condition_with_id(id)).limit(1);
        self.one(&select).await?.ok_or_else(Error::not_found)
    }

    /// The row with this id, which nobody else can change before the transaction ends.
    pub(super) async fn get_for_update(&self, id: FieldValue) -> Result<Record> {
        let mut select = self.select();
        select.cond_where(self.condition_with_id(id)).limit(1);
        // SQLite's write transaction holds the whole database already.
        if self.backend() == DbBackend::Postgres {
            select.lock_exclusive();
        }
        self.one(&select).await?.ok_or_else(Error::not_found)
    }

    /// `SELECT` of all columns, in the order of the fields.
    pub(super) fn select(&self) -> SelectStatement {
        let spec = self.spec();
        let table = Alias::new(spec.table);
        let mut select = Query::select();
        select.columns(spec.fields.iter().map(|field| (table.clone(), Alias::new(field.column)))).from(table);
        select
    }

    /// The condition of the rows that the actor may touch and that match a filter.
    pub(super) fn condition(&self, filter: Option<&Filter>) -> Condition {
        let scope = self.rows.filter();
        [scope.as_ref(), filter].into_iter().flatten().fold(Condition::all(), |all, part| {
            all.add(query::condition(self.backend(), Alias::new(self.spec().table), self.spec(), part))
        })
    }

    pub(super) fn condition_with_id(&self, id: FieldValue) -> Condition {
        let spec = self.spec();
        let column = Expr::col((Alias::new(spec.table), Alias::new(spec.id_field().column)));
        self.condition(None).add(column.eq(Expr::val(id)))
    }

    pub(super) async fn one(&self, statement: &impl sea_orm::StatementBuilder) -> Result<Option<Record>> {
        let row = self.connection.one(build(self.backend(), statement)).await.map_err(failure::read)?;
        Ok(row.map(Record))
    }

    pub(super) async fn all(&self, statement: &impl sea_orm::StatementBuilder) -> Result<Vec<QueryResult>> {
        self.connection.all(build(self.backend(), statement)).await.map_err(failure::read)
    }
}
