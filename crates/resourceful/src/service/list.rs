//! Lists and counts.

use sea_orm::Condition;
use sea_orm::sea_query::{Alias, Expr, Query};

use super::engine::Engine;
use crate::error::{Error, Result};
use crate::page::Page;
use crate::query::{self, Count, ListQuery};
use crate::resource::Record;
use crate::spec::Operation;

impl Engine {
    /// One page of the rows that match the query and, besides, a condition of typed code.
    pub(crate) async fn list(&self, list: &ListQuery, extra: Option<&Condition>) -> Result<Page<Record>> {
        let offset = list.offset();
        let mut select = self.select();
        select.cond_where(self.list_condition(Operation::List, list, extra)).limit(u64::from(list.size));
        if offset > 0 {
            select.offset(offset);
        }
        query::order(self.backend(), &mut select, self.spec(), &list.sort);
        let items: Vec<Record> = self.all(&select).await?.into_iter().map(Record).collect();
        let found = items.len() as u64;
        let total = match list.count {
            Count::None => None,
            // A page that is not full is the last one, and tells the total by itself.
            Count::Exact if found < u64::from(list.size) && (found > 0 || list.page == 1) => Some(offset + found),
            Count::Exact => Some(self.count(list, extra).await?),
        };
        Ok(Page { items, total, page: list.page, size: list.size })
    }

    /// How many rows match.
    pub(crate) async fn count(&self, list: &ListQuery, extra: Option<&Condition>) -> Result<u64> {
        let mut select = Query::select();
        select.expr(Expr::cust("COUNT(*)")).from(Alias::new(self.spec().table)).cond_where(self.list_condition(
            Operation::List,
            list,
            extra,
        ));
        let rows = self.all(&select).await?;
        let count: i64 = match rows.first() {
            Some(row) => row.try_get_by_index(0).map_err(Error::internal)?,
            None => 0,
        };
        Ok(u64::try_from(count).unwrap_or_default())
    }

    fn list_condition(&self, operation: Operation, list: &ListQuery, extra: Option<&Condition>) -> Condition {
        let mut condition = self.condition(operation).add_option(extra.cloned());
        if let Some(filter) = &list.filter {
            condition = condition.add(query::condition(self.backend(), self.table, filter, &self.reach()));
        }
        if !list.words.is_empty() {
            let spec = self.spec();
            let fields: Vec<usize> =
                (0..spec.fields.len()).filter(|&index| query::is_searchable(spec, index)).collect();
            condition = condition.add(query::words(self.backend(), self.table, &fields, &list.words));
        }
        condition
    }
}
