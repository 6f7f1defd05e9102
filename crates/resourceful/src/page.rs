//! A page of a list.

/// A page of a list.
#[derive(Debug, Clone, PartialEq)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// How many rows all pages hold; `None` when nobody asked.
    pub total: Option<u64>,
    /// Which page it is, from 1; `None` behind a cursor.
    pub page: Option<u64>,
    /// The most rows a page holds.
    pub size: u32,
    /// The cursor of the page behind this one; `None` when this is the last.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// How many pages there are: none for an empty list. `None` when nobody counted.
    pub fn pages(&self) -> Option<u64> {
        self.total.map(|total| total.div_ceil(u64::from(self.size.max(1))))
    }

    /// The same page of something else.
    pub fn map<U>(self, f: impl FnMut(T) -> U) -> Page<U> {
        let Self { items, total, page, size, next } = self;
        Page { items: items.into_iter().map(f).collect(), total, page, size, next }
    }

    /// The same page of something else, unless one row fails.
    ///
    /// # Errors
    /// The first failure.
    pub fn try_map<U, E>(self, f: impl FnMut(T) -> Result<U, E>) -> Result<Page<U>, E> {
        let Self { items, total, page, size, next } = self;
        Ok(Page { items: items.into_iter().map(f).collect::<Result<_, _>>()?, total, page, size, next })
    }
}
