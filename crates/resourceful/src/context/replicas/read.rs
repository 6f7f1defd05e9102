//! Runs a read on a replica. Whatever is wrong with it, the primary is asked instead.

use sea_orm::{DbErr, QueryResult, Statement};

use super::answered::Answered;
use super::replica::is_lost;
use super::session::current;
use crate::context::access::{Access, BuiltStatement};
use crate::context::budget::{Budget, Halted};
use crate::context::outcome::sql_state;
use crate::context::{Context, stale};

impl Context {
    /// The rows of a statement, from a replica; `None` if the primary must answer. Without replicas it costs nothing.
    pub(in crate::context) async fn on_replica(
        &self,
        built: &BuiltStatement,
    ) -> Option<Result<Vec<QueryResult>, DbErr>> {
        if self.replicas().is_none() || built.access != Access::Read {
            return None;
        }
        match Box::pin(read(self, built.statement.clone(), None)).await? {
            Ok(rows) => Some(Ok(rows)),
            Err(Halted::Database(error)) => Some(Err(error)),
            // Without a budget nothing else halts.
            Err(Halted::Budget(_) | Halted::Wait) => None,
        }
    }

    /// The same until the budget is used up.
    pub(in crate::context) async fn on_replica_within(
        &self,
        built: &BuiltStatement,
        budget: &Budget,
    ) -> Option<Result<Vec<QueryResult>, Halted>> {
        if self.replicas().is_none() || built.access != Access::Read {
            return None;
        }
        Box::pin(read(self, built.statement.clone(), Some(budget))).await
    }
}

async fn read(
    ctx: &Context,
    statement: Statement,
    budget: Option<&Budget>,
) -> Option<Result<Vec<QueryResult>, Halted>> {
    let session = current().filter(|session| ctx.replicas().is_some_and(|replicas| session.is_of(replicas)))?;
    let replica = match session.replica().await {
        Ok(replica) => replica,
        Err(answered) => {
            answered.into_iter().for_each(|answered| session.count(answered));
            return None;
        }
    };
    let mark = budget.map(Budget::mark);
    let error = match replica.run(ctx, statement, budget).await {
        Err(Halted::Database(error)) => error,
        done => {
            session.count(Answered::Replica);
            return Some(done);
        }
    };
    if is_too_slow(&error) {
        // It would take as long on the primary, and twice as long together.
        session.count(Answered::Replica);
        return Some(Err(Halted::Database(error)));
    }
    if let (Some(budget), Some(mark)) = (budget, mark) {
        budget.reset(mark);
    }
    stale::close_if_stale(&error);
    // A conflict with what is replayed concerns this statement only, as an error about a table does that a migration has
    // just made.
    if is_lost(&error) {
        replica.fail(&error);
    }
    session.count(Answered::Failed);
    session.failed();
    None
}

/// Whether the replica has cancelled the statement because of `statement_timeout`.
fn is_too_slow(error: &DbErr) -> bool {
    sql_state(error).as_deref() == Some("57014")
}
