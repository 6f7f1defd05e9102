//! Which rows an engine may touch: those that the policy of its resource allows the actor and, where the actor may touch
//! only their own rows, those that they own.

use sea_orm::DbBackend;
use sea_orm::sea_query::Condition;

use crate::actor::{Actor, CurrentUser, RowAccess};
use crate::error::{Error, Result, catalogue};
use crate::query::{self, FieldPath, Filter, Op, Operand, Test};
use crate::resource::{FieldValue, ResourceTable, text_to_value};
use crate::spec::{Operation, RelationKind, RelationSpec, ResourceSpec};

/// The rows that a user owns, as a test of the field that names the owner.
#[derive(Debug, Clone)]
pub(super) struct Owned(Test);

impl Owned {
    /// The rows that this user owns.
    ///
    /// # Errors
    /// 403 `user-required` for an application's token; 500 when the resource has no owner.
    pub(super) fn by(spec: &'static ResourceSpec, user: &CurrentUser) -> Result<Self> {
        let path = owner_path(spec).ok_or_else(|| Error::internal(format!("{} has no owner", spec.type_name)))?;
        let value = owner_value(&path, user)?;
        Ok(Self(Test { path, op: Op::Eq, operand: Operand::Value(value) }))
    }

    pub(super) fn condition(&self, backend: DbBackend, table: &'static ResourceTable) -> Condition {
        query::condition(backend, table, &Filter::Test(self.0.clone()), query::NO_ROW_FILTER)
    }

    /// The tables through which the owner is found; `None` where they are not all known.
    pub(super) fn tables(&self) -> Option<Vec<&'static str>> {
        let mut tables = Vec::new();
        for relation in &self.0.path.relations {
            if matches!(relation.kind, RelationKind::ManyToMany { .. }) {
                return None;
            }
            tables.push((relation.target)().table);
        }
        Some(tables)
    }

    /// The resource's field that holds the owner, and the owner; `None` when the owner is found through a relation.
    pub(super) fn own_field(&self) -> Option<(usize, &FieldValue)> {
        match (&self.0.path.relations[..], &self.0.operand) {
            ([], Operand::Value(owner)) => Some((self.0.path.field, owner)),
            _ => None,
        }
    }

    /// The owner's rows of the resource that this relation refers to, if the owner is found through this relation.
    pub(super) fn through(&self, relation: &'static RelationSpec) -> Option<Self> {
        let (first, rest) = self.0.path.relations.split_first()?;
        let path = FieldPath { relations: rest.to_vec(), ..self.0.path.clone() };
        std::ptr::eq(*first, relation).then(|| Self(Test { path, ..self.0.clone() }))
    }

    /// Whether a write of these fields could give a row to another owner.
    pub(super) fn depends_on(&self, spec: &ResourceSpec, written: &[usize]) -> bool {
        let own = match self.0.path.relations.first().map(|relation| relation.kind) {
            None => Some(self.0.path.field),
            Some(RelationKind::BelongsTo { field, .. }) => spec.field(field).map(|(index, _)| index),
            Some(_) => None,
        };
        own.is_none_or(|index| written.contains(&index))
    }
}

/// The operation that a policy is called with: the `/self` variant of the operation where the actor may touch only their
/// own rows.
pub(super) fn policy_operation(access: RowAccess, operation: Operation) -> Operation {
    match access {
        RowAccess::All => operation,
        RowAccess::Own => operation.of_own_rows(),
    }
}

/// The policy's condition for the rows that an actor may touch with an operation; `None` when it allows all rows.
pub(super) fn policy(table: &ResourceTable, actor: &Actor, operation: Operation) -> Option<Condition> {
    let policy = table.policy?;
    match actor {
        Actor::System => None,
        Actor::Anonymous | Actor::User(_) => policy(actor.user().map(AsRef::as_ref), operation).condition(),
    }
}

/// The owner's id as the resource's owner field holds it.
///
/// # Errors
/// 403 `user-required` for an application's token, or when the id does not fit the field.
pub(super) fn owner_value(path: &FieldPath, user: &CurrentUser) -> Result<FieldValue> {
    let refuse = |why: &'static str| Error::new(&catalogue::USER_REQUIRED, why);
    if user.is_machine {
        return Err(refuse("The token belongs to an application, which owns no rows; use the token of a user"));
    }
    text_to_value(&path.field().ty.kind, &user.id)
        .map_err(|_| refuse("The token's subject (`sub`) is not a valid owner id of this resource"))
}

/// The path to the field that holds the owner, through relations where needed.
pub(super) fn owner_path(spec: &'static ResourceSpec) -> Option<FieldPath> {
    FieldPath::resolve(spec, spec.owner?.path)
}
