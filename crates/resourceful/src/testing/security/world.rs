//! The environment of a check: a server, callers, rows, and an oracle that decides what is allowed.

use std::collections::BTreeSet;

use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use serde_json::{Map, Value};

use super::Suite;
use crate::actor::{Actor, CurrentUser};
use crate::http::ApiPrefix;
use crate::resource::{FieldValue, Record, ResourceTable, parse_id};
use crate::service::{Engine, RowDecision};
use crate::spec::{FieldAccess, Kind, Operation, Requirement, ResourceSpec, Target};
use crate::testing::fixtures::{Fixtures, Made, Variation};
use crate::testing::{Answer, Caller, TestApp};

/// A server with rows of the resource, some of Ada and some of Bob.
pub(super) struct World {
    pub(super) app: TestApp,
    /// The resource as it is declared. The server may behave differently.
    pub(super) table: &'static ResourceTable,
    /// Every resource that can be reached through relations, including the resource itself.
    pub(super) tables: Vec<&'static ResourceTable>,
    pub(super) ada: CurrentUser,
    pub(super) bob: CurrentUser,
    pub(super) rows: Vec<Row>,
    fixtures: std::cell::RefCell<Fixtures>,
    findings: std::cell::RefCell<Vec<String>>,
    untested: std::cell::RefCell<Vec<String>>,
}

/// A created row.
pub(super) struct Row {
    pub(super) made: Made,
    /// The owner, if rows have owners.
    pub(super) owner: CurrentUser,
}

/// The content of text fields that no caller may see.
pub(super) const SECRET: &str = "s3cr3t-of-the-suite";

impl World {
    pub(super) fn new(suite: &Suite) -> Self {
        let table = suite.table;
        let app = suite.start();
        let (ada, bob) = users(table.spec);
        let tables = reachable(table);
        let mut fixtures = Fixtures::new(app.ctx(), suite.fixtures.clone());
        let mut rows = Vec::new();
        let made: crate::error::Result<()> = app.block_on(async {
            for variation in [Variation::Usual, Variation::Other, Variation::Naming] {
                for user in [&ada, &bob] {
                    // If a user can have one row only, the other rows belong to other users.
                    let is_another = one_row_a_user(table.spec) && variation != Variation::Usual;
                    let owner = if is_another { newcomer(table.spec, user) } else { user.clone() };
                    let made = fixtures.make(table, &owner.id, variation, &Map::new()).await?;
                    hide(&app, table.spec, &made.id).await?;
                    rows.push(Row { made, owner });
                }
            }
            Ok(())
        });
        if let Err(error) = made {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            panic!("{}", source.unwrap_or_else(|| error.to_string()));
        }
        let (fixtures, findings, untested) = (fixtures.into(), Vec::new().into(), Vec::new().into());
        Self { app, table, tables, ada, bob, rows, fixtures, findings, untested }
    }

