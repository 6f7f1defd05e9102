//! Checking, before the commit, that the written rows are still among those that the actor may write.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};

use super::effect::Effect;
use crate::actor::Actor;
use crate::context::access::build;
use crate::error::{Error, Result};
use crate::resource::Record;
use crate::service::engine::Engine;
use crate::service::write::error::WriteError;
use crate::service::write::step::{Action, Step};
use crate::spec::Operation;

/// The most ids of one statement: as many as both databases bind, less some for the values of the condition.
const IDS: usize = 10_000;

/// Refuses a write that would leave a row outside of those that the actor may touch.
pub(super) struct Recheck;

impl Effect for Recheck {
    fn applies(&self, engine: &Engine, action: &Action<'_>) -> bool {
        match action {
            // Hooks may write more fields than were given.
            Action::Insert(_) | Action::Update { .. } => {
                engine.table.hooks.is_some() || engine.needs_recheck(&action.fields())
            }
            Action::Merge { .. } | Action::Delete { .. } => false,
        }
    }

    fn after<'a>(&'a self, engine: &'a Engine, step: &'a mut Step<'_>) -> BoxFuture<'a, Result<(), WriteError>> {
        async move { if engine.needs_recheck(&step.fields()) { recheck(engine, step).await } else { Ok(()) } }.boxed()
    }
}

async fn recheck(engine: &Engine, step: &Step<'_>) -> Result<(), WriteError> {
    if all_allowed(engine, step.operation, &step.records).await? {
        return Ok(());
    }
    // No policy applies to the system: if it may not touch the rows either, they have left the owner's rows.
    let owner = Engine { actor: Actor::System, ..engine.clone() };
    let through = engine.owned.as_ref().is_some_and(|owned| owned.own_field().is_none());
    if through && !all_allowed(&owner, step.operation, &step.records).await? {
        return Err(WriteError::ForeignReference);
    }
    Err(WriteError::OutsidePolicy(reason(engine, step).await?))
}

/// Whether the actor may touch all of these rows with this operation.
async fn all_allowed(engine: &Engine, operation: Operation, records: &[Record]) -> Result<bool, WriteError> {
    let (spec, name) = (engine.spec(), Alias::new(engine.spec().table));
    for records in records.chunks(IDS) {
        let ids = records.iter().map(|record| record.value(spec, spec.id)).collect::<Result<Vec<_>>>()?;
        let id = Expr::col((name.clone(), Alias::new(spec.id_field().column)));
        let condition = engine.condition(operation).add(id.is_in(ids.into_iter().map(Expr::val)));
        let mut select = Query::select();
        select.expr(Expr::cust("COUNT(*)")).from(name.clone()).cond_where(condition);
        let row = engine.connection.one(build(engine.backend(), &select)).await?;
        let count: Option<i64> = row.map(|row| row.try_get_by_index(0)).transpose().map_err(Error::internal)?;
        if count.and_then(|count| usize::try_from(count).ok()) != Some(records.len()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Why the policy does not allow the first of the rows that it does not allow. In development only, because it costs a
/// query for each row.
async fn reason(engine: &Engine, step: &Step<'_>) -> Result<Option<String>> {
    if !engine.ctx.options().development {
        return Ok(None);
    }
    let spec = engine.spec();
    for (place, record) in step.records.iter().enumerate() {
        let decision = engine.decide(step.operation, &record.value(spec, spec.id)?).await?;
        if let (false, Some(rules)) = (decision.allowed, decision.policy) {
            let row = match step.operation {
                Operation::BulkCreate => format!("The row at {}, as it would be,", step.pointer(place)),
                _ => "The row, as it would be,".to_owned(),
            };
            return Ok(Some(engine.sentence(step.operation, &rules, &row)));
        }
    }
    Ok(None)
}
