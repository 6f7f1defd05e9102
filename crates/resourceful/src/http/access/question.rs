//! The question: may this user perform this operation on this row?

use serde::{Deserialize, Deserializer};
use serde_json::{Value, json};

use crate::actor::{Actor, CurrentUser};
use crate::error::{Code, Error, FieldError, Result, codes};
use crate::http::routing::table::{Action, ApiRoute};
use crate::resource::{FieldValue, JsonShape, ResourceTable, parse_id};
use crate::rules;
use crate::spec::{Operation, Target};

/// The longest id of a user: no token has a longer one.
const MOST_OF_ID: usize = 1024;

/// May this user perform this operation on this row?
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Question {
    /// Null for a caller without a token; must be given.
    #[serde(deserialize_with = "required")]
    user: Option<Subject>,
    #[serde(default, deserialize_with = "not_null")]
    resource: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    operation: Option<String>,
    id: Option<Value>,
    #[serde(default, deserialize_with = "not_null")]
    endpoint: Option<String>,
}

/// A user, as their token would describe them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Subject {
    id: String,
    #[serde(default)]
    permissions: Vec<String>,
    #[serde(default)]
    roles: Vec<String>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    is_machine: bool,
}

/// A name that, if given, is not null.
fn not_null<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    String::deserialize(deserializer).map(Some)
}

fn required<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Subject>, D::Error> {
    Option::deserialize(deserializer)
}

/// The schema depends on the routes: see [`shape`].
impl JsonShape for Question {}

/// The schema of questions about these routes: one branch for each set of operations that use an id in the same way.
pub(super) fn shape(routes: &[ApiRoute]) -> Value {
    let id = json!({"description": "The id of a row.", "type": ["string", "integer"]});
    let perhaps = json!({"description": "The id of a row.", "type": ["string", "integer", "null"]});
    let mut branches = Vec::new();
    let mut names: Vec<&str> = Vec::new();
    let mut by_hand = Vec::new();
    for route in routes {
        match route.action {
            Action::Operation(table, _) if !names.contains(&table.spec.name) => names.push(table.spec.name),
            Action::Operation(..) => {}
            // `get` and `patch` answer for them.
            #[cfg(feature = "storage")]
            Action::File(..) => {}
            Action::Handler(_) => by_hand.push(format!("{} {}", route.method, route.path)),
        }
    }
    for name in &names {
        let offered = |takes: Takes| -> Vec<&str> {
            let of = |route: &ApiRoute| match route.action {
                Action::Operation(table, operation) if table.spec.name == *name => Some(operation),
                _ => None,
            };
            routes
                .iter()
                .filter_map(of)
                .filter(|operation| Takes::of(*operation) == takes)
                .map(Operation::name)
                .collect()
        };
        for (takes, id, needed) in [
            (Takes::Row, &id, true),
            (Takes::OptionalRow, &perhaps, false),
            (Takes::NoRow, &json!({"type": "null"}), false),
        ] {
            let operations = offered(takes);
            if operations.is_empty() {
                continue;
            }
            let mut required = vec!["user", "resource", "operation"];
            required.extend(needed.then_some("id"));
            branches.push(branch(
                &required,
                json!({"resource": {"const": name}, "operation": {"enum": operations}, "id": id}),
            ));
        }
    }
    branches.push(branch(&["user", "endpoint"], json!({"endpoint": {"enum": by_hand}})));
    json!({
        "description": "A `resource`, an `operation` and the `id` of a row, or a hand-written `endpoint`.",
        "oneOf": branches,
    })
}

fn branch(required: &[&str], properties: Value) -> Value {
    let names = json!({"type": "array", "items": {"type": "string"}});
    let mut all = json!({
        "user": {
            "description": "The user as described by their token; null for a caller without a token.",
            "anyOf": [{
                "type": "object",
                "required": ["id"],
                "additionalProperties": false,
                "properties": {
                    "id": {"type": "string", "pattern": "\\S", "maxLength": MOST_OF_ID, "description": "The token's `sub`."},
                    "permissions": names,
                    "roles": names,
                    "scopes": names,
                    "isMachine": {"type": "boolean", "default": false},
                },
            }, {"type": "null"}],
        },
    });
    if let (Some(all), Value::Object(more)) = (all.as_object_mut(), properties) {
        all.extend(more);
    }
    json!({"type": "object", "required": required, "additionalProperties": false, "properties": all})
}

/// What an operation does with the id of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// It works on one row.
    Row,
    /// It lists or counts rows, which may include the row.
    OptionalRow,
    /// It creates rows.
    NoRow,
}

impl Takes {
    fn of(operation: Operation) -> Self {
        match operation {
            _ if operation.creates() => Self::NoRow,
            _ if operation.target() == Target::Item => Self::Row,
            _ => Self::OptionalRow,
        }
    }
}

/// The endpoint and the row that the question is about.
pub(super) struct QuestionTarget<'a> {
    pub(super) route: &'a ApiRoute,
    /// The row; `Some(None)` for an id that no row can have.
    pub(super) row: Option<Option<FieldValue>>,
}

