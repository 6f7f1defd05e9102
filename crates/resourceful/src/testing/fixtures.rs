//! Rows to test with: valid ones of any resource, with the rows that they refer to.

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

/// How many rows refer to rows that refer to rows before a fixture gives up.
const DEPTH: usize = 8;

/// What the user says of the fields that no rule describes: a JSON object for the row of this number.
pub(crate) type Given = Arc<dyn Fn(usize) -> Value + Send + Sync>;

/// Numbers that tell fixtures apart, in all tests of the process.
static NUMBER: AtomicUsize = AtomicUsize::new(1);

/// Makes rows of one application.
pub(crate) struct Fixtures {
    ctx: Context,
    /// What is said of the rows of some tables.
    given: Vec<(&'static str, Given)>,
    /// The row of a resource that an owner's rows refer to: one is enough.
    shared: HashMap<(&'static str, String), FieldValue>,
}

/// A row that was made.
#[derive(Debug, Clone)]
pub(crate) struct Made {
    pub(crate) id: FieldValue,
    /// The id as it stands in a path.
    pub(crate) text: String,
}

/// Which of the plausible rows it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Variation {
    /// As an example would be.
    Usual,
    /// The other value wherever there are two: false, the second variant, null.
    Other,
    /// Text that names the owner, wherever text is free.
    Naming,
    /// Nothing is said that need not be: defaults and null stand.
    Least,
}

impl Fixtures {
    pub(crate) fn new(ctx: &Context, given: Vec<(&'static str, Given)>) -> Self {
        Self { ctx: ctx.clone(), given, shared: HashMap::new() }
    }

    /// Makes a row that belongs to this owner, where rows have owners.
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
        // The owner is told beside the body, unless it is named there and can be.
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
                "no fixture of {} can be made of {row}: {error}. Give what its rules need, such as `fixture = |number| \
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

    /// A body that creates a row of this owner's, with every field that anybody may write.
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
                "no fixture of {} can be made: `{}` leads back to it, and cannot be null; name a row by `fixture = ..`",
                spec.type_name, field.json
            )));
        }
        let is_alone = field.unique || spec.unique.iter().any(|set| set.contains(&field.name));
        let key = (target.spec.table, owner.to_owned());
        let kind = &target.spec.id_field().ty.kind;
        if let Some(id) = self.shared.get(&key).filter(|_| !is_alone || target.spec.id_is_owner()) {
            return Ok(Some(value_to_json(kind, id)));
        }
        // A row of people whose id is what others call their owner, who may be there already.
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

/// A value that obeys the field's rules; `None` where nothing does, or nothing needs to be said.
fn plain(spec: &'static ResourceSpec, index: usize, number: usize, owner: &str, variation: Variation) -> Option<Value> {
    let field = &spec.fields[index];
    let mut values = sample::values(spec, index, number);
    // What is unique together with something else may name the owner.
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
