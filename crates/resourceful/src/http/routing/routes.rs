//! Collects hand-written endpoints for the table, single ones and groups behind one requirement.

use super::endpoint::{Endpoint, Route};
use crate::http::path;
use crate::rates::RateClass;
use crate::spec::Requirement;

/// Collects hand-written endpoints of a resource or of a scope.
///
/// Endpoints with the same requirement or the same beginning of their paths go into a [`scope`](Self::scope).
#[derive(Default)]
pub struct Routes {
    pub(super) placed: Vec<Placed>,
    pub(super) tag: Option<String>,
    /// What is wrong with the paths and requirements of its scopes.
    pub(super) errors: Vec<String>,
}

/// An endpoint with the path, requirements and tag of the scopes around it.
pub(super) struct Placed {
    /// The path below the resource's, or below the API prefix where there is none.
    pub(super) path: String,
    /// The requirements, all of which must be met, the outermost first.
    pub(super) requires: Vec<Requirement>,
    /// The tag of the innermost scope that has one.
    pub(super) tag: Option<String>,
    /// Which rate applies to it; by its method if `None`.
    pub(super) class: Option<RateClass>,
    pub(super) endpoint: Endpoint,
}

impl Routes {
    /// Adds an endpoint made by `#[get]`, `#[post]`, `#[put]`, `#[patch]` or `#[delete]`. If the resource has text ids, the
    /// first word of the path is reserved: `#[get("/summary")]` hides a row with the id `summary`, so such a row cannot be
    /// created (422 `reserved`).
    #[must_use]
    pub fn service(mut self, route: impl Route) -> Self {
        let endpoint = route.endpoint();
        let requires = Vec::from_iter(non_public(endpoint.requires));
        self.placed.push(Placed { path: endpoint.path.to_owned(), requires, tag: None, class: None, endpoint });
        self
    }

    /// Adds endpoints below a path, `/archive`, that share a requirement in addition to their own. With an empty path the
    /// scope only adds the requirement, and with [`Requirement::Public`] only the path.
    ///
    /// Both requirements must be met, the scope's first: an endpoint that is `public` inside has only the scope's. If one
    /// of them is a `..:self` permission, services are limited to the caller's own rows.
    ///
    /// ```
    /// use resourceful::prelude::*;
    ///
    /// # #[derive(Clone, Debug, Resource)]
    /// # pub struct Project { pub id: Uuid, pub name: String }
    /// /// Begins a new year.
    /// #[post("/close", requires("years:close"))]
    /// async fn close() -> Result<Json<u16>> {
    ///     Ok(Json(2026))
    /// }
    ///
    /// # fn add(app: App) -> App {
    /// // POST /api/v1/projects/years/close for auditors who hold years:close
    /// app.resource_with::<Project>(|routes| {
    ///     routes.scope("/years", Requirement::Role("auditor"), |routes| routes.service(close))
    /// })
    /// # }
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn scope(mut self, path: &str, requires: Requirement, routes: impl FnOnce(Self) -> Self) -> Self {
        let inner = routes(Self::default());
        if !path.is_empty() {
            self.errors.extend(path::scope_error(path));
        }
        self.errors.extend(requirement_error(path, &requires));
        self.errors.extend(inner.errors);
        for mut placed in inner.placed {
            placed.path.insert_str(0, path);
            if let Some(requires) = non_public(requires) {
                placed.requires.retain(|inner| *inner != requires);
                placed.requires.insert(0, requires);
            }
            placed.tag = placed.tag.or_else(|| inner.tag.clone());
            self.placed.push(placed);
        }
        self
    }

    /// Adds endpoints whose requests count for the rate of this class, such as `RATE_LIMIT_MAIL`, and not for that of their
    /// method (`RATE_LIMIT_READ` or `RATE_LIMIT_WRITE`). See [the guide](crate::guide::rate_limits).
    ///
    /// ```
    /// use resourceful::prelude::*;
    /// use resourceful::rates::RateClass;
    ///
    /// # #[derive(Clone, Debug, Resource)]
    /// # pub struct Project { pub id: Uuid, pub name: String }
    /// /// Invites somebody by mail.
    /// #[post("/{id}/invitations", requires("projects:write"))]
    /// async fn invite(id: Path<Uuid>) -> Result<Json<Uuid>> {
    ///     Ok(Json(*id))
    /// }
    ///
    /// # fn add(app: App) -> App {
    /// app.resource_with::<Project>(|routes| routes.rate_class(RateClass::Mail, |routes| routes.service(invite)))
    /// # }
    /// # fn main() {}
    /// ```
    #[must_use]
    pub fn rate_class(mut self, class: RateClass, routes: impl FnOnce(Self) -> Self) -> Self {
        let inner = routes(Self::default());
        self.errors.extend(inner.errors);
        for mut placed in inner.placed {
            placed.class.get_or_insert(class);
            placed.tag = placed.tag.or_else(|| inner.tag.clone());
            self.placed.push(placed);
        }
        self
    }

    /// The tag that groups these endpoints in the OpenAPI document, instead of the resource's or the scope's name.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }
}

/// The requirement, unless it is public.
pub(super) fn non_public(requires: Requirement) -> Option<Requirement> {
    (requires != Requirement::Public).then_some(requires)
}

/// Why a requirement cannot be that of a scope, if it cannot.
pub(super) fn requirement_error(path: &str, requires: &Requirement) -> Option<String> {
    requires.invalid_part().map(|error| format!("the scope `{path}` requires {error}"))
}
