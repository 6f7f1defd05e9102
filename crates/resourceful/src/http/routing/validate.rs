//! Validation of the table: everything that keeps the parts of an API from working together, reported at the start, all at
//! once.

use super::routes::requirement_error;
use super::table::{Action, Api, ApiRoute, Section};
use crate::http::path::{is_below, is_parameter, is_same, parameters, repeated_parameter, rest_below, scope_error};
use crate::resource::{ResourceTable, refused_default};
use crate::spec::{FieldRole, RelationKind, RelationSpec, ResourceSpec};

impl Api {
    /// What is wrong with the table as a whole: names that two resources share, relations to resources that were not added, paths
    /// and requirements of scopes, paths that two parts claim.
    pub fn validate(&self) -> Vec<String> {
        let specs = self.specs();
        let mut errors = Vec::new();
        for (place, spec) in specs.iter().enumerate() {
            errors.extend(shared_names(&specs[..place], spec));
            errors.extend(spec.relations.iter().flat_map(|relation| related(&specs, spec, relation)));
        }
        #[cfg(feature = "storage")]
        errors.extend(crate::service::shared_folders(&specs));
        for resource in &self.resources {
            errors.extend(refused_defaults(resource.table));
            errors.extend(resource.routes.errors.iter().map(|error| within(resource.table, error)));
        }
        errors.extend(self.scopes.iter().flat_map(|scope| scope.routes.errors.iter().cloned()));
        for scope in &self.actix_scopes {
            errors.extend(scope_error(&scope.path));
            errors.extend(requirement_error(&scope.path, &scope.requires));
        }
        errors.extend(self.shared_paths());
        let routes = self.routes();
        errors.extend(repeated_paths(&routes));
        errors.extend(routes.iter().filter_map(unfilled_path));
        errors.extend(self.hidden_scopes(&routes));
        errors
    }

    /// A scope at the path of a resource, or at or below the path of another scope, whose requirement would not apply.
    fn shared_paths(&self) -> Vec<String> {
        let resources = self.resources.iter().map(|resource| {
            let spec = resource.table.spec;
            (format!("/{}", spec.path), Some(spec))
        });
        let scopes = self.scopes.iter().map(|scope| scope.path.clone());
        let scopes = scopes.chain(self.actix_scopes.iter().map(|scope| scope.path.clone()));
        let all: Vec<_> = resources.chain(scopes.map(|path| (path, None))).collect();
        let mut errors = Vec::new();
        for (place, (path, of)) in all.iter().enumerate() {
            for (other, resource) in &all[..place] {
                if scope_error(path).is_some() || scope_error(other).is_some() || of.is_some() {
                    continue;
                }
                let same = is_same(path, other);
                errors.extend(match resource {
                    Some(resource) => same.then(|| {
                        let name = resource.type_name;
                        format!(
                            "the scope `{path}` has the path of {name}: add its endpoints with `.resource_with::<{name}>(..)`, or give it another path"
                        )
                    }),
                    None if same => Some(format!(
                        "two scopes have the same path, `{path}`: join them, with an inner scope for endpoints that require more"
                    )),
                    None => [(path, other), (other, path)].iter().find(|(inner, outer)| is_below(inner, outer)).map(
                        |(inner, outer)| {
                            format!(
                                "the scope `{inner}` is below `{outer}`, but would not have its requirement: put it inside, `routes.scope(\"{}\", ..)`, or give it another path",
                                rest_below(inner, outer)
                            )
                        },
                    ),
                });
            }
        }
        errors
    }

    /// Scopes of actix that an endpoint hides: the router takes the first that matches.
    fn hidden_scopes(&self, routes: &[ApiRoute]) -> Vec<String> {
        let hides = |route: &&ApiRoute, path: &str| {
            let (route, path): (Vec<&str>, Vec<&str>) = (route.path.split('/').collect(), path.split('/').collect());
            let covers = |(route, word): (&&str, &&str)| is_parameter(route) || route == word;
            route.len() >= path.len() && route.iter().zip(&path).all(covers)
        };
        // Overlapping paths have been reported already.
        let named = |route: &&ApiRoute, path: &str| match &route.section {
            Section::Resource(spec) => format!("/{}", spec.path) == path,
            Section::Scope(other) => is_same(other, path) || is_below(path, other) || is_below(other, path),
        };
        let scopes = self.actix_scopes.iter().filter(|scope| scope_error(&scope.path).is_none());
        let hidden = scopes.filter_map(|scope| {
            let route =
                routes.iter().filter(|route| !named(route, &scope.path)).find(|route| hides(route, &scope.path))?;
            Some(format!(
                "the scope `{}` would not get {} {}, which is an endpoint of {}: give it another path",
                scope.path,
                route.method,
                route.path,
                route.section.name()
            ))
        });
        hidden.collect()
    }
}

