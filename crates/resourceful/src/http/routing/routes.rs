//! Hand-written endpoints on their way into the table: alone, or several behind one requirement.

use super::endpoint::{Endpoint, Route};
use crate::spec::Requirement;

/// Collects hand-written endpoints of a resource or of a scope.
///
/// Several that ask for the same, or that share a part of their path, go into a [`scope`](Self::scope).
#[derive(Default)]
pub struct Routes {
    pub(super) placed: Vec<Placed>,
    pub(super) tag: Option<String>,
    /// What is wrong with the paths and requirements of its scopes.
    pub(super) mistakes: Vec<String>,
}

/// An endpoint with what the scopes around it say.
pub(super) struct Placed {
    /// The path below the resource's, or below the API prefix where there is none.
    pub(super) path: String,
    /// What must hold, all of it, the outermost first.
    pub(super) requires: Vec<Requirement>,
    /// The tag of the innermost scope that has one.
    pub(super) tag: Option<String>,
    pub(super) endpoint: Endpoint,
}

impl Routes {
    /// Adds an endpoint made by `#[get]` and its kin. Where the resource has text ids, none can be the first word of its
    /// path: `#[get("/summary")]` keeps callers from a row with the id `summary`, so such a row is refused (422
    /// `reserved`).
    #[must_use]
    pub fn service(mut self, route: impl Route) -> Self {
        let endpoint = route.endpoint();
        let requires = Vec::from_iter(asked(endpoint.requires));
        self.placed.push(Placed { path: endpoint.path.to_owned(), requires, tag: None, endpoint });
        self
    }

    /// Adds endpoints below a path, `/archive`, that all ask for something besides what each asks itself. An empty path
    /// only guards, and [`Requirement::Public`] only groups.
    ///
    /// Both requirements hold, the scope's first: one that is `public` inside asks for nothing but the scope's. Where
    /// one of them is a `..:self` permission, services are narrowed to the caller's own rows.
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
            self.mistakes.extend(path_mistake(path));
        }
        self.mistakes.extend(requirement_mistake(path, &requires));
        self.mistakes.extend(inner.mistakes);
        for mut placed in inner.placed {
            placed.path.insert_str(0, path);
            if let Some(requires) = asked(requires) {
                placed.requires.retain(|inner| *inner != requires);
                placed.requires.insert(0, requires);
            }
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

/// The requirement, unless it asks for nothing.
pub(super) fn asked(requires: Requirement) -> Option<Requirement> {
    (requires != Requirement::Public).then_some(requires)
}

pub(super) fn requirement_mistake(path: &str, requires: &Requirement) -> Option<String> {
    requires.mistake().map(|mistake| format!("the scope `{path}` asks for {mistake}"))
}

/// What keeps a path from being that of a scope.
pub(super) fn path_mistake(path: &str) -> Option<String> {
    let wrong = |what: &str| Some(format!("the scope `{path}` {what}"));
    let Some(words) = path.strip_prefix('/').filter(|words| !words.is_empty()) else {
        return match path.trim_matches('/') {
            "" => wrong("has no path of its own; name one, such as `/reports`"),
            word => wrong(&format!("does not begin with a slash; write `/{word}`")),
        };
    };
    if words.ends_with('/') {
        return wrong(&format!("ends with a slash; write `/{}`", words.trim_matches('/')));
    }
    let plain = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-.~".contains(c));
    for word in words.split('/') {
        let parameter = word.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let known = match parameter {
            Some(name) => {
                !name.starts_with(|c: char| c.is_ascii_digit()) && plain(name) && !name.contains(['-', '.', '~'])
            }
            None => plain(word),
        };
        if !known {
            let word = if word.is_empty() { "an empty word" } else { word };
            return wrong(&format!("is made of plain words and `{{parameters}}`, and {word} is neither"));
        }
    }
    doubled_parameter(path).and_then(|name| wrong(&format!("has the parameter `{name}` twice")))
}

/// A parameter that a path names twice: the router would know only one of the two.
pub(super) fn doubled_parameter(path: &str) -> Option<&str> {
    let names = || path.split('/').filter(|word| word.starts_with('{'));
    let twice = names().enumerate().find(|(place, name)| names().take(*place).any(|other| other == *name));
    twice.map(|(_, name)| name.trim_matches(['{', '}']))
}
