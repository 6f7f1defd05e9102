//! Creates valid rows of any resource, with the rows that they refer to.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Map, Value};

use crate::actor::Actor;
use crate::context::Context;
use crate::error::{Error, Result};
use crate::resource::{BodyShape, FieldValue, ResourceTable, decode_body, sample, value_to_json};
use crate::service::Engine;
use crate::spec::{FieldRole, FieldSpec, Kind, RelationKind, RelationSpec, ResourceSpec};

/// The longest chain of references that a fixture follows.
const DEPTH: usize = 8;

/// A function of the user that gives values for fields which cannot be derived from rules: a JSON object for the row with
/// this number.
pub(crate) type Given = Arc<dyn Fn(usize) -> Value + Send + Sync>;

/// Counts fixtures of all tests of the process, so that each has a different number.
static NUMBER: AtomicUsize = AtomicUsize::new(1);

/// Creates rows of one application.
pub(crate) struct Fixtures {
    ctx: Context,
    /// The user's functions for the rows of some tables.
    given: Vec<(&'static str, Given)>,
    /// The row of each resource that an owner's rows refer to: one row is enough.
    shared: HashMap<(&'static str, String), FieldValue>,
}

/// A created row.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) id: FieldValue,
    /// The id as it is written in a path.
    pub(crate) text: String,
}

/// The variants of values of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variation {
    /// Typical values, as in an example.
    Usual,
    /// The other value of fields with two typical values: false, the second variant, null.
    Other,
    /// The owner's id in all text fields without rules.
    Naming,
    /// Only required fields: the others get their default or null.
    Least,
}