    pub(super) fn spec(&self) -> &'static ResourceSpec {
        self.table.spec
    }

    /// Whether the resource offers the operation.
    pub(super) fn offers(&self, operation: Operation) -> bool {
        self.spec().operation(operation).is_some()
    }

    pub(super) fn found(&self, message: String) {
        self.findings.borrow_mut().push(message);
    }

    /// Records what a check could not try.
    pub(super) fn not_tested(&self, message: String) {
        let mut untested = self.untested.borrow_mut();
        if !untested.contains(&message) {
            untested.push(message);
        }
    }

    /// The findings, and what could not be tried.
    pub(super) fn outcome(self) -> (Vec<String>, Vec<String>) {
        (self.findings.into_inner(), self.untested.into_inner())
    }

    /// The users of a check, and the anonymous caller if an operation is public. If there is a policy, also users who have
    /// only the operation's permission, because a policy can depend on the permissions of the user.
    pub(super) fn users(&self, operation: Operation) -> Vec<Option<CurrentUser>> {
        let public = self.spec().operation(operation).is_some_and(|offered| offered.requires == Requirement::Public);
        let mut users = vec![Some(self.all(&self.ada)), Some(self.all(&self.bob))];
        if self.table.policy.is_some() {
            users.extend([&self.ada, &self.bob].map(|user| Some(self.only(user, operation))));
        }
        if public {
            users.push(None);
        }
        users
    }

    /// The user with all permissions that the resource, its fields and its related resources require.
    pub(super) fn all(&self, user: &CurrentUser) -> CurrentUser {
        let specs = self.tables.iter().map(|table| table.spec);
        let mut all = user.clone();
        for spec in specs {
            for offered in spec.operations {
                grant(&mut all, &offered.requires);
            }
            all.permissions.extend(spec.field_permissions().map(str::to_owned));
            all.permissions.push(spec.read_permission.to_owned());
        }
        all
    }

    /// The user; or, if each user can have one row only, another user with the same permissions and without a row.
    pub(super) fn creator(&self, user: &CurrentUser) -> CurrentUser {
        if one_row_a_user(self.spec()) { newcomer(self.spec(), user) } else { user.clone() }
    }

    /// The user with only the permissions that one operation requires.
    pub(super) fn only(&self, user: &CurrentUser, operation: Operation) -> CurrentUser {
        let mut only = user.clone();
        if let Some(offered) = self.spec().operation(operation) {
            grant(&mut only, &offered.requires);
        }
        only
    }

    pub(super) fn caller(&self, user: Option<&CurrentUser>) -> Caller<'_> {
        user.map_or_else(|| self.app.anonymous(), |user| self.app.as_user(user.clone()))
    }

    pub(super) fn path(&self, operation: Operation, id: &str) -> String {
        path_of(&self.app, self.spec(), operation, id)
    }

    /// Sends an operation, with this body or a valid one.
    pub(super) fn send(
        &self,
        user: Option<&CurrentUser>,
        operation: Operation,
        id: &str,
        body: Option<&Value>,
    ) -> Answer {
        let creator = user.filter(|_| operation.creates() && body.is_none()).map(|user| self.creator(user));
        let user = creator.as_ref().or(user);
        let own = match body {
            Some(body) => Some(body.clone()),
            None => self.body(user, operation),
        };
        let body = own.map(|body| body.to_string().into_bytes());
        let mut headers = Vec::new();
        headers.extend(body.is_some().then_some(("content-type", "application/json")));
        // Any state will do: what is tested is who may write the row at all.
        let is_conditional = self.spec().require_match && operation.is_write() && operation.target() == Target::Item;
        headers.extend(is_conditional.then_some(("if-match", "*")));
        self.caller(user).send(operation.method(), &self.path(operation, id), &headers, body)
    }

    /// A body that is valid for the operation if this user sends it.
    pub(super) fn body(&self, user: Option<&CurrentUser>, operation: Operation) -> Option<Value> {
        let (spec, owner) = (self.spec(), user.unwrap_or(&self.ada));
        let mut body = match operation {
            Operation::Search => return Some(serde_json::json!({"size": spec.page.max})),
            Operation::List
            | Operation::Count
            | Operation::Get
            | Operation::Delete
            | Operation::SelfList
            | Operation::SelfGet
            | Operation::SelfDelete => return None,
            _ => self.row_body(owner),
        };
        let holds = |permission: Option<&str>| permission.is_none_or(|permission| owner.has_permission(permission));
        body.retain(|name, _| {
            spec.field_by_json(name).is_none_or(|(index, field)| {
                let writable = match operation {
                    Operation::SelfCreate => spec.is_own_creatable(index),
                    Operation::Create | Operation::BulkCreate => spec.is_creatable(index),
                    _ => spec.is_updatable(index),
                };
                writable && holds(field.write) && !spec.is_own_owner(index)
            })
        });
        match operation {
            Operation::BulkCreate => Some(Value::Array(vec![Value::Object(body)])),
            Operation::Patch | Operation::SelfPatch => {
                // References do not change, so that the row keeps its owner.
                let plain = |name: &String| {
                    spec.field_by_json(name).is_some_and(|(_, field)| !matches!(field.ty.kind, Kind::Json(_)))
                        && !is_reference(spec, name)
                };
                body.retain(|name, _| plain(name));
                Some(Value::Object(body))
            }
            _ => Some(Value::Object(body)),
        }
    }

    /// A body that creates a row of this owner, with every field that can be written.
    pub(super) fn row_body(&self, owner: &CurrentUser) -> Map<String, Value> {
        let mut fixtures = self.fixtures.borrow_mut();
        let body = self.app.block_on(fixtures.body(self.table, &owner.id, Variation::Usual));
        body.unwrap_or_else(|error| panic!("no body can be created: {error:?}"))
    }

    /// Creates a row of another resource, if its rules allow it.
    pub(super) fn try_make(
        &self,
        table: &'static ResourceTable,
        owner: &CurrentUser,
        changes: &Map<String, Value>,
    ) -> Option<Made> {
        self.try_make_as(table, owner, Variation::Usual, changes)
    }

    /// The same with one of the variants of values.
    pub(super) fn try_make_as(
        &self,
        table: &'static ResourceTable,
        owner: &CurrentUser,
        variation: Variation,
        changes: &Map<String, Value>,
    ) -> Option<Made> {
        let mut fixtures = self.fixtures.borrow_mut();
        self.app.block_on(fixtures.make(table, &owner.id, variation, changes)).ok()
    }

    /// A user who has no relation to any row.
    pub(super) fn stranger(&self) -> CurrentUser {
        newcomer(self.spec(), &CurrentUser::new(""))
    }

    /// The oracle: whether the declared resource allows this user to access the row with this operation.
    pub(super) fn may(&self, user: Option<&CurrentUser>, operation: Operation, id: &FieldValue) -> bool {
        self.may_in(self.table, user, operation, id)
    }

    pub(super) fn may_in(
        &self,
        table: &'static ResourceTable,
        user: Option<&CurrentUser>,
        operation: Operation,
        id: &FieldValue,
    ) -> bool {
        self.decide(table, user, operation, id).is_some_and(|decision| decision.allowed)
    }

    /// The decision of the declared resource for this user, operation and row; `None` if the user cannot own rows.
    pub(super) fn decide(
        &self,
        table: &'static ResourceTable,
        user: Option<&CurrentUser>,
        operation: Operation,
        id: &FieldValue,
    ) -> Option<RowDecision> {
        let actor = user.map_or(Actor::Anonymous, |user| Actor::User(user.clone().into()));
        let engine = Engine::new(self.app.ctx(), table, actor);
        let engine = if operation.is_self() { engine.owned().ok()? } else { engine };
        Some(self.app.block_on(engine.decide(operation, id)).expect("the database responds"))
    }

    /// The ids of all existing rows, as they are written in paths.
    pub(super) fn ids(&self) -> Vec<Made> {
        let spec = self.spec();
        let mut select = Query::select();
        select.columns(spec.fields.iter().map(|field| Alias::new(field.column))).from(Alias::new(spec.table));
        let db = self.app.ctx().db();
        let rows = self.app.block_on(db.query_all(&select)).expect("the database responds");
        let made = rows.into_iter().map(|row| {
            let id = Record::from(row).value(spec, spec.id).expect("an id");
            Made { text: text(spec, &id), id }
        });
        made.collect()
    }

    /// The ids of the rows that this user may access with this operation.
    pub(super) fn expected(&self, user: Option<&CurrentUser>, operation: Operation) -> BTreeSet<String> {
        let ids = self.ids().into_iter();
        ids.filter(|made| self.may(user, operation, &made.id)).map(|made| made.text).collect()
    }

    /// All columns of a row as they are stored; `None` if the row no longer exists.
    pub(super) fn stored(&self, id: &FieldValue) -> Option<Vec<String>> {
        let spec = self.spec();
        let engine = Engine::new(self.app.ctx(), self.table, Actor::System);
        let record = self.app.block_on(engine.get(id.clone())).ok()?;
        Some((0..spec.fields.len()).map(|index| format!("{:?}", record.value(spec, index).ok())).collect())
    }

    /// Records a finding if a row has changed.
    pub(super) fn must_be(&self, before: &Option<Vec<String>>, id: &FieldValue, what: &str) {
        if self.stored(id) != *before {
            self.found(format!("{what} changed a row that the caller may not change"));
        }
    }

    /// Records a finding if a response has another status.
    pub(super) fn must_answer(&self, answer: &Answer, statuses: &[u16], what: &str, advice: &str) -> bool {
        let right = statuses.contains(&answer.status);
        if !right {
            let wanted: Vec<String> = statuses.iter().map(u16::to_string).collect();
            let text: String = answer.text().chars().take(300).collect();
            let status = answer.status;
            self.found(format!(
                "the response to {what} is {status}; expected: {}: {text}\n  {advice}",
                wanted.join(" or ")
            ));
        }
        right
    }

    /// An id that no row has.
    pub(super) fn missing(&self) -> String {
        match self.spec().id_field().ty.kind {
            Kind::Uuid => uuid::Uuid::now_v7().to_string(),
            Kind::I32 | Kind::I64 => "2147480000".to_owned(),
            _ => "nobody-at-all".to_owned(),
        }
    }
}

