//! References to rows that a caller may not see: the response must be the same as for rows that do not exist.

use serde_json::{Map, Value};

use super::rows::plain;
use super::world::{World, is_reference, what};
use crate::actor::{Actor, CurrentUser};
use crate::resource::sample;
use crate::resource::{FieldValue, ResourceTable, value_to_json};
use crate::service::Engine;
use crate::spec::{FieldSpec, Kind, Operation, RelationKind, RelationSpec};
use crate::testing::Answer;
use crate::testing::fixtures::Variation;

/// The writes whose bodies contain references.
const WRITES: [Operation; 7] = [
    Operation::Create,
    Operation::BulkCreate,
    Operation::Update,
    Operation::Patch,
    Operation::SelfCreate,
    Operation::SelfUpdate,
    Operation::SelfPatch,
];

pub(super) fn hidden(world: &World) {
    let spec = world.spec();
    for (relation, related) in spec.relations.iter().zip(world.table.relations) {
        let RelationKind::BelongsTo { field, any, .. } = relation.kind else { continue };
        let Some((index, field)) = spec.field(field) else { continue };
        let target = (related.target)();
        let leads_to_owner = spec.owner.is_some_and(|owner| owner.path.len() > 1 && owner.path[0] == relation.name);
        let is_guarded = target.policy.is_some() && !any;
        // The caller does not write their own id: the server sets it.
        if spec.is_own_owner(index) || !(is_guarded || leads_to_owner) {
            continue;
        }
        for operation in WRITES.into_iter().filter(|operation| world.offers(*operation)) {
            let is_required = is_guarded || (leads_to_owner && operation.is_self());
            let is_taken = if operation.creates() { spec.is_creatable(index) } else { spec.is_updatable(index) };
            if !is_required || !is_taken {
                continue;
            }
            // A user with all permissions may see all rows.
            let users = [world.all(&world.ada), world.only(&world.ada, operation)];
            if !users.iter().any(|user| by(world, user, operation, relation, field, target)) {
                world.not_tested(format!(
                    "references of {} by `{}` in `{}`: no row of {} can be created that {} may not see",
                    spec.type_name,
                    field.name,
                    operation.name(),
                    target.spec.type_name,
                    world.ada.id
                ));
            }
        }
    }
}

/// Tries one operation as one user. Returns whether there was something to try.
fn by(
    world: &World,
    user: &CurrentUser,
    operation: Operation,
    relation: &'static RelationSpec,
    field: &'static FieldSpec,
    target: &'static ResourceTable,
) -> bool {
    let missing = missing(&target.spec.id_field().ty.kind);
    let Some(missing) = missing.filter(|_| field.write.is_none_or(|permission| user.has_permission(permission))) else {
        return false;
    };
    let hides = |id: &FieldValue| !is_seen(world, user, operation, relation, target, id);
    let (taken, free) = (taken(world, field, &hides), unseen(world, target, &hides));
    if taken.is_none() && free.is_none() {
        return false;
    }
    // A policy may require that a text contains the caller's id.
    let send = |changes: &Map<String, Value>, names_them: bool| -> Option<Answer> {
        let mut body = world.body(Some(user), operation)?;
        let row = if operation.creates() {
            String::new()
        } else {
            world.rows.iter().find(|row| world.may(Some(user), operation, &row.made.id))?.made.text.clone()
        };
        let item = if operation == Operation::BulkCreate { body.get_mut(0)? } else { &mut body };
        let item = item.as_object_mut()?;
        if names_them {
            name_in_text(world, item, &user.id);
        }
        item.extend(changes.clone());
        Some(world.send(Some(user), operation, &row, Some(&body)))
    };
    let own_part = |changes: &Map<String, Value>, id: &Value| {
        let mut changes = changes.clone();
        changes.insert(field.json.to_owned(), id.clone());
        changes
    };
    let free = free.map(|id| Map::from_iter([(field.json.to_owned(), id)]));
    let changes: Vec<Map<String, Value>> = [taken, free].into_iter().flatten().collect();
    for (changes, names_them) in changes.iter().flat_map(|changes| [(changes, false), (changes, true)]) {
        let nothing = send(&own_part(changes, &missing), names_them);
        let (Some(answer), Some(nothing)) = (send(changes, names_them), nothing) else { continue };
        if nothing.status < 400 {
            continue;
        }
        if (answer.status, plain(&answer)) != (nothing.status, plain(&nothing)) {
            let what = what(world, Some(user), operation, "");
            world.found(format!(
                "{what} with `{}` of a row of {} that the caller may not see has another response than with one that \
                 does not exist, which tells that it does: {} {} beside {} {}",
                field.json,
                target.spec.type_name,
                answer.status,
                answer.text(),
                nothing.status,
                nothing.text()
            ));
        }
    }
    true
}

