//! The query of a typed list.

use sea_orm::Condition;
use sea_orm::sea_query::IntoCondition;

use crate::error::{Error, Result};
use crate::query::{self, Count, ListQuery, Start};
use crate::resource::Resource;

/// Which rows a typed list returns: a SeaORM condition, words to search for, an order, a page.
#[derive(Debug, Clone, Default)]
pub struct Query {
    pub(super) condition: Option<Condition>,
    words: Vec<String>,
    sort: Vec<(String, bool)>,
    page: Option<u64>,
    after: Option<String>,
    size: Option<u32>,
    without_total: bool,
}

impl Query {
    /// All rows, in the resource's own order, the first page.
    pub fn new() -> Self {
        Self::default()
    }

    /// Only rows that match this SeaORM condition, in addition to those of earlier calls:
    /// `project::Column::IsActive.eq(true)`.
    #[must_use]
    pub fn filter(mut self, condition: impl IntoCondition) -> Self {
        self.condition = Some(self.condition.unwrap_or_else(Condition::all).add(condition.into_condition()));
        self
    }

    /// Only rows whose search fields contain each of these words.
    #[must_use]
    pub fn words(mut self, words: &str) -> Self {
        self.words.extend(words.split_whitespace().map(str::to_owned));
        self
    }

    /// Ordered by this field (its Rust name), descending with a leading `-`; then by the keys of later calls.
    #[must_use]
    pub fn sort(mut self, key: &str) -> Self {
        let descending = key.starts_with('-');
        self.sort.push((key.trim_start_matches('-').to_owned(), descending));
        self
    }

    /// The page with this number, from 1.
    #[must_use]
    pub fn page(mut self, page: u64) -> Self {
        self.page = Some(page);
        self
    }

    /// The page after this cursor, which is the [`next`](crate::Page::next) of an earlier page of the same list.
    #[must_use]
    pub fn after(mut self, cursor: impl Into<String>) -> Self {
        self.after = Some(cursor.into());
        self
    }

    /// The number of rows per page; the resource's maximum does not apply to typed code.
    #[must_use]
    pub fn size(mut self, size: u32) -> Self {
        self.size = Some(size);
        self
    }

    /// Without the total, so that the database does not count all rows.
    #[must_use]
    pub fn without_total(mut self) -> Self {
        self.without_total = true;
        self
    }

    pub(super) fn compile<R: Resource>(&self) -> Result<ListQuery> {
        let spec = R::spec();
        let sort = self
            .sort
            .iter()
            .map(|(name, descending)| match spec.field(name) {
                Some((field, _)) => Ok(query::SortKey { field, descending: *descending }),
                None => Err(Error::internal(format!("{} has no field `{name}` to sort by", spec.type_name))),
            })
            .collect::<Result<Vec<_>>>()?;
        let mut list = ListQuery::new(spec);
        list.words.clone_from(&self.words);
        if !sort.is_empty() {
            list.sort = sort;
            list.is_sorted = true;
        }
        list.start = match &self.after {
            Some(cursor) => Start::After(cursor.clone()),
            None => Start::Page(self.page.unwrap_or(1).max(1)),
        };
        list.size = self.size.unwrap_or(list.size).max(1);
        if self.without_total {
            list.count = Count::None;
        }
        Ok(list)
    }
}
