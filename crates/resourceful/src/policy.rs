//! Row policies: which rows an actor may see and change.
//!
//! There is one mechanism: a condition in the SQL of every statement about the resource. The `/self` operations add one
//! more such condition, on the owner.

use std::marker::PhantomData;

use sea_orm::sea_query::{Condition, IntoCondition};

use crate::actor::CurrentUser;
use crate::resource::{HasPolicy, Resource, RowRule, RowSet};
use crate::spec::Operation;

/// Decides which rows of a resource a caller may see and change. The resource needs `#[resource(policy)]`.
///
/// The rows become a condition in the SQL of every operation: list, get, count, search, `q`, include, related filter,
/// bulk, update, patch, delete and `/self`. A row outside of them does not exist for the caller (404), and a write that
/// would leave a row outside of them is refused and rolled back. The policy does not apply to the system
/// ([`Crud::as_system`](crate::Crud::as_system)).
///
/// ```
/// use resourceful::prelude::*;
/// use resourceful::sea_orm::ColumnTrait;
///
/// #[derive(Clone, Debug, Resource)]
/// #[resource(policy)]
/// pub struct Document {
///     pub id: Uuid,
///     pub author: String,
///     pub is_published: bool,
/// }
///
/// impl Policy for Document {
///     fn rows(user: Option<&CurrentUser>, operation: Operation) -> Rows<Self> {
///         let Some(user) = user else { return Rows::when("published", document::Column::IsPublished.eq(true)) };
///         let own = Rows::when("author", document::Column::Author.eq(&user.id));
///         if operation.is_write() { own } else { own.or("published", document::Column::IsPublished.eq(true)) }
///     }
/// }
/// # fn main() {}
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has the attribute `policy`, but does not implement `Policy`",
    label = "this attribute requires `impl Policy for {Self}`",
    note = "write `impl Policy for {Self} {{ fn rows(user: Option<&CurrentUser>, operation: Operation) -> Rows<Self> {{ .. }} }}`"
)]
pub trait Policy: HasPolicy {
    /// The rows that the user may access with this operation. `user` is `None` for a caller without a token, who is
    /// admitted to public operations only. For the rows of a relation (included, filtered by, or referred to in a write)
    /// the policy is called with [`Operation::List`].
    fn rows(user: Option<&CurrentUser>, operation: Operation) -> Rows<Self>;
}

/// Rows of one resource: all, none, or those that match at least one of several named rules.
pub struct Rows<R> {
    set: RowSet,
    resource: PhantomData<fn() -> R>,
}

impl<R: Resource> Rows<R> {
    /// All rows.
    pub fn all() -> Self {
        Self::of(RowSet::All)
    }

    /// No row.
    pub fn none() -> Self {
        Self::of(RowSet::None)
    }

    /// The rows that match this SeaORM condition. The name identifies the rule in explanations.
    pub fn when(name: &'static str, condition: impl IntoCondition) -> Self {
        Self::none().or(name, condition)
    }

    /// These rows, and those that match this condition.
    #[must_use]
    pub fn or(self, name: &'static str, condition: impl IntoCondition) -> Self {
        let rule = RowRule { name, condition: condition.into_condition() };
        Self::of(match self.set {
            RowSet::All => RowSet::All,
            RowSet::None => RowSet::Where(vec![rule]),
            RowSet::Where(mut rules) => {
                rules.push(rule);
                RowSet::Where(rules)
            }
        })
    }

    /// Those of these rows that also match this condition.
    #[must_use]
    pub fn and(self, name: &'static str, condition: impl IntoCondition) -> Self {
        let condition = condition.into_condition();
        Self::of(match self.set {
            RowSet::All => RowSet::Where(vec![RowRule { name, condition }]),
            RowSet::None => RowSet::None,
            RowSet::Where(rules) => {
                let narrowed = |rule: RowRule| RowRule {
                    condition: Condition::all().add(rule.condition).add(condition.clone()),
                    ..rule
                };
                RowSet::Where(rules.into_iter().map(narrowed).collect())
            }
        })
    }

    fn of(set: RowSet) -> Self {
        Self { set, resource: PhantomData }
    }
}

impl<R> std::fmt::Debug for Rows<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.set.fmt(f)
    }
}

/// A policy, in the form that the engine calls.
#[doc(hidden)]
pub fn policy_of<R: Policy>(user: Option<&CurrentUser>, operation: Operation) -> RowSet {
    R::rows(user, operation).set
}
