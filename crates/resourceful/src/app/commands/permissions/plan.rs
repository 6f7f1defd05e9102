//! Computes the changes that the tenant needs so that it has what the code requires. This file makes no requests.

use std::collections::BTreeSet;
use std::fmt::Write;

use super::roles::WantedRole;
use crate::actor::CurrentUser;
use crate::app::manifest::{Entry, Kind, Manifest};
use crate::auth::management::{ApiScope, Role, TenantApi};

/// The most permissions that Auth0 stores for one API.
pub(super) const MAX_SCOPES: usize = 1000;

/// A change to the API's list of permissions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ScopeChange {
    Add { name: String, description: String },
    Describe { name: String, was: String, description: String },
    Remove { name: String },
}

/// A role of the file, compared with the tenant's role of the same name.
#[derive(Debug)]
pub(super) struct RolePlan {
    pub(super) name: String,
    /// `None` if the role is to be created.
    pub(super) existing: Option<Role>,
    /// The description to set, if it differs.
    pub(super) description: Option<String>,
    pub(super) grant: Vec<String>,
    pub(super) revoke: Vec<String>,
}

/// Everything that would change.
#[derive(Debug, Default)]
pub(super) struct Plan {
    pub(super) scopes: Vec<ScopeChange>,
    /// Scopes that only the tenant has, and that are kept.
    pub(super) kept: Vec<String>,
    pub(super) roles: Vec<RolePlan>,
    /// Problems that these changes do not fix.
    pub(super) notes: Vec<String>,
}

/// The options of the command.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Options {
    /// Remove what the code, or the file of roles, does not contain.
    pub(super) prune: bool,
    /// Keep existing descriptions of the tenant.
    pub(super) keep_descriptions: bool,
}

/// Compares the API's scopes. The result is in alphabetical order.
pub(super) fn compare_scopes(manifest: &Manifest, api: &TenantApi, options: Options) -> Plan {
    let mut plan = Plan::default();
    let wanted = manifest.api_scopes();
    for entry in &wanted {
        let description = entry.description.clone();
        match api.scopes.iter().find(|scope| scope.value == entry.name) {
            None => plan.scopes.push(ScopeChange::Add { name: entry.name.to_owned(), description }),
            Some(scope) => {
                let was = scope.description.clone().unwrap_or_default();
                if was != description && (was.is_empty() || !options.keep_descriptions) {
                    plan.scopes.push(ScopeChange::Describe { name: entry.name.to_owned(), was, description });
                }
            }
        }
    }
    let others: BTreeSet<&str> = api
        .scopes
        .iter()
        .map(|scope| scope.value.as_str())
        .filter(|name| !wanted.iter().any(|entry| entry.name == *name))
        .collect();
    for name in others {
        // The code does not require `projects:*`, but this wildcard grants permissions that the code requires.
        let grants = wanted.iter().any(|entry| covers(name, entry));
        if options.prune && !grants {
            plan.scopes.push(ScopeChange::Remove { name: name.to_owned() });
        } else {
            plan.kept.push(name.to_owned());
        }
    }
    plan
}

/// The permissions that nothing in the tenant can grant.
pub(super) fn ungrantable(manifest: &Manifest, api: &TenantApi) -> Vec<&'static str> {
    let wanted = manifest.api_scopes().into_iter();
    let missing = wanted.filter(|entry| !api.scopes.iter().any(|scope| covers(&scope.value, entry)));
    missing.map(|entry| entry.name).collect()
}

/// Whether a caller with the tenant's scope has what the entry requires. Only permissions can be wildcards.
fn covers(scope: &str, entry: &Entry) -> bool {
    match entry.kind {
        Kind::Permission => CurrentUser::new("").with_permissions([scope]).has_permission(entry.name),
        Kind::Scope | Kind::Role => scope == entry.name,
    }
}

/// Compares one role of the file with the role of the tenant and its permissions for this API.
pub(super) fn compare_role(
    wanted: &WantedRole,
    existing: Option<(Role, Vec<String>)>,
    removed: &BTreeSet<&str>,
    prune: bool,
) -> RolePlan {
    let (role, held) = existing.unzip();
    let held = held.unwrap_or_default();
    let was = role.as_ref().and_then(|role| role.description.clone()).unwrap_or_default();
    let description = wanted.description.clone().filter(|description| role.is_none() || *description != was);
    let mut grant: Vec<String> = wanted.permissions.iter().filter(|name| !held.contains(name)).cloned().collect();
    // Auth0 removes a deleted scope from every role.
    let kept = held.iter().filter(|name| !removed.contains(name.as_str()));
    let mut revoke: Vec<String> = kept.filter(|name| prune && !wanted.permissions.contains(name)).cloned().collect();
    grant.sort();
    revoke.sort();
    RolePlan { name: wanted.name.clone(), existing: role, description, grant, revoke }
}

