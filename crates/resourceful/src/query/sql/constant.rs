//! Conditions that do not depend on a row.

use sea_orm::sea_query::Expr;

/// A constant condition, in SQL that both databases understand.
pub(in crate::query) fn constant(truth: bool) -> Expr {
    Expr::cust(if truth { "1 = 1" } else { "1 = 0" })
}