impl Fixtures {
    pub(crate) fn new(ctx: &Context, given: Vec<(&'static str, Given)>) -> Self {
        Self { ctx: ctx.clone(), given, shared: HashMap::new() }
    }

    /// Creates a row. It belongs to this owner if rows have owners.
    pub(crate) async fn make(
        &mut self,
        table: &'static ResourceTable,
        owner: &str,
        variation: Variation,
        changes: &Map<String, Value>,
    ) -> Result<Made> {
        self.make_at(table, owner, variation, changes, 0).await
    }

    async fn make_at(
        &mut self,
        table: &'static ResourceTable,
        owner: &str,
        variation: Variation,
        changes: &Map<String, Value>,
        depth: usize,
    ) -> Result<Made> {
        let spec = table.spec;
        let mut body = self.body_at(table, owner, variation, depth).await?;
        body.extend(changes.clone());
        // The owner is passed separately, unless the body may contain it and does.
        let mut owner = owner;
        if let Some((index, field)) = spec.own_owner_field() {
            if index == spec.id {
                owner = changes.get(field.json).and_then(Value::as_str).unwrap_or(owner);
            }
            if index == spec.id || !changes.contains_key(field.json) {
                body.remove(field.json);
            }
        }
        let made = async {
            let checked = decode_body(table, &Actor::System, BodyShape::Create, Value::Object(body.clone()).into())?;
            let record = Engine::new(&self.ctx, table, Actor::System).on_behalf_of(owner).create(checked).await?;
            record.value(spec, spec.id)
        };
        let id = made.await.map_err(|error| {
            let row = Value::Object(body.clone());
            Error::internal(format!(
                "no fixture of {} can be created from {row}: {error}. Give values that follow its rules, such as `fixture = |number| \
                 json!({{\"name\": format!(\"name {{number}}\")}})`, or `suite = |suite| suite.fixture_of::<{0}>(..)`",
                spec.type_name
            ))
        })?;
        let text = match value_to_json(&spec.id_field().ty.kind, &id) {
            Value::String(text) => text,
            other => other.to_string(),
        };
        Ok(Made { id, text })
    }

    /// A body that creates a row of this owner, with every field that callers may write.
    pub(crate) async fn body(
        &mut self,
        table: &'static ResourceTable,
        owner: &str,
        variation: Variation,
    ) -> Result<Map<String, Value>> {
        self.body_at(table, owner, variation, 0).await
    }

    async fn body_at(
        &mut self,
        table: &'static ResourceTable,
        owner: &str,
        variation: Variation,
        depth: usize,
    ) -> Result<Map<String, Value>> {
        let spec = table.spec;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let mut body = Map::new();
        let given = self.given.iter().find(|(name, _)| *name == spec.table).map(|(_, given)| given(number));
        let given = given.and_then(|given| given.as_object().cloned()).unwrap_or_default();
        for (index, field) in spec.fields.iter().enumerate() {
            let is_owner = spec.is_own_owner(index);
            if body.contains_key(field.json) || given.contains_key(field.json) {
                continue;
            }
            let reference = spec.relations.iter().find(|relation| refers_by(relation, field));
            let value = match reference {
                Some(relation) if is_owner || spec.is_creatable(index) => {
                    self.reference(table, relation, field, owner, variation, depth).await?
                }
                _ if !spec.is_creatable(index) => continue,
                _ if is_owner => owner_json(field, owner),
                _ => plain(spec, index, number, owner, variation),
            };
            if let Some(value) = value {
                body.insert(field.json.to_owned(), value);
            }
        }
        body.extend(given);
        body.retain(|name, _| spec.field_by_json(name).is_none_or(|(index, _)| spec.is_creatable(index)));
        Ok(body)
    }

    /// The id of a row that this one refers to.
    async fn reference(
        &mut self,
        table: &'static ResourceTable,
        relation: &'static RelationSpec,
        field: &FieldSpec,
        owner: &str,
        variation: Variation,
        depth: usize,
    ) -> Result<Option<Value>> {
        let spec = table.spec;
        let Some(target) = table.related(relation).map(|related| (related.target)()) else { return Ok(None) };
        let leads_to_owner = spec.owner.is_some_and(|owner| owner.path.first() == Some(&relation.name))
            || spec.own_owner_field().is_some_and(|(_, own)| own.name == field.name);
        let is_needless = field.ty.nullable && !leads_to_owner;
        if is_needless
            && (matches!(variation, Variation::Other | Variation::Least)
                || target.spec.table == spec.table
                || depth >= DEPTH)
        {
            return Ok(Some(Value::Null));
        }
        if depth >= DEPTH || (target.spec.table == spec.table && !is_needless) {
            return Err(Error::internal(format!(
                "no fixture of {} can be created: `{}` leads back to it in a cycle, and cannot be null; name a row with `fixture = ..`",
                spec.type_name, field.json
            )));
        }
        let is_alone = field.unique || spec.unique.iter().any(|set| set.contains(&field.name));
        let key = (target.spec.table, owner.to_owned());
        let kind = &target.spec.id_field().ty.kind;
        if let Some(id) = self.shared.get(&key).filter(|_| !is_alone || target.spec.id_is_owner()) {
            return Ok(Some(value_to_json(kind, id)));
        }
        // In a resource of users, the id is the owner of other rows, and this row may exist already.
        let mut changes = Map::new();
        if spec.own_owner_field().is_some_and(|(_, own)| own.name == field.name)
            && let Some(id) = owner_json(field, owner)
        {
            let known = crate::resource::text_to_value(kind, owner).ok();
            let engine = Engine::new(&self.ctx, target, Actor::System);
            if let Some(known) = known
                && engine.get(known).await.is_ok()
            {
                return Ok(Some(id));
            }
            changes.insert(target.spec.id_field().json.to_owned(), id);
        }
        let other = if variation == Variation::Least { Variation::Least } else { Variation::Usual };
        let made = Box::pin(self.make_at(target, owner, other, &changes, depth + 1)).await?;
        self.shared.insert(key, made.id.clone());
        Ok(Some(value_to_json(kind, &made.id)))
    }
}

fn refers_by(relation: &RelationSpec, field: &FieldSpec) -> bool {
    matches!(relation.kind, RelationKind::BelongsTo { field: name, .. } if name == field.name)
}

fn owner_json(field: &FieldSpec, owner: &str) -> Option<Value> {
    let value = crate::resource::text_to_value(&field.ty.kind, owner).ok()?;
    Some(value_to_json(&field.ty.kind, &value))
}

/// A value that follows the field's rules; `None` if there is no such value, or if no value is needed.
fn plain(spec: &'static ResourceSpec, index: usize, number: usize, owner: &str, variation: Variation) -> Option<Value> {
    let field = &spec.fields[index];
    let mut values = sample::values(spec, index, number);
    // A field that is unique only together with others may contain the owner's id.
    let in_set = variation != Variation::Naming && spec.unique.iter().any(|set| set.contains(&field.name));
    let is_unique = field.unique || field.role == FieldRole::Id || in_set;
    match (variation, field.ty.kind) {
        (Variation::Least, _) if field.has_default || field.ty.nullable => return None,
        _ if is_unique => {}
        (Variation::Other, _) if field.ty.nullable => return Some(Value::Null),
        (Variation::Other, Kind::Bool) => return Some(Value::Bool(false)),
        (Variation::Other, Kind::Enum(_)) if values.len() > 1 => values.rotate_left(1),
        (Variation::Naming, Kind::String) => {
            let owner = Value::from(owner);
            if sample::is_valid(field, &owner) {
                return Some(owner);
            }
        }
        _ => {}
    }
    values.into_iter().next().or_else(|| field.ty.nullable.then_some(Value::Null))
}
