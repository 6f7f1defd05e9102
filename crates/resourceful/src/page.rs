//! A page of a list.

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// The number of rows on all pages; `None` if they were not counted.
    pub total: Option<u64>,
    /// The number of the page, from 1; `None` for a page by cursor.
    pub page: Option<u64>,
    /// The maximum number of rows on a page.
    pub size: u32,
    /// The cursor of the next page; `None` if this is the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The number of pages, 0 for an empty list. `None` if the rows were not counted.
    pub fn pages(&self) -> Option<u64> {
        self.total.map(|total| total.div_ceil(u64::from(self.size.max(1))))
    }

    /// The same page with other items.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        let Self { items, total, page, size, next } = self;
        Page { items: items.into_iter().map(f).collect(), total, page, size, next }
    }

    /// The same page with other items, unless one fails.
    ///
    /// # Errors
    /// The first failure.
    pub fn try_map<U, E>(self, f: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        let Self { items, total, page, size, next } = self;
        Ok(Page { items: items.into_iter().map(f).collect::<Result<_, _>>()?, total, page, size, next })
    }
}
