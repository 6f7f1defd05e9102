//! The permission manifest: everything that the application requires of its callers, and where.

mod describe;
mod uses;

pub(in crate::app) use uses::{Kind, Use};

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use self::uses::Place;
use crate::app::application::App;
use crate::app::metrics::MetricsSettings;
use crate::http::{Action, Api, ApiRoute, Section};
use crate::spec::Requirement;

/// Scopes of OpenID Connect, which belong to the tenant and not to an API (OpenID Connect Core section 5.4, 11).
const STANDARD_SCOPES: &[&str] = &["openid", "profile", "email", "address", "phone", "offline_access"];

/// One permission, scope or role.
#[derive(Debug)]
pub(in crate::app) struct Entry {
    pub(in crate::app) kind: Kind,
    pub(in crate::app) name: &'static str,
    /// For the people who grant it, such as `Read projects`.
    pub(in crate::app) description: String,
    pub(in crate::app) uses: Vec<Use>,
}

impl Entry {
    /// The names of the resources and the paths of the scopes that require it, in the order of their registration.
    pub(in crate::app) fn sections(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for used in &self.uses {
            if !names.contains(&used.section.name()) {
                names.push(used.section.name());
            }
        }
        names
    }

    /// Whether the API in Auth0 must have it in its list of permissions.
    pub(in crate::app) fn is_api_scope(&self) -> bool {
        match self.kind {
            Kind::Permission => true,
            Kind::Scope => !STANDARD_SCOPES.contains(&self.name),
            Kind::Role => false,
        }
    }
}

/// Everything that the application requires of its callers: permissions, scopes, roles, each in alphabetical order.
#[derive(Debug, Default)]
pub(in crate::app) struct Manifest {
    pub(in crate::app) entries: Vec<Entry>,
}

impl Manifest {
    /// Everything that the application requires, also for its metrics.
    pub(in crate::app) fn of(app: &App) -> Self {
        let mut found = Found::of(&app.api);
        if let MetricsSettings::Permission(permission) = &app.settings.metrics {
            // Requirements are part of the program; this one is read a few times in its life.
            let requires = Requirement::Permission(permission.clone().leak());
            let place = Place::Endpoint { name: "metrics", doc: "Read the metrics." };
            found.add(&[requires], &Section::Scope("/metrics".to_owned()), place);
        }
        found.manifest()
    }

    /// Everything that endpoints, the scopes of actix services and the fields of resources require.
    #[cfg(test)]
    pub(in crate::app) fn read(api: &Api) -> Self {
        Found::of(api).manifest()
    }

    /// The names of all permissions.
    pub(in crate::app) fn permissions(&self) -> Vec<String> {
        let permissions = self.entries.iter().filter(|entry| entry.kind == Kind::Permission);
        permissions.map(|entry| entry.name.to_owned()).collect()
    }

    /// The names of all permissions, each with its description.
    pub(in crate::app) fn descriptions(&self) -> Vec<(String, String)> {
        let permissions = self.entries.iter().filter(|entry| entry.kind == Kind::Permission);
        permissions.map(|entry| (entry.name.to_owned(), entry.description.clone())).collect()
    }

    /// What must be in the API's list of permissions in Auth0: permissions and OAuth scopes. A name that is both is
    /// listed once.
    pub(in crate::app) fn api_scopes(&self) -> Vec<&Entry> {
        let all: BTreeMap<&str, &Entry> =
            self.entries.iter().rev().filter(|entry| entry.is_api_scope()).map(|entry| (entry.name, entry)).collect();
        all.into_values().collect()
    }

    /// The roles that endpoints require.
    #[cfg(feature = "jwks-http")]
    pub(in crate::app) fn roles(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter().filter(|entry| entry.kind == Kind::Role)
    }

    /// The manifest as text: for each scope and resource, what it requires and where.
    pub(in crate::app) fn list(&self) -> String {
        let title = |entry: &Entry| match entry.kind {
            Kind::Permission => entry.name.to_owned(),
            Kind::Scope => format!("scope {}", entry.name),
            Kind::Role => format!("role {}", entry.name),
        };
        let width = self.entries.iter().map(|entry| title(entry).chars().count()).max().unwrap_or_default();
        let mut out = String::new();
        let sections: BTreeSet<&str> = self.entries.iter().flat_map(Entry::sections).collect();
        for section in sections {
            let _ = writeln!(out, "{section}");
            for entry in &self.entries {
                let uses: Vec<String> =
                    entry.uses.iter().filter(|used| used.section.name() == section).map(Use::label).collect();
                if !uses.is_empty() {
                    let _ = writeln!(out, "  {:<width$}  {}", title(entry), uses.join(", "));
                }
            }
        }
        out.trim_end().to_owned()
    }
}

