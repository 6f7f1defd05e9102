//! What a caller lacks, and what comes close to it.

use crate::actor::{Actor, CurrentUser, grants};
use crate::context::Context;
use crate::spec::Requirement;

/// The most grants that a sentence lists.
const LISTED: usize = 30;

/// Why an actor does not hold what is asked, sentence by sentence, in the words of the one who asks for help.
pub(crate) fn lacking(ctx: &Context, actor: &Actor, requires: &Requirement) -> Vec<String> {
    let Some(user) = actor.user() else { return vec!["Nobody is signed in".to_owned()] };
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

/// What could be taken for the permission, and is not; and why it cannot come from elsewhere.
fn near(ctx: &Context, user: &CurrentUser, name: &str) -> Vec<String> {
    let mut hints = Vec::new();
    let own = format!("{name}:self");
    if let Some(held) = user.permissions.iter().find(|held| grants(held, &own)) {
        hints.push(format!("`{held}` opens the caller's own rows alone, below `/self`, and not what `{name}` opens"));
    }
    let alike = |held: &&String| held.trim().eq_ignore_ascii_case(name);
    if let Some(held) = user.permissions.iter().find(alike) {
        hints.push(format!("`{held}` is not `{name}`: permissions are compared letter by letter"));
    }
    if user.has_scope(name) {
        hints.push(format!("The token's scope names `{name}` and its permissions do not; scopes are no permissions"));
    }
    if ctx.verifier().is_some_and(|verifier| verifier.permissions_in_scope()) && !user.has_scope(name) {
        hints.push(format!(
            "A permission counts here only if the token's scope names it too (AUTH0_PERMISSIONS_IN_SCOPE), and the scope \
             does not name `{name}`"
        ));
    }
    if user.permissions.is_empty() {
        hints.push(
            "The token grants no permission at all: in Auth0 turn on RBAC and `Add Permissions in the Access Token` in \
             the settings of the API, or name the claim that has them by AUTH0_PERMISSIONS_CLAIM"
                .to_owned(),
        );
    }
    if ctx.grants().is_some_and(|source| !source.allows(name)) {
        hints.push(format!("Roles in the database cannot grant `{name}`: AUTH0_RBAC_PERMISSIONS does not name it"));
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