/// Writes the user's id into all text fields without rules.
fn name_in_text(world: &World, body: &mut Map<String, Value>, id: &str) {
    for (name, value) in body.iter_mut() {
        let field = world.spec().field_by_json(name).map(|(_, field)| field);
        let id = Value::from(id);
        let is_free = |field: &FieldSpec| {
            matches!(field.ty.kind, Kind::String)
                && !field.unique
                && !is_reference(world.spec(), name)
                && sample::is_valid(field, &id)
        };
        if field.is_some_and(is_free) {
            *value = id;
        }
    }
}

/// An id that no row of this resource has.
fn missing(kind: &Kind) -> Option<Value> {
    match kind {
        Kind::Uuid => Some(uuid::Uuid::now_v7().to_string().into()),
        Kind::I32 | Kind::I64 => Some(2_147_480_000.into()),
        Kind::String => Some("nobody-at-all".into()),
        _ => None,
    }
}

/// Whether the user may refer to a row of the target with this operation.
fn is_seen(
    world: &World,
    user: &CurrentUser,
    operation: Operation,
    relation: &RelationSpec,
    target: &'static ResourceTable,
    id: &FieldValue,
) -> bool {
    let owner = world.spec().owner.filter(|owner| owner.path.len() > 1 && owner.path[0] == relation.name);
    let is_own = owner.filter(|_| operation.is_self()).is_none_or(|owner| {
        // One step further: the owner field of the target, if the target has its own.
        let [_, field] = owner.path else { return false };
        let Some((index, field)) = target.spec.field(field) else { return false };
        let record = world.app.block_on(Engine::new(world.app.ctx(), target, Actor::System).get(id.clone()));
        let holds = record.and_then(|record| record.value(target.spec, index)).ok();
        holds == crate::resource::text_to_value(&field.ty.kind, &user.id).ok()
    });
    is_own && world.may_in(target, Some(user), Operation::List, id)
}

/// The id of a row that the caller may not see.
fn unseen(world: &World, target: &'static ResourceTable, hides: &dyn Fn(&FieldValue) -> bool) -> Option<Value> {
    let made = [Variation::Usual, Variation::Other, Variation::Naming].into_iter().find_map(|variation| {
        world.try_make_as(target, &world.bob, variation, &Map::new()).filter(|made| hides(&made.id))
    })?;
    Some(value_to_json(&target.spec.id_field().ty.kind, &made.id))
}

/// Values of a row of Bob that are unique together with a reference to a row that the caller may not see.
fn taken(world: &World, field: &'static FieldSpec, hides: &dyn Fn(&FieldValue) -> bool) -> Option<Map<String, Value>> {
    let spec = world.spec();
    let names = match spec.unique.iter().find(|set| set.contains(&field.name)) {
        Some(set) => set.to_vec(),
        None if field.unique => vec![field.name],
        None => return None,
    };
    let engine = Engine::new(world.app.ctx(), world.table, Actor::System);
    world.rows.iter().filter(|row| row.owner.id == world.bob.id).find_map(|row| {
        let record = world.app.block_on(engine.get(row.made.id.clone())).ok()?;
        let (index, _) = spec.field(field.name)?;
        if !hides(&record.value(spec, index).ok()?) {
            return None;
        }
        let value = |name: &&str| {
            let (index, field) = spec.field(name)?;
            Some((field.json.to_owned(), value_to_json(&field.ty.kind, &record.value(spec, index).ok()?)))
        };
        names.iter().map(value).collect()
    })
}
