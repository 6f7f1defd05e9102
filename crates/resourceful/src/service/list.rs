//! Lists and counts.

use aws_lc_rs::digest::{SHA256, digest};
use sea_orm::sea_query::{Alias, Condition, Expr, ExprTrait, JoinType, Query, SelectStatement};
use sea_orm::{DbBackend, Statement};

use super::engine::Engine;
use crate::actor::Actor;
use crate::context::connection::build;
use crate::error::{Error, FieldError, Result, catalogue};
use crate::page::Page;
use crate::query::seek::{self, Key};
use crate::query::{self, Count, ListQuery, SortKey, Start, Viewer, cursor};
use crate::resource::{FieldValue, Record};
use crate::spec::Operation;

/// From this many rows before a page on, the page's ids are found first and its rows afterwards.
const DEEP: u64 = 1_000;

/// Up to this many rows an estimated count is an exact one.
const FEW: u64 = 10_000;

/// What a cursor begins with that holds the id of its row and not the values of its keys, because they are too long for
/// a URL. JSON begins with something else.
const BY_ROW: &[u8] = b"@";

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
        let keys = seek::keys(spec, &list.sort);
        let binding = self.binding(list, extra);
        // One more than a page holds tells whether there is another.
        let limit = u64::from(list.size) + 1;
        let offset = list.offset();
        let matching = self.list_condition(operation, list, extra);
        let mut rows = self.select();
        rows.cond_where(matching.clone());
        let select = match &list.start {
            Start::After(text) => {
                let values = self.open_cursor(&keys, &list.sort, &binding, text).await?;
                let columns: Vec<Alias> = spec.fields.iter().map(|field| Alias::new(field.column)).collect();
                seek::after(self.backend(), &rows, spec.table, &columns, &keys, &values, limit)
            }
            Start::Page(_) if offset >= DEEP => self.deep(matching.clone(), &keys, offset, limit),
            Start::Page(_) => {
                seek::order(self.backend(), &mut rows, &keys);
                rows.limit(limit);
                if offset > 0 {
                    rows.offset(offset);
                }
                rows
            }
        };
        let mut items: Vec<Record> = self.all(&select).await?.into_iter().map(Record).collect();
        let more = items.len() as u64 == limit;
        items.truncate(list.size as usize);
        let next = match items.last() {
            Some(last) if more => Some(self.seal_cursor(&keys, &list.sort, &binding, last)?),
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
            (Count::Exact, _) => Some(self.count_exactly(matching).await?),
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
    fn deep(&self, matching: Condition, keys: &[Key], offset: u64, limit: u64) -> SelectStatement {
        let (table, id) = (Alias::new(self.spec().table), Alias::new(self.spec().id_field().column));
        let mut ids = Query::select();
        ids.column((table.clone(), id.clone())).from(table.clone()).cond_where(matching).limit(limit).offset(offset);
        seek::order(self.backend(), &mut ids, keys);
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
            let fields = query::searched(&Viewer { table: self.table, actor: &self.actor });
            condition = condition.add(query::words(self.backend(), self.table, &fields, &list.words));
        }
        condition
    }

    /// What a cursor is bound to: the resource, the caller and the rows he asked for, their order included.
    fn binding(&self, list: &ListQuery, extra: Option<&Condition>) -> Vec<u8> {
        let caller = match &self.actor {
            Actor::System => None,
            Actor::Anonymous => Some(""),
            Actor::User(user) => Some(user.id.as_str()),
        };
        let (table, own) = (self.spec().table, self.owned.is_some());
        let asked =
            format!("1 {table:?} {own} {caller:?} {:?} {:?} {:?} {extra:?}", list.sort, list.filter, list.words);
        digest(&SHA256, asked.as_bytes()).as_ref().to_vec()
    }

    async fn open_cursor(&self, keys: &[Key], sort: &[SortKey], binding: &[u8], text: &str) -> Result<Vec<FieldValue>> {
        let content = self.ctx.options().secret.open(binding, text);
        let content =
            content.ok_or_else(|| foreign("was cut, changed, or made for another caller, order, filter or words"))?;
        let Some(row) = content.strip_prefix(BY_ROW) else {
            return cursor::read(keys, &content).ok_or_else(|| foreign("was made before the resource changed"));
        };
        let id = cursor::read(&self.id_key(), row).and_then(|mut id| id.pop());
        let id = id.ok_or_else(|| foreign("was made before the resource changed"))?;
        let same =
            Expr::col((Alias::new(self.spec().table), Alias::new(self.spec().id_field().column))).eq(Expr::val(id));
        let mut select = self.select();
        select.cond_where(same).limit(1);
        let row = self.one(&select).await?.ok_or_else(|| foreign("stands behind a row that is gone"))?;
        self.key_values(sort, &row)
    }

    fn seal_cursor(&self, keys: &[Key], sort: &[SortKey], binding: &[u8], last: &Record) -> Result<String> {
        let secret = &self.ctx.options().secret;
        let sealed = secret.seal(binding, &cursor::write(keys, &self.key_values(sort, last)?));
        if sealed.len() <= query::limits::CURSOR {
            return Ok(sealed);
        }
        let id = cursor::write(&self.id_key(), &[last.value(self.spec(), self.spec().id)?]);
        Ok(secret.seal(binding, &[BY_ROW, &id].concat()))
    }

    fn key_values(&self, sort: &[SortKey], row: &Record) -> Result<Vec<FieldValue>> {
        let spec = self.spec();
        query::total(spec, sort).into_iter().map(|key| row.value(spec, key.field)).collect()
    }

    fn id_key(&self) -> Vec<Key> {
        seek::keys(self.spec(), &[])
    }
}

/// A cursor that does not belong to the list.
fn foreign(why: &'static str) -> Error {
    let slug = catalogue::INVALID_CURSOR.slug;
    Error::new(&catalogue::INVALID_CURSOR, "The cursor does not belong to this list; begin at the first page")
        .with_errors(vec![FieldError::parameter("after", slug, why)])
}

#[cfg(all(test, feature = "sqlite"))]
mod tests;