/// The uses that were found so far.
#[derive(Default)]
struct Found(BTreeMap<(Kind, &'static str), Vec<Use>>);

impl Found {
    /// Collects requirements from the endpoints, the scopes of actix services and the fields of resources.
    fn of(api: &Api) -> Self {
        let mut found = Self::default();
        for ApiRoute { requires, section, action, .. } in api.routes() {
            let place = match action {
                Action::Operation(_, operation) => Place::Operation(operation),
                // It requires what the operation does that it is a part of.
                #[cfg(feature = "storage")]
                Action::File(..) => continue,
                Action::Handler(endpoint) => Place::Endpoint { name: endpoint.name, doc: endpoint.doc },
            };
            found.add(&requires, &section, place);
        }
        for scope in api.actix_scopes() {
            found.add(&[scope.requires], &Section::Scope(scope.path.clone()), Place::ActixScope);
        }
        for spec in api.specs() {
            let fields = spec.fields.iter().flat_map(|field| {
                [(field.read, Place::ReadField(field.json)), (field.write, Place::WriteField(field.json))]
            });
            let computed = spec.computed.iter().map(|field| (field.read, Place::ReadField(field.json)));
            for (permission, place) in fields.chain(computed) {
                if let Some(permission) = permission {
                    found.add(&[Requirement::Permission(permission)], &Section::Resource(spec), place);
                }
            }
        }
        // A resource without a read operation still has a read requirement if another resource includes its rows.
        let required: BTreeSet<(Kind, &str)> = found.0.keys().copied().collect();
        for spec in api.specs() {
            for relation in spec.relations {
                let target = (relation.target)();
                let requires = target.read_requirement(relation.kind.is_to_many());
                let place = Place::Relation { of: spec, json: relation.json };
                let new = names(&requires).into_iter().filter(|name| !required.contains(name)).count();
                if new > 0 {
                    found.add(&[requires], &Section::Resource(target), place);
                }
            }
        }
        found
    }

    /// The entries, each with its description.
    fn manifest(self) -> Manifest {
        let entries = self.0.into_iter().map(|((kind, name), uses)| {
            let description = describe::sentence(&uses);
            Entry { kind, name, description, uses }
        });
        Manifest { entries: entries.collect() }
    }

    /// Adds the requirements of one place. All of them must hold there.
    fn add(&mut self, requires: &[Requirement], section: &Section, place: Place) {
        let mut added = BTreeSet::new();
        for (at, requirement) in requires.iter().enumerate() {
            let joined_by = if matches!(requirement, Requirement::Any(_)) { "or" } else { "and" };
            let all = names(requirement);
            for (kind, name) in all.iter().copied().filter(|named| added.insert(*named)) {
                let within = all.iter().filter(|(_, other)| *other != name);
                let within = within.map(|(_, other)| format!("{joined_by} {other}")).collect::<Vec<_>>().join(" ");
                let others = requires.iter().enumerate().filter(|(other, requirement)| {
                    *other != at && names(requirement) != [(kind, name)] && **requirement != Requirement::Public
                });
                let others = others.map(|(_, other)| format!("and {other}"));
                let parts = Some(within).filter(|within| !within.is_empty()).into_iter().chain(others);
                let others = parts.collect::<Vec<_>>().join(", ");
                self.0.entry((kind, name)).or_default().push(Use { section: section.clone(), place, others });
            }
        }
    }
}

/// The permissions, scope or role that a requirement names.
fn names(requires: &Requirement) -> Vec<(Kind, &'static str)> {
    match *requires {
        Requirement::Public => Vec::new(),
        Requirement::Permission(permission) => vec![(Kind::Permission, permission)],
        Requirement::Any(permissions) | Requirement::All(permissions) => {
            permissions.iter().map(|&permission| (Kind::Permission, permission)).collect()
        }
        Requirement::Role(role) => vec![(Kind::Role, role)],
        Requirement::Scope(scope) => vec![(Kind::Scope, scope)],
    }
}
