//! Which rows an actor may see and change, as the engine takes it.

use sea_orm::sea_query::Condition;
use sea_orm::{EntityTrait, ModelTrait};

use super::Resource;
use crate::actor::CurrentUser;
use crate::spec::Operation;

/// Which rows an actor may see and change.
#[derive(Debug, Clone)]
pub enum RowSet {
    /// All.
    All,
    /// None.
    None,
    /// Those that match at least one of these rules.
    Where(Vec<RowRule>),
}

/// One rule about rows.
#[derive(Debug, Clone)]
pub struct RowRule {
    /// Its name, which tells the rules apart.
    pub name: &'static str,
    /// The condition, its columns named with their table.
    pub condition: Condition,
}

/// The rows of a resource for a user, who is nobody on a public endpoint, and what he is about to do.
pub type PolicyFn = fn(Option<&CurrentUser>, Operation) -> RowSet;

impl RowSet {
    /// The condition for SQL; `None` when there is none.
    pub fn condition(self) -> Option<Condition> {
        match self {
            Self::All => None,
            Self::None => Some(Condition::any().add(sea_orm::sea_query::Expr::cust("1 = 0"))),
            Self::Where(rules) if rules.is_empty() => Self::None.condition(),
            Self::Where(rules) => Some(rules.into_iter().fold(Condition::any(), |any, rule| any.add(rule.condition))),
        }
    }
}

/// A resource that says `policy` and so implements `Policy`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` implements `Policy`, but its struct does not have the attribute `policy`",
    label = "this policy would never be used",
    note = "add `#[resource(policy)]` to the struct"
)]
pub trait HasPolicy: Resource {}

/// A resource that says `hooks` and so implements `Hooks`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` implements `Hooks`, but its struct does not have the attribute `hooks`",
    label = "these hooks would never be run",
    note = "add `#[resource(hooks)]` to the struct"
)]
pub trait HasHooks: Resource + Clone + ModelTrait<Entity: EntityTrait<ActiveModel: Send + From<Self>>> {}
