//! The order of a list.

use sea_orm::sea_query::Expr;

use crate::query::seek::Key;

/// The rank of a row, as a column after those of the resource.
pub(super) const RANK: &str = "resourceful_rank";

/// The keys of an order, and the rank among them where the words of a search decide.
pub(super) struct Order {
    pub(super) keys: Vec<Key>,
    pub(super) rank: Option<Expr>,
}
