//! Estimated counts.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use sea_orm::sea_query::{Alias, Condition, Expr, Query};
use sea_orm::{DbBackend, Statement};

use crate::context::access::{BuiltStatement, build};
use crate::context::db_error;
use crate::error::{Error, Result};
use crate::query::{self, ListQuery};
use crate::service::engine::Engine;
use crate::service::ownership;
use crate::spec::Operation;

/// Up to this many rows an estimated count is an exact one.
const FEW: u64 = 10_000;

/// How long an estimate is used again. Only estimates of many rows are: below [`FEW`] each count is exact.
const KEPT: Duration = Duration::from_secs(5);

/// The most estimates that are kept.
const MOST: usize = 1_000;

/// The longest statement with its values whose estimate is kept.
const LONGEST_KEY: usize = 2_000;

/// The name of the counted rows, which no table has.
const FOUND: &str = "resourceful_page";

/// The latest estimates, by the statements whose rows they count. They depend on no caller: where a caller may see only
/// some rows, counts are exact.
#[derive(Default)]
struct Estimates(Mutex<HashMap<String, (Instant, u64)>>);

impl Estimates {
    fn get(&self, key: &str) -> Option<u64> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(key).filter(|(at, _)| at.elapsed() < KEPT).map(|(_, estimate)| *estimate)
    }

    fn put(&self, key: String, estimate: u64) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= MOST {
            all.retain(|_, (at, _)| at.elapsed() < KEPT);
        }
        if all.len() < MOST && key.len() < LONGEST_KEY {
            all.insert(key, (Instant::now(), estimate));
        }
    }
}

impl Engine {
    /// How many rows match: exactly up to [`FEW`], and beyond that as PostgreSQL's planner estimates for this query. Its
    /// statistics are about all rows, so they are not used where the actor may see only some rows, or where the filter uses
    /// rows of another resource. SQLite has no estimate, so there the count is exact.
    pub(super) async fn estimate(&self, operation: Operation, list: &ListQuery, matching: Condition) -> Result<u64> {
        let policy_operation = ownership::policy_operation(self.row_access(), operation);
        let is_narrowed = self.owned.is_some()
            || ownership::policy(self.table, &self.actor, policy_operation).is_some()
            || list.filter.as_ref().is_some_and(query::Filter::asks_related);
        if is_narrowed || self.backend() != DbBackend::Postgres {
            return self.count_exactly(matching).await;
        }
        let mut select = Query::select();
        select.expr(Expr::val(1)).from(Alias::new(self.spec().table)).cond_where(matching.clone());
        let plan = build(self.backend(), &select).statement;
        let estimates = self.ctx.kept::<Estimates>();
        let key = format!("{} {:?}", plan.sql, plan.values);
        if let Some(estimate) = estimates.get(&key) {
            return Ok(estimate);
        }
        let few = self.count_few(matching).await?;
        if few <= FEW {
            return Ok(few);
        }
        let explain = Statement { sql: format!("EXPLAIN (FORMAT JSON) {}", plan.sql), ..plan };
        let row = self.connection.one(BuiltStatement::read(explain)).await.map_err(db_error::read)?;
        let plan: Option<serde_json::Value> = match row {
            Some(row) => row.try_get_by_index(0).map_err(Error::internal)?,
            None => None,
        };
        let guess = plan.as_ref().and_then(|plan| plan.pointer("/0/Plan/Plan Rows")).and_then(|rows| rows.as_u64());
        let estimate = Ord::max(guess.unwrap_or_default(), few);
        estimates.put(key, estimate);
        Ok(estimate)
    }

    /// How many rows match, and one more than [`FEW`] when there are more.
    async fn count_few(&self, matching: Condition) -> Result<u64> {
        let mut rows = Query::select();
        rows.expr(Expr::val(1)).from(Alias::new(self.spec().table)).cond_where(matching).limit(FEW + 1);
        let mut count = Query::select();
        count.expr(Expr::cust("COUNT(*)")).from_subquery(rows, Alias::new(FOUND));
        self.counted(&count).await
    }
}
