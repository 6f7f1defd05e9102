//! What a caller lacks for a requirement, and what comes close to it.

use crate::actor::{Actor, CurrentUser, grants};
use crate::auth::Verifier;
use crate::context::Context;
use crate::spec::Requirement;

/// The most grants that a sentence lists.
const LISTED: usize = 30;

/// Explains why the actor does not meet the requirement, one sentence per reason.
pub(crate) fn lacking(ctx: &Context, actor: &Actor, requires: &Requirement) -> Vec<String> {
    let Some(user) = actor.user() else { return vec!["The request has no access token".to_owned()] };
    let (what, held) = match requires {
        Requirement::Role(_) => ("roles", &user.roles),
        Requirement::Scope(_) => ("scopes", &user.scopes),
        _ => ("permissions", &user.permissions),
    };
    let mut sentences = vec![format!("{} holds {}", user.id, listed(what, held))];
    let missing = requires.permissions().iter().filter(|name| !user.has_permission(name));
    sentences.extend(missing.flat_map(|name| near(ctx, user, name)));
    sentences
}

/// Grants that are similar to the permission, and why no other source grants it.
fn near(ctx: &Context, user: &CurrentUser, name: &str) -> Vec<String> {
    let mut hints = Vec::new();
    let own = format!("{name}:self");
    if let Some(held) = user.permissions.iter().find(|held| grants(held, &own)) {
        hints.push(format!(
            "`{held}` gives access to the caller's own rows only, below `/self`; `{name}` is another permission"
        ));
    }
    let alike = |held: &&String| held.trim().eq_ignore_ascii_case(name);
    if let Some(held) = user.permissions.iter().find(alike) {
        hints.push(format!("`{held}` is not `{name}`: permissions are compared exactly"));
    }
    if user.has_scope(name) {
        hints.push(format!(
            "The token's scope contains `{name}`, but its permissions do not; scopes are not permissions"
        ));
    }
    if ctx.extension::<Verifier>().is_some_and(|verifier| verifier.permissions_in_scope()) && !user.has_scope(name) {
        hints.push(format!(
            "A permission counts only if the token's scope contains it too (AUTH0_PERMISSIONS_IN_SCOPE), and the scope \
             does not contain `{name}`"
        ));
    }
    if user.permissions.is_empty() {
        hints.push(
            "The token contains no permissions: in Auth0 turn on RBAC and `Add Permissions in the Access Token` in the \
             settings of the API, or set AUTH0_PERMISSIONS_CLAIM to the claim that contains them"
                .to_owned(),
        );
    }
    if ctx.grants().is_some_and(|source| !source.allows(name)) {
        hints.push(format!("Roles in the database cannot grant `{name}`: AUTH0_RBAC_PERMISSIONS does not contain it"));
    }
    hints
}

fn listed(what: &str, names: &[String]) -> String {
    match names {
        [] => format!("no {what}"),
        names => {
            let first: Vec<String> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
            let rest = names.len() - first.len();
            let more = if rest > 0 { format!(" and {rest} more") } else { String::new() };
            format!("the {what} {}{more}", first.join(", "))
        }
    }
}
