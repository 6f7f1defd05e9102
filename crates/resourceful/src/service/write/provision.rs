//! Creates a user row for a caller on first sight (just-in-time provisioning).

use std::sync::Arc;

use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict, Query};

use super::error::WriteError;
use super::plan::WritePlan;
use super::step::Action;
use crate::actor::{Actor, CurrentUser};
use crate::context::Connection;
use crate::context::access::build;
use crate::context::outcome::is_outcome_unknown;
use crate::context::{Context, ContextBuilder, db_error};
use crate::error::{Error, Result, StartupError, catalogue};
use crate::resource::{Assignments, Checked, FieldValue, Input, Resource, ResourceTable, null_of};
use crate::service::engine::Engine;
use crate::spec::{Operation, RelationKind, ResourceSpec};

/// How a caller gets a row of their own on first sight.
pub(crate) struct Provisioning {
    /// The resource of the callers; its id is the token's `sub`.
    table: &'static ResourceTable,
    /// Makes the row of a caller.
    row: Box<dyn Fn(&CurrentUser) -> Assignments + Send + Sync>,
    /// Callers whose row is known to exist.
    known: moka::sync::Cache<String, ()>,
}

impl Provisioning {
    pub(crate) fn new<R: Resource>(row: impl Fn(&CurrentUser) -> R::Create + Send + Sync + 'static) -> Self {
        let row = move |caller: &CurrentUser| row(caller).into_assignments();
        // A caller who is evicted from the cache costs one more INSERT that does nothing.
        Self { table: R::TABLE, row: Box::new(row), known: moka::sync::Cache::new(100_000) }
    }
}

/// What messages call it.
const NAME: &str = "a row for each caller (`provision`)";

impl ContextBuilder {
    pub(crate) fn provisioning(self, provisioning: Arc<Provisioning>) -> Self {
        self.named_extension(NAME, provisioning)
    }
}

impl Context {
    /// Creates a row of `R` for every caller, once for each subject, before the first write that refers to it. The id of
    /// the row is the token's `sub`; the function makes the rest of it. `App::provision` does the same.
    ///
    /// # Errors
    /// When it was called before.
    pub fn provision<R: Resource>(
        &self,
        row: impl Fn(&CurrentUser) -> R::Create + Send + Sync + 'static,
    ) -> Result<(), StartupError> {
        self.extend(NAME, Provisioning::new::<R>(row))
    }
}

impl Engine {
    /// Makes sure that the caller's row exists before a write that may refer to it. Of two concurrent requests the second
    /// inserts nothing.
    pub(super) async fn provision_caller(&self) -> Result<()> {
        let provisioning = self.ctx.extension::<Provisioning>();
        let (Some(provisioning), Some(user)) = (provisioning, self.new_owner()) else { return Ok(()) };
        if user.is_machine
            || !refers_to(self.spec(), provisioning.table.spec)
            || provisioning.known.contains_key(&user.id)
        {
            return Ok(());
        }
        let callers = Self {
            table: provisioning.table,
            actor: Actor::System,
            owned: None,
            on_behalf: None,
            condition: None,
            ..self.clone()
        };
        let mut given = (provisioning.row)(user);
        let id = callers.spec().id;
        given.retain(|(index, _)| *index != id);
        given.push((id, FieldValue::String(Some(user.id.clone()))));
        let mut row = callers.complete(usable(&callers, given)?)?;
        if !callers.insert_once(&row, &user.id).await? {
            // Another row has one of the values, for example that of a person with two accounts. This row is created
            // without them.
            for (index, value) in &mut row {
                let field = &callers.spec().fields[*index];
                if field.unique && field.ty.nullable {
                    *value = null_of(&field.ty.kind);
                }
            }
            if !callers.insert_once(&row, &user.id).await? {
                let detail = "Your account cannot be set up, because another one has the same values";
                return Err(Error::new(&catalogue::CONFLICT, detail));
            }
        }
        let (known, id) = (provisioning.known.clone(), user.id.clone());
        match &self.connection {
            Connection::Pool(_) => known.insert(id, ()),
            // Only a committed row is known to exist.
            Connection::Transaction(tx) => tx.after_commit(|_| async move {
                known.insert(id, ());
                Ok(())
            }),
        }
        Ok(())
    }

    /// Inserts the caller's row unless it exists. Returns whether it exists now: another row can conflict with it.
    async fn insert_once(&self, row: &Assignments, caller: &str) -> Result<bool> {
        let (spec, table) = (self.spec(), Alias::new(self.spec().table));
        let mut insert = Query::insert();
        insert
            .into_table(table.clone())
            .columns(row.iter().map(|(index, _)| Alias::new(spec.fields[*index].column)))
            .values_panic(row.iter().map(|(index, value)| self.bound(*index, value)))
            .on_conflict(OnConflict::new().do_nothing().to_owned());
        let changing = self.changing(false);
        let done = self.connection.execute(build(self.backend(), &insert)).await;
        let is_unknown = done.as_ref().is_err_and(is_outcome_unknown);
        if let Some(changing) = changing {
            changing.end(!is_unknown).await;
        }
        match done {
            Ok(done) if done.rows_affected() > 0 => return Ok(true),
            Ok(_) => {}
            Err(error) => {
                let plan = WritePlan::new(self, Operation::Create, Action::Insert(std::slice::from_ref(row)));
                return Err(self.explain(WriteError::Database(error), &plan).await);
            }
        }
        let mut select = Query::select();
        let id = Expr::col(Alias::new(spec.id_field().column));
        select.expr(Expr::val(1)).from(table).and_where(id.eq(Expr::val(caller)));
        Ok(self.connection.one(build(self.backend(), &select)).await.map_err(db_error::read)?.is_some())
    }

    /// Forgets that the caller's row exists. Returns whether it was thought to exist.
    pub(super) async fn forget_caller(&self) -> bool {
        match (self.ctx.extension::<Provisioning>(), self.new_owner()) {
            (Some(provisioning), Some(user)) => provisioning.known.remove(&user.id).is_some(),
            _ => false,
        }
    }
}

/// The row without claims that break its rules: the claims come from the issuer, and must not fail the caller's write.
fn usable(callers: &Engine, given: Assignments) -> Result<Checked> {
    let (table, id) = (callers.table, callers.spec().id);
    let kept = given.into_iter().map(|(index, value)| {
        let field = &callers.spec().fields[index];
        let fits = index == id || Checked::from_typed(table, vec![(index, value.clone())], "").is_ok();
        if fits || !field.ty.nullable {
            return (index, value);
        }
        tracing::warn!(field = field.name, "a claim of a token breaks the field's rules; it is left null");
        (index, null_of(&field.ty.kind))
    });
    Checked::from_typed(table, kept.collect(), "")
}

fn refers_to(spec: &ResourceSpec, callers: &ResourceSpec) -> bool {
    let refers = |kind| matches!(kind, RelationKind::BelongsTo { .. });
    spec.relations.iter().any(|relation| refers(relation.kind) && (relation.target)().table == callers.table)
}
