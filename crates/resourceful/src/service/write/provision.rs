//! A row of his own for a caller who is seen for the first time.

use sea_orm::sea_query::{Alias, Expr, ExprTrait, OnConflict, Query};

use super::engine::Engine;
use super::failure::{self, Write};
use crate::actor::{Actor, CurrentUser};
use crate::context::Context;
use crate::context::connection::{Connection, build};
use crate::error::{Error, Result, catalogue};
use crate::resource::{Assignments, Checked, FieldValue, Input, Resource, ResourceTable, null_of};
use crate::spec::{RelationKind, ResourceSpec};

/// How a caller who is seen for the first time gets a row of his own.
pub(crate) struct Provisioning {
    /// The resource that holds callers, its id the token's `sub`.
    table: &'static ResourceTable,
    /// The row of a caller.
    row: Box<dyn Fn(&CurrentUser) -> Assignments + Send + Sync>,
    /// Callers whose row is known to exist.
    known: moka::future::Cache<String, ()>,
}

impl Provisioning {
    pub(crate) fn of<R: Resource>(row: impl Fn(&CurrentUser) -> R::Create + Send + Sync + 'static) -> Self {
        let row = move |caller: &CurrentUser| row(caller).into_assignments();
        // A caller who falls out of the cache costs one more INSERT that does nothing.
        Self { table: R::TABLE, row: Box::new(row), known: moka::future::Cache::new(100_000) }
    }
}

impl Context {
    /// Gives every caller a row of `R` before the first write that refers to it, once for each subject. The row's id is
    /// the token's `sub`; the function says the rest. The first call counts. `App::provision` does the same.
    pub fn provision<R: Resource>(&self, row: impl Fn(&CurrentUser) -> R::Create + Send + Sync + 'static) {
        self.set_provisioning(Provisioning::of::<R>(row));
    }
}

impl Engine {
    /// Sees to it that the caller has his row before a write that may refer to it. Two requests may race: the one that
    /// comes second inserts nothing.
    pub(super) async fn provision_caller(&self) -> Result<()> {
        let provisioning = self.ctx.provisioning::<Provisioning>();
        let (Some(provisioning), Some(user)) = (provisioning, self.new_owner()) else { return Ok(()) };
        if user.is_machine
            || !refers_to(self.spec(), provisioning.table.spec)
            || provisioning.known.contains_key(&user.id)
        {
            return Ok(());
        }
        let callers =
            Self { table: provisioning.table, actor: Actor::System, owned: None, on_behalf: None, ..self.clone() };
        let mut given = (provisioning.row)(user);
        let id = callers.spec().id;
        given.retain(|(index, _)| *index != id);
        given.push((id, FieldValue::String(Some(user.id.clone()))));
        let mut row = callers.complete(usable(&callers, given)?)?;
        if !callers.insert_once(&row, &user.id).await? {
            // Somebody else has one of the values: a person with two accounts, say. His row does without them.
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
            Connection::Pool(_) => known.insert(id, ()).await,
            // Only what is committed is known to exist.
            Connection::Transaction(tx) => tx.after_commit(|_| async move {
                known.insert(id, ()).await;
                Ok(())
            }),
        }
        Ok(())
    }

    /// Inserts the caller's row unless it is there. Whether it is there now: another row can stand in its way.
    async fn insert_once(&self, row: &Assignments, caller: &str) -> Result<bool> {
        let (spec, table) = (self.spec(), Alias::new(self.spec().table));
        let mut insert = Query::insert();
        insert
            .into_table(table.clone())
            .columns(row.iter().map(|(index, _)| Alias::new(spec.fields[*index].column)))
            .values_panic(row.iter().map(|(index, value)| self.bound(*index, value)))
            .on_conflict(OnConflict::new().do_nothing().to_owned());
        match self.connection.execute(build(self.backend(), &insert)).await {
            Ok(done) if done.rows_affected() > 0 => return Ok(true),
            Ok(_) => {}
            Err(error) => return Err(failure::write(self, error, Write::Insert(row)).await),
        }
        let mut look = Query::select();
        let id = Expr::col(Alias::new(spec.id_field().column));
        look.expr(Expr::val(1)).from(table).and_where(id.eq(Expr::val(caller)));
        Ok(self.connection.one(build(self.backend(), &look)).await.map_err(failure::read)?.is_some())
    }

    /// Forgets that the caller's row exists. Whether it was believed to.
    pub(super) async fn forget_caller(&self) -> bool {
        match (self.ctx.provisioning::<Provisioning>(), self.new_owner()) {
            (Some(provisioning), Some(user)) => provisioning.known.remove(&user.id).await.is_some(),
            _ => false,
        }
    }
}

/// The row without claims that break its rules: they are the issuer's, not the caller's, who writes something else.
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
