//! Lists and counts.

use sea_orm::Condition;
use sea_orm::sea_query::{Alias, Expr, Query};

use super::engine::Engine;
use crate::error::{Error, Result};
use crate::page::Page;
use crate::query::{Count, ListQuery, sql};
use crate::resource::Record;

impl Engine {
    /// One page of the rows that match the query and, besides, a condition of typed code.
    pub(crate) async fn list(&self, query: &ListQuery, extra: Option<&Condition>) -> Result<Page<Record>> {
        let offset = (query.page - 1) * u64::from(query.size);
        let mut select = self.select();
        select.cond_where(self.list_condition(query, extra)).limit(u64::from(query.size));
        if offset > 0 {
            select.offset(offset);
        }
        sql::order(&mut select, self.backend(), self.spec().table, self.spec(), &query.sort);
        let items: Vec<Record> = self.all(&select).await?.into_iter().map(Record).collect();
        let found = items.len() as u64;
        let total = match query.count {
            Count::None => None,
            // A page that is not full is the last one, and tells the total by itself.
            Count::Exact if found < u64::from(query.size) && (found > 0 || query.page == 1) => Some(offset + found),
            Count::Exact => Some(self.count(query, extra).await?),
        };
        Ok(Page { items, total, page: query.page, size: query.size })
    }

    /// How many rows match.
    pub(crate) async fn count(&self, query: &ListQuery, extra: Option<&Condition>) -> Result<u64> {
        let mut select = Query::select();
        select.expr(Expr::cust("COUNT(*)")).from(Alias::new(self.spec().table)).cond_where(self.list_condition(query, extra));
        let rows = self.all(&select).await?;
        let count: i64 = match rows.first() {
            Some(row) => row.try_get_by_index(0).map_err(Error::internal)?,
            None => 0,
        };
        Ok(u64::try_from(count).unwrap_or_default())
    }

    fn list_condition(&self, query: &ListQuery, extra: Option<&Condition>) -> Condition {
        let mut condition = self.condition(query.filter.as_ref());
        if let Some(extra) = extra {
            condition = condition.add(extra.clone());
        }
        if !query.words.is_empty() {
            condition = condition.add(sql::words(self.backend(), self.spec().table, self.spec(), &query.words));
        }
        condition
    }
}
