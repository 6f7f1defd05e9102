//! What a hand-written endpoint does with its query string.

/// What a hand-written endpoint does with its query string.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryUse {
    /// It takes no parameters, so a request with one is refused.
    Nothing,
    /// An argument reads them, and defines which ones exist.
    Read,
    /// It takes all parameters, whatever their names (`query = "any"`).
    Any,
}

impl QueryUse {
    /// The query use of an endpoint without `query = "any"`.
    #[doc(hidden)]
    pub const fn of(is_read: bool) -> Self {
        if is_read { Self::Read } else { Self::Nothing }
    }
}
