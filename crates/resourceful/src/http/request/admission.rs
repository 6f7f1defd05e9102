//! The caller who was let in, and with which row access.

use crate::actor::{Actor, RowAccess};
use crate::spec::{Operation, Requirement};

/// The caller who was let into an endpoint or a scope.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    /// The caller.
    pub(crate) actor: Actor,
    /// Which rows they may touch there.
    pub(crate) rows: RowAccess,
}

/// Which rows a requirement gives an actor who meets it. A permission that ends in `:self` gives the caller's own rows
/// only. `Any`: own rows only if every permission that the caller holds ends so. `All`: if any does.
pub(crate) fn row_access(actor: &Actor, requires: &Requirement) -> RowAccess {
    let own = |permission: &&str| permission.ends_with(":self");
    let own_only = match requires {
        Requirement::Permission(permission) => own(permission),
        Requirement::Any(permissions) => {
            let mut held = permissions.iter().copied().filter(|&permission| actor.holds(Some(permission))).peekable();
            held.peek().is_some() && held.all(|permission| own(&permission))
        }
        Requirement::All(permissions) => permissions.iter().any(own),
        Requirement::Public | Requirement::Role(_) | Requirement::Scope(_) => false,
    };
    if own_only { RowAccess::Own } else { RowAccess::All }
}

/// Which rows an operation works on: `/self` on the caller's own rows, the others on those that the scopes around them
/// give.
pub(crate) fn row_access_of(operation: Operation, around: RowAccess) -> RowAccess {
    if operation.is_self() { RowAccess::Own } else { around }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::actor::CurrentUser;

    #[test]
    fn a_self_permission_gives_own_rows_only() {
        let holder = |held: &[&str]| Actor::User(CurrentUser::new("ada").with_permissions(held.iter().copied()).into());
        let any = Requirement::Any(&["a:read", "a:read:self"]);
        for (held, requires, rows) in [
            (&["a:read:self"][..], Requirement::Permission("a:read:self"), RowAccess::Own),
            (&["a:read"], Requirement::Permission("a:read"), RowAccess::All),
            (&["a:read:self"], any, RowAccess::Own),
            (&["a:read", "a:read:self"], any, RowAccess::All),
            (&["a:read", "b:read:self"], Requirement::All(&["a:read", "b:read:self"]), RowAccess::Own),
            (&[], Requirement::Public, RowAccess::All),
            (&[], Requirement::Role("clerk"), RowAccess::All),
        ] {
            assert_eq!(row_access(&holder(held), &requires), rows, "{held:?} for {requires}");
        }
    }
}
