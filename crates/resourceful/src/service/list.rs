//! Lists and counts.

use aws_lc_rs::digest::{SHA256, digest};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement};
use sea_orm::{DbBackend, Statement};

use super::engine::Engine;
use crate::actor::Actor;
use crate::context::connection::build;
use crate::error::{Error, Result};
use crate::page::Page;
use crate::query::seek::{self, Key};
use crate::query::{self, Count, ListQuery, SortKey, Start, Viewer};
use crate::resource::Record;
use crate::spec::{Kind, Operation};

/// From this many rows before a page on, the page's ids are found first and its rows afterwards.
const DEEP: u64 = 1_000;

/// Up to this many rows an estimated count is an exact one.
const FEW: u64 = 10_000;

/// The rank of a row, as a column behind those of the resource.
pub(super) const RANK: &str = "resourceful_rank";

/// The name of the rows of a deep page, which no table has.
const FOUND: &str = "resourceful_page";

impl Engine {
    /// One page of the rows that match the query and, besides, a condition of typed code.
    ///
    /// # Errors
    /// 400 `invalid-cursor` for a cursor that was not made for this list; 503 when the database is away or too busy.
    pub(crate) async fn list(
        &self,
        operation: Operation,
        list: &ListQuery,
        extra: Option<&Condition>,
    ) -> Result<Page<Record>> {
        let spec = self.spec();
        let (keys, rank) = self.keys(list);
        let binding = || self.binding(list, extra);
        // One more than a page holds tells whether there is another.
        let limit = u64::from(list.size) + 1;
        let offset = list.offset();
        let matching = self.list_condition(operation, list, extra);
        // Far from the first page the total tells from which end the way is shorter.
        let counted = match list.count {
            Count::Exact if offset >= DEEP => Some(self.count_exactly(matching.clone()).await?),
            _ => None,
        };
        let mut rows = self.select();
        rows.cond_where(matching.clone());
        if let Some(rank) = &rank {
            rows.expr_as(rank.clone(), Alias::new(RANK));
        }
        let select = match &list.start {
            Start::After(text) => {
                let values = self.open_cursor(operation, list, &keys, &rank, &binding(), text).await?;
                let columns: Vec<Alias> = spec.fields.iter().map(|field| Alias::new(field.column)).collect();
                seek::after(self.backend(), &rows, spec.table, &columns, &keys, &values, limit)
            }
            Start::Page(_) if offset >= DEEP => {
                let mut select = self.deep(matching.clone(), &keys, offset, limit, counted);
                if let Some(rank) = rank.clone() {
                    select.expr_as(rank, Alias::new(RANK));
                }
                select
            }
            Start::Page(_) => {
                seek::order(self.backend(), &mut rows, &keys);
                rows.limit(limit);
                if offset > 0 {
                    rows.offset(offset);
                }
                rows
            }
        };
        let mut items: Vec<Record> = self.rows_to_show(spec.table, &select).await?.into_iter().map(Record).collect();
        let more = items.len() as u64 == limit;
        items.truncate(list.size as usize);
        let next = match items.last() {
            Some(last) if more => Some(self.seal_cursor(list, &keys, &rank, &binding(), last)?),
            _ => None,
        };
        let page = match list.start {
            Start::Page(page) => Some(page),
            Start::After(_) => None,
        };
        let found = items.len() as u64;
        let total = match (list.count, page) {
            (Count::None, _) => None,
            // The last page tells the total by itself, unless nobody knows what is before it.
            (_, Some(page)) if !more && (found > 0 || page == 1) => Some(offset + found),
            (Count::Exact, _) => Some(match counted {
                Some(total) => total,
                None => self.count_exactly(matching).await?,
            }),
            (Count::Estimated, _) => Some(self.estimate(matching).await?),
        };
        Ok(Page { items, total, page, size: list.size, next })
    }

    /// How many rows match.
    pub(crate) async fn count(&self, list: &ListQuery, extra: Option<&Condition>) -> Result<u64> {
        self.count_exactly(self.list_condition(Operation::Count, list, extra)).await
    }

