//! The table of endpoints: the one list that the router, the OpenAPI document, the manifest and the commands read.

use std::sync::Arc;

use actix_web::web::ServiceConfig;

use super::endpoint::Endpoint;
use super::routes::{Placed, Routes, non_public};
use crate::http::path;
use crate::rates::RateClass;
use crate::resource::{Resource, ResourceTable};
#[cfg(feature = "storage")]
use crate::spec::{FileAction, FileOperation};
use crate::spec::{Operation, Requirement, ResourceSpec};

/// Resources with their generated and hand-written endpoints, and scopes.
#[derive(Default)]
pub struct Api {
    pub(super) resources: Vec<ApiResource>,
    pub(super) scopes: Vec<ApiScope>,
    pub(super) actix_scopes: Vec<ActixScope>,
}

/// One resource and its hand-written endpoints.
pub struct ApiResource {
    pub(super) table: &'static ResourceTable,
    pub(super) routes: Routes,
}

/// Hand-written endpoints that belong to no resource, behind one requirement.
pub(super) struct ApiScope {
    pub(super) path: String,
    pub(super) routes: Routes,
}

/// Services of actix behind one requirement.
#[derive(Clone)]
pub struct ActixScope {
    /// The path below the API prefix, `/legacy`; what is below it belongs to these services.
    pub path: String,
    /// What the caller must hold, if anything.
    pub requires: Requirement,
    pub(crate) configure: Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>,
}

/// One endpoint.
pub struct ApiRoute {
    /// The HTTP method.
    pub method: &'static str,
    /// The path below the API prefix, `/projects/{id}`.
    pub path: String,
    /// The requirements, all of which the caller must meet: those of the scopes around the endpoint, the outermost
    /// first, and its own. Empty for a public endpoint.
    pub requires: Vec<Requirement>,
    /// The resource or the scope it belongs to.
    pub section: Section,
    /// The tag that groups it in the OpenAPI document.
    pub tag: String,
    /// What it does.
    pub action: Action,
    /// Which rate applies to it, in addition to that of all endpoints together.
    pub class: RateClass,
}

/// A part of the API: a resource, or a scope of endpoints that belong to none.
#[derive(Debug, Clone)]
pub enum Section {
    /// A resource.
    Resource(&'static ResourceSpec),
    /// A scope, by its path: `/reports`.
    Scope(String),
}

/// What an endpoint does.
#[derive(Clone, Copy)]
pub enum Action {
    /// One of the fifteen operations of a resource.
    Operation(&'static ResourceTable, Operation),
    /// An endpoint of a field that is a file.
    #[cfg(feature = "storage")]
    File(&'static ResourceTable, FileOperation),
    /// A handler written by hand.
    Handler(Endpoint),
}

impl Section {
    /// The resource's name in permission strings, or the scope's path with its slash: no name has one.
    pub fn name(&self) -> &str {
        match self {
            Self::Resource(spec) => spec.name,
            Self::Scope(path) => path,
        }
    }

    /// The id of an operation in it: `projects_list`, `reports_summary`.
    pub fn operation_id(&self, operation: &str) -> String {
        let path = match self {
            Self::Resource(spec) => spec.path,
            Self::Scope(path) => path,
        };
        let path = path.trim_matches('/').replace(['{', '}'], "").replace(['-', '/', '.', '~'], "_");
        format!("{path}_{operation}")
    }

    /// The tag of a scope that names none: its path in words.
    fn tag(path: &str) -> String {
        let words = path.split('/').filter(|word| !path::is_parameter(word)).collect::<Vec<_>>().join(" ");
        let words = words.trim().replace(['-', '_'], " ");
        let mut letters = words.chars();
        letters.next().map_or_else(|| path.to_owned(), |first| first.to_uppercase().chain(letters).collect())
    }
}

impl PartialEq for Section {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Resource(one), Self::Resource(other)) => one.table == other.table,
            (Self::Scope(one), Self::Scope(other)) => one == other,
            _ => false,
        }
    }
}

impl Api {
    /// Adds a resource.
    pub fn add<R: Resource>(&mut self, routes: Routes) {
        self.add_table(R::TABLE, routes);
    }

    /// Adds a resource whose type is not known.
    pub fn add_table(&mut self, table: &'static ResourceTable, routes: Routes) {
        self.resources.push(ApiResource { table, routes });
    }

