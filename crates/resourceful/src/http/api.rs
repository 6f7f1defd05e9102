//! The table of endpoints: the one list that the router, the OpenAPI document, the manifest and the commands read.

use super::endpoint::{Endpoint, Route as HandWritten};
use crate::resource::{Resource, ResourceTable};
use crate::spec::{Operation, RelationKind, RelationSpec, Requirement, ResourceSpec};

/// Resources and the endpoints that were written by hand beside theirs.
#[derive(Default)]
pub struct Api {
    resources: Vec<ApiResource>,
}

/// One resource and the endpoints that were written by hand beside its own.
pub struct ApiResource {
    /// The resource.
    pub table: &'static ResourceTable,
    /// The endpoints written by hand, their paths below the resource's.
    pub endpoints: Vec<Endpoint>,
}

/// Collects hand-written endpoints of a resource.
#[derive(Default)]
pub struct Routes {
    endpoints: Vec<Endpoint>,
}

impl Routes {
    /// Adds an endpoint made by `#[get]` and its kin.
    #[must_use]
    pub fn service(mut self, route: impl HandWritten) -> Self {
        self.endpoints.push(route.endpoint());
        self
    }
}

/// One endpoint.
pub struct ApiRoute {
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the API prefix, `/projects/{id}`.
    pub path: String,
    /// What the caller must hold.
    pub requires: Requirement,
    /// The resource it belongs to.
    pub table: &'static ResourceTable,
    /// What it does.
    pub action: Action,
}

/// What an endpoint does.
#[derive(Clone, Copy)]
pub enum Action {
    /// One of the fifteen operations.
    Operation(Operation),
    /// A handler written by hand.
    Handler(Endpoint),
}

impl ApiRoute {
    /// The last part of the `operationId`.
    pub fn name(&self) -> &'static str {
        match &self.action {
            Action::Operation(operation) => operation.name(),
            Action::Handler(endpoint) => endpoint.name,
        }
    }
}

impl Api {
    /// Adds a resource.
    pub fn add<R: Resource>(&mut self, routes: Routes) {
        self.resources.push(ApiResource { table: R::TABLE, endpoints: routes.endpoints });
    }

    /// The resources in the order in which they were added.
    pub fn resources(&self) -> &[ApiResource] {
        &self.resources
    }

    /// The resources as data.
    pub fn specs(&self) -> Vec<&'static ResourceSpec> {
        self.resources.iter().map(|resource| resource.table.spec).collect()
    }

    /// Every endpoint, resource by resource: the generated ones first.
    pub fn routes(&self) -> Vec<ApiRoute> {
        self.resources.iter().flat_map(ApiResource::routes).collect()
    }

    /// What is wrong with the whole: names that two resources share, relations to resources that were not added.
    pub fn mistakes(&self) -> Vec<String> {
        let specs = self.specs();
        let mut mistakes = Vec::new();
        for (place, spec) in specs.iter().enumerate() {
            let earlier = &specs[..place];
            for (what, of) in [
                ("path", (|s| s.path) as fn(&ResourceSpec) -> &str),
                ("table", |s| s.table),
                ("schema name", |s| s.type_name),
            ] {
                if let Some(other) = earlier.iter().find(|other| of(other) == of(spec)) {
                    mistakes.push(format!(
                        "{} and {} have the same {what}, `{}`",
                        other.type_name,
                        spec.type_name,
                        of(spec)
                    ));
                }
            }
            for relation in spec.relations {
                let target = (relation.target)();
                if !specs.iter().any(|known| known.table == target.table) {
                    mistakes.push(format!(
                        "{} refers to {} by `{}`: add `.resource::<{}>()` to the application",
                        spec.type_name, target.type_name, relation.name, target.type_name
                    ));
                }
                mistakes.extend(ambiguity(spec, relation));
            }
        }
        let routes = self.routes();
        for (place, route) in routes.iter().enumerate() {
            let same = |other: &&ApiRoute| unnamed(&other.path) == unnamed(&route.path);
            match routes[..place].iter().find(same) {
                Some(other) if other.path != route.path => {
                    mistakes.push(format!(
                        "{} and {} are the same address; name their parameters alike",
                        other.path, route.path
                    ));
                }
                Some(_) if routes[..place].iter().filter(same).any(|other| other.method == route.method) => {
                    mistakes.push(format!("{} {} is there twice", route.method, route.path));
                }
                _ => {}
            }
        }
        mistakes
    }
}

/// What is wrong with a many-to-many relation whose ends can be several fields of the resource that joins them.
fn ambiguity(spec: &ResourceSpec, relation: &RelationSpec) -> Option<String> {
    let RelationKind::ManyToMany { through, from, to } = relation.kind else { return None };
    let through = through();
    let references = |other: &ResourceSpec| {
        let refers = |back: &&RelationSpec| {
            matches!(back.kind, RelationKind::BelongsTo { .. }) && (back.target)().table == other.table
        };
        through.relations.iter().filter(refers).count()
    };
    let (name, which) = match (from, to) {
        (None, _) if references(spec) > 1 => ("from", spec.type_name),
        (_, None) if references((relation.target)()) > 1 => ("to", (relation.target)().type_name),
        _ => return None,
    };
    Some(format!(
        "{}.{} goes through {}, which refers to {which} by several fields: say which one with `{name} = field`",
        spec.type_name, relation.name, through.type_name
    ))
}

/// A path as the router sees it: the names of parameters do not matter.
fn unnamed(path: &str) -> String {
    path.split('/').map(|word| if word.starts_with('{') { "{}" } else { word }).collect::<Vec<_>>().join("/")
}

impl ApiResource {
    fn routes(&self) -> Vec<ApiRoute> {
        let spec = self.table.spec;
        let generated = spec.operations.iter().map(|offered| ApiRoute {
            method: offered.operation.method(),
            path: format!("/{}{}", spec.path, offered.operation.path()),
            requires: offered.requires,
            table: self.table,
            action: Action::Operation(offered.operation),
        });
        let by_hand = self.endpoints.iter().map(|endpoint| ApiRoute {
            method: endpoint.method,
            path: format!("/{}{}", spec.path, endpoint.path.trim_end_matches('/')),
            requires: endpoint.requires,
            table: self.table,
            action: Action::Handler(*endpoint),
        });
        generated.chain(by_hand).collect()
    }
}
