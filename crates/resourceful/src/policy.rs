//! Which rows an actor may see and change.
//!
//! One mechanism: a condition that goes into the SQL of every statement about the resource. The `/self` operations are
//! nothing else than such a condition on the owner.

use crate::actor::CurrentUser;
use crate::error::{Error, Result, catalogue};
use crate::query::{FieldPath, Filter, Op, Operand, Test};
use crate::resource::{FieldValue, text_to_value};
use crate::spec::{RelationKind, ResourceSpec};

/// Which rows an actor may see and change.
#[derive(Debug, Clone)]
pub enum Rows {
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
    /// Its name, for explanations.
    pub name: &'static str,
    /// The condition.
    pub filter: Filter,
}

impl Rows {
    /// The rows that a user owns.
    ///
    /// # Errors
    /// 403 `user-required` for an application's token; 500 when the resource has no owner.
    pub fn owned_by(spec: &'static ResourceSpec, user: &CurrentUser) -> Result<Self> {
        let path = owner_path(spec).ok_or_else(|| Error::internal(format!("{} has no owner", spec.type_name)))?;
        let value = owner_value(&path, user)?;
        let filter = Filter::Test(Test { path, op: Op::Eq, operand: Operand::Value(value) });
        Ok(Self::Where(vec![RowRule { name: "owner", filter }]))
    }

    /// The condition for SQL; `None` when there is none.
    pub(crate) fn filter(&self) -> Option<Filter> {
        match self {
            Self::All => None,
            Self::None => Some(Filter::Or(Vec::new())),
            Self::Where(rules) => match rules.as_slice() {
                [rule] => Some(rule.filter.clone()),
                rules => Some(Filter::Or(rules.iter().map(|rule| rule.filter.clone()).collect())),
            },
        }
    }

    /// Whether writing these fields could make or move a row outside of the rows, so that it must be looked at again
    /// before the write counts.
    pub(crate) fn depends_on(&self, spec: &'static ResourceSpec, written: &[usize]) -> bool {
        fn tests(filter: &Filter, spec: &'static ResourceSpec, written: &[usize]) -> bool {
            match filter {
                Filter::And(parts) | Filter::Or(parts) => parts.iter().any(|part| tests(part, spec, written)),
                Filter::Not(part) => tests(part, spec, written),
                Filter::Test(test) => {
                    let own = match test.path.relations.first().map(|relation| relation.kind) {
                        None => Some(test.path.field),
                        Some(RelationKind::BelongsTo { field, .. }) => spec.field(field).map(|(index, _)| index),
                        Some(RelationKind::HasMany { .. }) => None,
                    };
                    own.is_none_or(|index| written.contains(&index))
                }
            }
        }
        match self {
            Self::All => false,
            Self::None => true,
            Self::Where(rules) => rules.iter().any(|rule| tests(&rule.filter, spec, written)),
        }
    }
}

/// The owner's id as the resource's owner field holds it.
///
/// # Errors
/// 403 `user-required` for an application's token, or when the id does not fit the field.
pub(crate) fn owner_value(path: &FieldPath, user: &CurrentUser) -> Result<FieldValue> {
    let refuse = |why: &'static str| Error::new(&catalogue::USER_REQUIRED, why);
    if user.is_machine {
        return Err(refuse("The token belongs to an application, which owns no rows; use the token of a user"));
    }
    text_to_value(&path.field().ty.kind, &user.id)
        .map_err(|_| refuse("The token's subject is not of the form that owners have here"))
}

/// The owner's field, through relations where needed.
pub(crate) fn owner_path(spec: &'static ResourceSpec) -> Option<FieldPath> {
    let (last, through) = spec.owner?.path.split_last()?;
    let mut relations = Vec::with_capacity(through.len());
    let mut at = spec;
    for name in through {
        let relation = at.relation(name)?;
        relations.push(relation);
        at = (relation.target)();
    }
    let (field, _) = at.field(last)?;
    Some(FieldPath { relations, spec: at, field })
}