    /// Adds endpoints that belong to no resource.
    pub fn add_scope(&mut self, path: &str, requires: Requirement, routes: impl FnOnce(Routes) -> Routes) {
        let mut routes = Routes::default().scope(path, requires, routes);
        if path.is_empty() {
            routes.errors.extend(path::scope_error(path));
        }
        self.scopes.push(ApiScope { path: path.to_owned(), routes });
    }

    /// Adds services of actix.
    pub fn add_actix_scope(
        &mut self,
        path: &str,
        requires: Requirement,
        configure: impl Fn(&mut ServiceConfig) + Send + Sync + 'static,
    ) {
        self.actix_scopes.push(ActixScope { path: path.to_owned(), requires, configure: Arc::new(configure) });
    }

    /// The resources as data.
    pub fn specs(&self) -> Vec<&'static ResourceSpec> {
        self.resources.iter().map(|resource| resource.table.spec).collect()
    }

    /// The scopes of actix services, whose endpoints only actix knows.
    pub fn actix_scopes(&self) -> &[ActixScope] {
        &self.actix_scopes
    }

    /// Every endpoint, resource by resource, the generated ones first, and then scope by scope.
    pub fn routes(&self) -> Vec<ApiRoute> {
        let of_resources = self.resources.iter().flat_map(ApiResource::routes);
        of_resources.chain(self.scopes.iter().flat_map(ApiScope::routes)).collect()
    }
}

impl ApiResource {
    fn routes(&self) -> Vec<ApiRoute> {
        let spec = self.table.spec;
        let generated = spec.operations.iter().map(|offered| ApiRoute {
            method: offered.operation.method(),
            path: format!("/{}{}", spec.path, offered.operation.path()),
            requires: Vec::from_iter(non_public(offered.requires)),
            section: Section::Resource(spec),
            tag: spec.tag.to_owned(),
            action: Action::Operation(self.table, offered.operation),
            class: class_of(offered.operation),
        });
        #[cfg(feature = "storage")]
        let generated = generated.chain(self.files());
        let tag = self.routes.tag.as_deref().unwrap_or(spec.tag);
        let below = format!("/{}", spec.path);
        let by_hand = self.routes.placed.iter();
        generated.chain(by_hand.map(|placed| by_hand_route(placed, &below, Section::Resource(spec), tag))).collect()
    }
}

#[cfg(feature = "storage")]
impl ApiResource {
    /// The endpoints of its files. Each requires what the operation does that it is a part of.
    fn files(&self) -> impl Iterator<Item = ApiRoute> {
        let (table, spec) = (self.table, self.table.spec);
        spec.file_operations().into_iter().filter_map(move |file| {
            let offered = spec.operation(file.operation)?;
            Some(ApiRoute {
                method: file.method(),
                path: format!("/{}{}", spec.path, file.path(spec)),
                requires: Vec::from_iter(non_public(offered.requires)),
                section: Section::Resource(spec),
                tag: spec.tag.to_owned(),
                action: Action::File(table, file),
                class: match file.action {
                    FileAction::Upload => RateClass::Upload,
                    _ => RateClass::of_method(file.method()),
                },
            })
        })
    }
}

impl ApiScope {
    fn routes(&self) -> Vec<ApiRoute> {
        let tag = Section::tag(&self.path);
        let section = || Section::Scope(self.path.clone());
        self.routes.placed.iter().map(|placed| by_hand_route(placed, "", section(), &tag)).collect()
    }
}

fn class_of(operation: Operation) -> RateClass {
    match operation {
        Operation::Search => RateClass::Search,
        _ => RateClass::of_method(operation.method()),
    }
}

fn by_hand_route(placed: &Placed, below: &str, section: Section, tag: &str) -> ApiRoute {
    ApiRoute {
        method: placed.endpoint.method,
        path: format!("{below}{}", placed.path.trim_end_matches('/')),
        requires: placed.requires.clone(),
        section,
        tag: placed.tag.clone().unwrap_or_else(|| tag.to_owned()),
        action: Action::Handler(placed.endpoint),
        class: placed.class.unwrap_or_else(|| RateClass::of_method(placed.endpoint.method)),
    }
}