impl Question {
    /// The caller, as their token alone describes them: with or without the permissions that its scope does not contain.
    pub(super) fn actor(&self, permissions_in_scope: bool) -> Actor {
        self.user.as_ref().map_or(Actor::Anonymous, |subject| {
            let mut user = CurrentUser {
                permissions: subject.permissions.clone(),
                roles: subject.roles.clone(),
                scopes: subject.scopes.clone(),
                // Auth0 adds this suffix to the `sub` of an application.
                is_machine: subject.is_machine || subject.id.ends_with("@clients"),
                ..CurrentUser::new(&subject.id)
            };
            if permissions_in_scope {
                user.permissions.retain(|permission| user.scopes.contains(permission));
            }
            Actor::User(user.into())
        })
    }

    /// Finds the route and the row of the question.
    ///
    /// # Errors
    /// 422 with the known names.
    pub(super) fn find<'a>(&self, routes: &'a [ApiRoute]) -> Result<QuestionTarget<'a>> {
        if let Some(Subject { id, .. }) = &self.user {
            if id.trim().is_empty() {
                return wrong(
                    "/user/id",
                    codes::REQUIRED,
                    "must be the `sub` of a token, such as `auth0|64f0c1`".to_owned(),
                );
            }
            // Roles in the database are looked up and cached by the id.
            if id.contains('\0') || id.chars().count() > MOST_OF_ID {
                let message = format!("must have at most {MOST_OF_ID} characters, without U+0000");
                return wrong("/user/id", codes::LENGTH, message);
            }
        }
        match (&self.resource, &self.operation, &self.endpoint) {
            (Some(resource), Some(operation), None) => {
                let (table, operation, route) = offered(routes, resource, operation)?;
                let row = self.row(table, operation)?;
                Ok(QuestionTarget { route, row })
            }
            (None, None, Some(endpoint)) => {
                if self.id.is_some() {
                    return wrong("/id", codes::NOT_ALLOWED, "is allowed only with `resource` and `operation`: what a hand-written endpoint does with rows is not known".to_owned());
                }
                Ok(QuestionTarget { route: by_hand(routes, endpoint)?, row: None })
            }
            (None, _, None) => {
                wrong("/resource", codes::REQUIRED, "is required, unless `endpoint` is given".to_owned())
            }
            (_, None, None) => wrong("/operation", codes::REQUIRED, "is required together with `resource`".to_owned()),
            _ => wrong(
                "/endpoint",
                codes::NOT_ALLOWED,
                "is not allowed together with `resource` and `operation`".to_owned(),
            ),
        }
    }

    fn row(&self, table: &'static ResourceTable, operation: Operation) -> Result<Option<Option<FieldValue>>> {
        let takes = Takes::of(operation);
        let text = match self.id.as_ref().filter(|id| !id.is_null()) {
            None if takes == Takes::Row => {
                return wrong("/id", codes::REQUIRED, format!("is required: `{}` works on one row", operation.name()));
            }
            None => return Ok(None),
            Some(_) if takes == Takes::NoRow => {
                return wrong(
                    "/id",
                    codes::NOT_ALLOWED,
                    format!("is not allowed: `{}` creates rows", operation.name()),
                );
            }
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(number)) if !number.is_f64() => number.to_string(),
            Some(_) => return wrong("/id", codes::TYPE, "must be text or a whole number".to_owned()),
        };
        Ok(Some(parse_id(table.spec, &text)))
    }
}

fn offered<'a>(
    routes: &'a [ApiRoute],
    resource: &str,
    operation: &str,
) -> Result<(&'static ResourceTable, Operation, &'a ApiRoute)> {
    let generated = || {
        routes.iter().filter_map(|route| match route.action {
            Action::Operation(table, operation) => Some((table, operation, route)),
            _ => None,
        })
    };
    let mut of_resource = generated().filter(|(table, ..)| table.spec.name == resource).peekable();
    if of_resource.peek().is_none() {
        let mut names: Vec<&str> = generated().map(|(table, ..)| table.spec.name).collect();
        names.dedup();
        return wrong("/resource", codes::UNKNOWN, rules::unknown("resource", resource, &names));
    }
    match of_resource.find(|(_, offered, _)| offered.name() == operation) {
        Some(found) => Ok(found),
        None => {
            let names: Vec<&str> = generated()
                .filter(|(table, ..)| table.spec.name == resource)
                .map(|(_, operation, _)| operation.name())
                .collect();
            wrong("/operation", codes::UNKNOWN, rules::unknown("operation", operation, &names))
        }
    }
}

fn by_hand<'a>(routes: &'a [ApiRoute], endpoint: &str) -> Result<&'a ApiRoute> {
    let name = |route: &ApiRoute| format!("{} {}", route.method, route.path);
    let by_hand = || routes.iter().filter(|route| matches!(route.action, Action::Handler(_)));
    match by_hand().find(|route| name(route) == endpoint) {
        Some(route) => Ok(route),
        None => {
            let names: Vec<String> = by_hand().map(name).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            wrong("/endpoint", codes::UNKNOWN, rules::unknown("endpoint", endpoint, &names))
        }
    }
}

fn wrong<T>(pointer: &str, code: Code, message: String) -> Result<T> {
    Err(Error::validation(vec![FieldError::at(pointer, code, message)]))
}
