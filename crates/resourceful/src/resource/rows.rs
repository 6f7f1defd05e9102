//! The rows that a policy allows, as the engine uses them.

use sea_orm::sea_query::Condition;

use crate::actor::CurrentUser;
use crate::spec::Operation;

/// The rows that an actor may see and change.
#[derive(Debug, Clone)]
pub enum RowSet {
    /// All rows.
    All,
    /// No rows.
    None,
    /// Rows that match at least one of these rules.
    Where(Vec<RowRule>),
}

/// One rule about rows.
#[derive(Debug, Clone)]
pub struct RowRule {
    /// Its name, for explanations.
    pub name: &'static str,
    /// The condition, its columns named with their table.
    pub condition: Condition,
}

/// The policy of a resource: the rows that a user may touch with an operation. The user is `None` for an anonymous
/// caller.
pub type PolicyFn = fn(Option<&CurrentUser>, Operation) -> RowSet;

impl RowSet {
    /// The condition for SQL; `None` for all rows.
    pub fn condition(self) -> Option<Condition> {
        match self {
            Self::All => None,
            Self::None => Some(Condition::any().add(sea_orm::sea_query::Expr::cust("1 = 0"))),
            Self::Where(rules) if rules.is_empty() => Self::None.condition(),
            Self::Where(rules) => Some(rules.into_iter().fold(Condition::any(), |any, rule| any.add(rule.condition))),
        }
    }
}