fn within(table: &ResourceTable, error: &str) -> String {
    format!("endpoints of {}: {error}", table.spec.type_name)
}

fn shared_names(earlier: &[&'static ResourceSpec], spec: &ResourceSpec) -> Vec<String> {
    // Types of the same name may come from different modules: the document numbers them.
    let names = [("path", (|s| s.path) as fn(&ResourceSpec) -> &str), ("table", |s| s.table)];
    let shared = names.iter().filter_map(|(what, of)| {
        let other = earlier.iter().find(|other| of(other) == of(spec))?;
        Some(format!("{} and {} have the same {what}, `{}`", other.type_name, spec.type_name, of(spec)))
    });
    shared.collect()
}

fn related(specs: &[&'static ResourceSpec], spec: &'static ResourceSpec, relation: &RelationSpec) -> Vec<String> {
    let target = (relation.target)();
    let missing = (!specs.iter().any(|known| known.table == target.table)).then(|| {
        format!(
            "{} refers to {} by `{}`: add `.resource::<{}>()` to the application",
            spec.type_name, target.type_name, relation.name, target.type_name
        )
    });
    missing.into_iter().chain(ambiguity(spec, relation)).chain(several(spec, relation)).collect()
}

/// A `has_one` relation by a field that is not unique. The compiler has found those whose field is unambiguous.
fn several(spec: &'static ResourceSpec, relation: &RelationSpec) -> Option<String> {
    let RelationKind::HasOne { via } = relation.kind else { return None };
    let target = (relation.target)();
    let field = target.referring(spec, via, None)?;
    let alone = || target.unique.iter().any(|names| **names == [field.name]);
    if field.unique || field.role == FieldRole::Id || alone() {
        return None;
    }
    let (name, relation, other, field) = (spec.type_name, relation.name, target.type_name, field.name);
    Some(format!(
        "{name}.{relation} is one row of {other}, but several rows can have the same `{field}`: write `#[resource(unique)]` on that field, or `has_many` instead of `has_one`"
    ))
}

/// A many-to-many relation for which the joining resource has several candidate fields.
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

/// Defaults that the field's own rules and functions refuse: a body that leaves the field out would be answered with an
/// error about a value that nobody sent. The compiler has found literals; what an expression gives is known only now.
fn refused_defaults(table: &ResourceTable) -> Vec<String> {
    let refused = table.spec.fields.iter().enumerate().filter_map(|(index, field)| {
        let broken = refused_default(table, index)?;
        Some(format!(
            "the default of {}.{} is a value that the field refuses: {} {broken}; change the default or the rule",
            table.spec.type_name, field.name, field.name
        ))
    });
    refused.collect()
}

/// An endpoint whose arguments take another number of values than its path has: no request would fit.
fn unfilled_path(route: &ApiRoute) -> Option<String> {
    let Action::Handler(endpoint) = route.action else { return None };
    let (taken, has) = (endpoint.path_values?, parameters(&route.path).count());
    // A parameter that is there twice has been reported.
    (taken != has && repeated_parameter(&route.path).is_none()).then(|| {
        format!(
            "{} {} has {has} parameters in its path, and `{}` takes {taken} from it with `Path`; let both have the same number",
            route.method, route.path, endpoint.name
        )
    })
}

/// Paths that two endpoints claim, or that contain a parameter twice.
fn repeated_paths(routes: &[ApiRoute]) -> Vec<String> {
    let mut errors = Vec::new();
    for (place, route) in routes.iter().enumerate() {
        // A scope whose own path contains a parameter twice has been reported already.
        let of_scope = match &route.section {
            Section::Scope(path) => repeated_parameter(path),
            Section::Resource(_) => None,
        };
        if let (Some(name), None) = (repeated_parameter(&route.path), of_scope) {
            errors.push(format!("{} {} has the parameter `{name}` twice; rename one", route.method, route.path));
        }
        let same = |other: &&ApiRoute| is_same(&other.path, &route.path);
        match routes[..place].iter().find(same) {
            Some(other) if other.path != route.path => {
                errors.push(format!(
                    "{} and {} are the same path; give their parameters the same names",
                    other.path, route.path
                ));
            }
            Some(_) if routes[..place].iter().filter(same).any(|other| other.method == route.method) => {
                errors.push(format!("{} {} exists twice", route.method, route.path));
            }
            _ => {}
        }
    }
    errors
}