/// A description of a request.
pub(super) fn what(world: &World, user: Option<&CurrentUser>, operation: Operation, id: &str) -> String {
    let who = user.map_or("nobody", |user| user.id.as_str());
    format!("{} {} by {who}", operation.method(), world.path(operation, id))
}

pub(super) fn path_of(app: &TestApp, spec: &ResourceSpec, operation: Operation, id: &str) -> String {
    let id = percent_encoding::utf8_percent_encode(id, percent_encoding::NON_ALPHANUMERIC).to_string();
    format!("{}/{}{}", ApiPrefix::of_context(app.ctx()), spec.path, operation.path().replace("{id}", &id))
}

/// Adds the permissions that a requirement needs to a user.
pub(super) fn grant(user: &mut CurrentUser, requires: &Requirement) {
    match requires {
        Requirement::Public => {}
        Requirement::Permission(permission) => user.permissions.push((*permission).to_owned()),
        Requirement::Any(permissions) => user.permissions.extend(permissions.first().map(|name| (*name).to_owned())),
        Requirement::All(permissions) => user.permissions.extend(permissions.iter().map(|name| (*name).to_owned())),
        Requirement::Role(role) => user.roles.push((*role).to_owned()),
        Requirement::Scope(scope) => user.scopes.push((*scope).to_owned()),
    }
}