    async fn count_exactly(&self, matching: Condition) -> Result<u64> {
        let mut select = Query::select();
        select.expr(Expr::cust("COUNT(*)")).from(Alias::new(self.spec().table)).cond_where(matching);
        let rows = self.all(&select).await?;
        let count: i64 = match rows.first() {
            Some(row) => row.try_get_by_index(0).map_err(Error::internal)?,
            None => 0,
        };
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// How many rows PostgreSQL's planner expects of this very query, the caller's own rows and filters included.
    /// SQLite's has no such number and counts.
    async fn estimate(&self, matching: Condition) -> Result<u64> {
        if self.backend() != DbBackend::Postgres {
            return self.count_exactly(matching).await;
        }
        let mut select = Query::select();
        select.expr(Expr::val(1)).from(Alias::new(self.spec().table)).cond_where(matching.clone());
        let plan = build(self.backend(), &select);
        let explain = Statement { sql: format!("EXPLAIN (FORMAT JSON) {}", plan.sql), ..plan };
        let row = self.connection.one(explain).await.map_err(super::failure::read)?;
        let plan: Option<serde_json::Value> = match row {
            Some(row) => row.try_get_by_index(0).map_err(Error::internal)?,
            None => None,
        };
        let guess = plan.as_ref().and_then(|plan| plan.pointer("/0/Plan/Plan Rows")).and_then(|rows| rows.as_u64());
        match guess {
            Some(guess) if guess >= FEW => Ok(guess),
            _ => self.count_exactly(matching).await,
        }
    }

    /// A page far from the first: its ids by an index alone where there is one, and only its own rows whole.
    /// In its second half, as far as the total is known, it is counted from the end.
    fn deep(&self, matching: Condition, keys: &[Key], offset: u64, limit: u64, total: Option<u64>) -> SelectStatement {
        let (table, id) = (Alias::new(self.spec().table), Alias::new(self.spec().id_field().column));
        let mut ids = Query::select();
        ids.column((table.clone(), id.clone())).from(table.clone()).cond_where(matching);
        match total.and_then(|total| total.checked_sub(offset).map(|left| (left, total))) {
            Some((left, total)) if left < total / 2 => {
                let limit = Ord::min(limit, left);
                let backward: Vec<Key> =
                    keys.iter().cloned().map(|key| Key { descending: !key.descending, ..key }).collect();
                seek::order(self.backend(), &mut ids, &backward);
                ids.limit(limit).offset(left - limit);
            }
            _ => {
                seek::order(self.backend(), &mut ids, keys);
                ids.limit(limit).offset(offset);
            }
        }
        let same = Expr::col((table, id.clone())).equals((Alias::new(FOUND), id));
        let mut select = self.select();
        select.join_subquery(JoinType::InnerJoin, ids, Alias::new(FOUND), same);
        seek::order(self.backend(), &mut select, keys);
        select
    }

    fn list_condition(&self, operation: Operation, list: &ListQuery, extra: Option<&Condition>) -> Condition {
        let mut condition = self.condition(operation).add_option(extra.cloned());
        if let Some(filter) = &list.filter {
            condition = condition.add(query::condition(self.backend(), self.table, filter, &self.reach()));
        }
        if !list.words.is_empty() {
            condition =
                condition.add(query::full_text::search(self.backend(), self.table, &self.searched(), &list.words));
        }
        condition
    }

    /// The fields that `q` looks into for the actor.
    fn searched(&self) -> Vec<usize> {
        query::searched(&Viewer { table: self.table, actor: &self.actor })
    }

    /// The keys of the order. Words without an order rank where there is full-text search: the rank is then the first
    /// key, and a column behind those of the resource.
    fn keys(&self, list: &ListQuery) -> (Vec<Key>, Option<Expr>) {
        let spec = self.spec();
        if list.is_sorted || list.words.is_empty() || !query::full_text::applies(self.backend(), spec) {
            return (seek::keys(spec, &list.sort), None);
        }
        let rank = query::full_text::rank(self.table, &self.searched(), &list.words);
        let key = Key { expr: rank.clone(), kind: Kind::F64, nullable: false, descending: true };
        let id = SortKey { field: spec.id, descending: true };
        let keys = [key].into_iter().chain(seek::keys(spec, &[id])).collect();
        (keys, Some(rank))
    }

    /// What a cursor is bound to: the resource, the caller and the rows he asked for, their order included.
    fn binding(&self, list: &ListQuery, extra: Option<&Condition>) -> Vec<u8> {
        let caller = match &self.actor {
            Actor::System => None,
            Actor::Anonymous => Some(""),
            Actor::User(user) => Some(user.id.as_str()),
        };
        let (table, own) = (self.spec().table, self.owned.is_some());
        let asked = format!(
            "1 {table:?} {own} {caller:?} {:?} {} {:?} {:?} {extra:?}",
            list.sort, list.is_sorted, list.filter, list.words
        );
        digest(&SHA256, asked.as_bytes()).as_ref().to_vec()
    }
}

#[cfg(all(test, feature = "sqlite"))]
mod tests;