/// The list to send: what the tenant has now, with these changes and no others. Auth0 replaces its whole list.
pub(super) fn merged(now: &[ApiScope], changes: &[ScopeChange]) -> Vec<ApiScope> {
    let mut scopes = now.to_vec();
    for change in changes {
        match change {
            ScopeChange::Remove { name } => scopes.retain(|scope| scope.value != *name),
            ScopeChange::Add { name, description } | ScopeChange::Describe { name, description, .. } => {
                let description = Some(description.clone());
                match scopes.iter_mut().find(|scope| scope.value == *name) {
                    Some(scope) => scope.description = description,
                    None => scopes.push(ApiScope { value: name.clone(), description }),
                }
            }
        }
    }
    scopes
}

impl RolePlan {
    fn changes(&self) -> usize {
        let role = usize::from(self.existing.is_none() || self.description.is_some());
        role + self.grant.len() + self.revoke.len()
    }
}

impl Plan {
    /// The number of changes.
    pub(super) fn changes(&self) -> usize {
        self.scopes.len() + self.roles.iter().map(RolePlan::changes).sum::<usize>()
    }

    /// The names of the scopes that would be removed.
    pub(super) fn removed(&self) -> BTreeSet<&str> {
        let names = self.scopes.iter().filter_map(|change| match change {
            ScopeChange::Remove { name } => Some(name.as_str()),
            ScopeChange::Add { .. } | ScopeChange::Describe { .. } => None,
        });
        names.collect()
    }

    /// The plan as text: `+` is added, `-` is removed, `~` is changed.
    pub(super) fn print(&self, identifier: &str) -> String {
        let mut out = String::new();
        if !self.scopes.is_empty() {
            let _ = writeln!(out, "API {}", shown(identifier));
        }
        let width = self.scopes.iter().map(|change| shown(change.name()).chars().count()).max().unwrap_or_default();
        for change in &self.scopes {
            let name = shown(change.name());
            let _ = match change {
                ScopeChange::Add { description, .. } => writeln!(out, "  + {name:<width$}  {}", shown(description)),
                ScopeChange::Remove { .. } => writeln!(out, "  - {name}"),
                ScopeChange::Describe { was, description, .. } if was.is_empty() => {
                    writeln!(out, "  ~ {name:<width$}  {} (had no description)", shown(description))
                }
                ScopeChange::Describe { was, description, .. } => {
                    writeln!(out, "  ~ {name:<width$}  {} (was: {})", shown(description), shown(was))
                }
            };
        }
        for role in self.roles.iter().filter(|role| role.changes() > 0) {
            let new = if role.existing.is_none() { " (new)" } else { "" };
            let _ = writeln!(out, "Role {}{new}", shown(&role.name));
            if let Some(description) = &role.description {
                let _ = writeln!(out, "  ~ description: {}", shown(description));
            }
            for name in &role.grant {
                let _ = writeln!(out, "  + {}", shown(name));
            }
            for name in &role.revoke {
                let _ = writeln!(out, "  - {}", shown(name));
            }
        }
        if self.changes() == 0 {
            let _ = writeln!(out, "The tenant has everything that the code requires.");
        }
        if !self.removed().is_empty() {
            let _ = writeln!(out, "Users and roles that have a removed permission lose it.");
        }
        if !self.kept.is_empty() {
            let names: Vec<String> = self.kept.iter().map(|name| shown(name)).collect();
            let _ = writeln!(out, "Only in the tenant, and kept: {}", names.join(", "));
        }
        for note in &self.notes {
            let _ = writeln!(out, "Note: {note}");
        }
        out.trim_end().to_owned()
    }
}

impl ScopeChange {
    fn name(&self) -> &str {
        match self {
            Self::Add { name, .. } | Self::Describe { name, .. } | Self::Remove { name } => name,
        }
    }
}

/// Text from the tenant in a terminal: on one line and without control sequences.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Why tokens would not contain the permissions of the tenant.
pub(super) fn token_note(api: &TenantApi) -> Option<String> {
    let carries = |dialect: &str| dialect.ends_with("_authz");
    let missing: Vec<&str> = [
        (api.enforce_policies == Some(false)).then_some("\"Enable RBAC\""),
        api.token_dialect
            .as_deref()
            .is_some_and(|dialect| !carries(dialect))
            .then_some("\"Add Permissions in the Access Token\""),
    ]
    .into_iter()
    .flatten()
    .collect();
    (!missing.is_empty()).then(|| {
        format!(
            "tokens contain no permissions until {} is enabled in the settings of the API in Auth0",
            missing.join(" and ")
        )
    })
}