/// Whether the field of this name in JSON refers to another row.
pub(super) fn is_reference(spec: &ResourceSpec, json: &str) -> bool {
    use crate::spec::RelationKind;
    let field = spec.field_by_json(json).map(|(_, field)| field.name);
    spec.relations
        .iter()
        .any(|relation| matches!(relation.kind, RelationKind::BelongsTo { field: name, .. } if Some(name) == field))
}

/// Whether a user can own only one row.
fn one_row_a_user(spec: &ResourceSpec) -> bool {
    spec.own_owner_field().is_some_and(|(index, owner)| {
        index == spec.id || owner.unique || spec.unique.contains(&[owner.name].as_slice())
    })
}

/// Another user with the same permissions.
fn newcomer(spec: &ResourceSpec, user: &CurrentUser) -> CurrentUser {
    let id = uuid::Uuid::now_v7();
    let id = match spec.own_owner_field().map(|(_, field)| field.ty.kind) {
        Some(Kind::Uuid) => id.to_string(),
        Some(Kind::I16 | Kind::I32 | Kind::I64) => (id.as_u128() % 20_000 + 10_000).to_string(),
        _ => format!("auth0|{}", id.simple()),
    };
    CurrentUser { id, ..user.clone() }
}

/// Two users whose ids fit the field that names owners.
fn users(spec: &'static ResourceSpec) -> (CurrentUser, CurrentUser) {
    let kind = spec.own_owner_field().map(|(_, field)| field.ty.kind);
    let (ada, bob) = match kind {
        Some(Kind::Uuid) => ("0190a2d4-7b1e-7c3a-9f00-00000000ada0", "0190a2d4-7b1e-7c3a-9f00-00000000b0b0"),
        Some(Kind::I16 | Kind::I32 | Kind::I64) => ("1001", "1002"),
        _ => ("auth0|ada", "auth0|bob"),
    };
    (CurrentUser::new(ada), CurrentUser::new(bob))
}

/// The resource and all resources that relations lead to.
pub(super) fn reachable(table: &'static ResourceTable) -> Vec<&'static ResourceTable> {
    let mut tables: Vec<&'static ResourceTable> = vec![table];
    let mut next = 0;
    while let Some(table) = tables.get(next) {
        let related = table.relations.iter().flat_map(|related| [Some(related.target), related.through]).flatten();
        for target in related.map(|target| target()).collect::<Vec<_>>() {
            if !tables.iter().any(|known| known.spec.table == target.spec.table) {
                tables.push(target);
            }
        }
        next += 1;
    }
    tables
}

/// Writes secret text into the text fields that responses do not show.
async fn hide(app: &TestApp, spec: &'static ResourceSpec, id: &FieldValue) -> crate::error::Result<()> {
    let secret = |field: &&crate::spec::FieldSpec| {
        matches!(field.access, FieldAccess::Hidden | FieldAccess::WriteOnly)
            && matches!(field.ty.kind, Kind::String)
            && !field.unique
    };
    let secrets: Vec<_> =
        spec.fields.iter().filter(secret).map(|field| (Alias::new(field.column), SECRET.into())).collect();
    if secrets.is_empty() {
        return Ok(());
    }
    let mut update = Query::update();
    let id_column = Expr::col(Alias::new(spec.id_field().column));
    update.table(Alias::new(spec.table)).values(secrets).and_where(id_column.eq(Expr::val(id.clone())));
    app.ctx().db().execute(&update).await.map_err(crate::error::Error::internal)?;
    Ok(())
}

fn text(spec: &ResourceSpec, id: &FieldValue) -> String {
    match crate::resource::value_to_json(&spec.id_field().ty.kind, id) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// The id from a path, as the database stores it.
pub(super) fn parsed(spec: &ResourceSpec, text: &str) -> Option<FieldValue> {
    parse_id(spec, text)
}
