//! Single rows that a caller may not access: by their id, and as they would be after a write.

use serde_json::{Map, Value};

use super::world::{World, is_reference, parsed, what};
use crate::actor::CurrentUser;
use crate::spec::{Kind, Operation};
use crate::testing::Answer;

const HIDDEN: &str = "The caller may not access this row with this operation: the response must be the same as for a row that does not exist";

/// Tries an operation on every row, as every user. The users have all existing permissions.
pub(super) fn by(world: &World, operation: Operation) {
    if !world.offers(operation) {
        return;
    }
    for user in world.users(operation) {
        for row in &world.rows {
            let (id, text) = (&row.made.id, &row.made.text);
            if world.may(user.as_ref(), operation, id) {
                continue;
            }
            let before = world.stored(id);
            let answer = world.send(user.as_ref(), operation, text, None);
            let what = what(world, user.as_ref(), operation, text);
            world.must_answer(&answer, &[404], &what, HIDDEN);
            world.must_be(&before, id, &what);
        }
    }
}

pub(super) fn alike(world: &World) {
    let operations = [Operation::Get, Operation::Update, Operation::Patch, Operation::Delete, Operation::SelfGet];
    for operation in operations.into_iter().filter(|operation| world.offers(*operation)) {
        for user in world.users(operation) {
            let missing = world.missing();
            let nothing = world.send(user.as_ref(), operation, &missing, None);
            for row in world.rows.iter().filter(|row| !world.may(user.as_ref(), operation, &row.made.id)) {
                let text = &row.made.text;
                let answer = world.send(user.as_ref(), operation, text, None);
                if (answer.status, plain(&answer)) != (nothing.status, plain(&nothing)) {
                    let what = what(world, user.as_ref(), operation, text);
                    world.found(format!(
                        "{what} has another response than for a row that does not exist, which reveals that the row exists: {} \
                         instead of {}",
                        answer.text(),
                        nothing.text()
                    ));
                }
            }
        }
    }
}

/// A problem without the parts that differ from request to request.
pub(super) fn plain(answer: &Answer) -> Value {
    let mut problem = answer.json();
    if let Some(members) = problem.as_object_mut() {
        members.retain(|name, _| !["requestId", "instance"].contains(&name.as_str()));
    }
    problem
}

/// Creates rows with all kinds of bodies, and checks the results.
pub(super) fn created_by(world: &World, operation: Operation) {
    if !world.offers(operation) {
        return;
    }
    for user in world.users(operation).into_iter().flatten() {
        for variant in 0..bodies(world, &user, operation).len() {
            let user = world.creator(&user);
            let Some(body) = bodies(world, &user, operation).into_iter().nth(variant) else { continue };
            let body = if operation == Operation::BulkCreate { Value::Array(vec![body]) } else { body };
            let answer = world.send(Some(&user), operation, "", Some(&body));
            if answer.status != 201 {
                continue;
            }
            let what = format!("{} with {body}", what(world, Some(&user), operation, ""));
            let json = answer.json();
            let made = if operation == Operation::BulkCreate { &json[0] } else { &json };
            let Some(id) = id_of(world, made) else {
                world.found(format!("{what} has a response without the new row's id: {json}"));
                continue;
            };
            if !world.may(Some(&user), operation, &id) {
                world.found(format!(
                    "{what} created a row that the caller may not create: the policy does not apply to it"
                ));
            }
            // By default the creator owns a new row. A caller with the permission of the owner field may set another owner.
            let names_owner =
                |body: &Value| world.spec().own_owner_field().is_some_and(|(_, field)| body.get(field.json).is_some());
            let says_owner = names_owner(if operation == Operation::BulkCreate { &body[0] } else { &body });
            if world.spec().own_owner_field().is_some() && !says_owner && !owns(world, &user, &id) {
                world.found(format!("{what} created a row that belongs to another user"));
            }
        }
    }
}

fn owns(world: &World, user: &CurrentUser, id: &crate::resource::FieldValue) -> bool {
    use crate::actor::Actor;
    use crate::resource::text_to_value;
    use crate::service::Engine;
    let Some((index, field)) = world.spec().own_owner_field() else { return true };
    let engine = Engine::new(world.app.ctx(), world.table, Actor::System);
    let record = world.app.block_on(engine.get(id.clone()));
    let owner = record.and_then(|record| record.value(world.spec(), index)).ok();
    owner == text_to_value(&field.ty.kind, &user.id).ok()
}

/// Bodies that could set another owner: a normal body, with other values, with another user's id in every text.
fn bodies(world: &World, user: &CurrentUser, operation: Operation) -> Vec<Value> {
    let shape = if operation == Operation::BulkCreate { Operation::Create } else { operation };
    let other = if user.id == world.ada.id { &world.bob } else { &world.ada };
    let Some(Value::Object(usual)) = world.body(Some(user), shape) else { return Vec::new() };
    let mut all = vec![usual.clone()];
    for (name, value) in alternatives(world, &usual, other) {
        let mut body = fresh(world, user, shape);
        body.insert(name, value);
        all.push(body);
    }
    if let Some((_, field)) = world.spec().own_owner_field()
        && field.write.is_some()
        && shape == Operation::Create
    {
        let mut body = fresh(world, user, shape);
        body.insert(field.json.to_owned(), world.creator(other).id.into());
        all.push(body);
    }
    all.into_iter().map(Value::Object).collect()
}

fn fresh(world: &World, user: &CurrentUser, operation: Operation) -> Map<String, Value> {
    world.body(Some(user), operation).and_then(|body| body.as_object().cloned()).unwrap_or_default()
}

/// Other values of the fields of a body, one at a time.
fn alternatives(world: &World, body: &Map<String, Value>, other: &CurrentUser) -> Vec<(String, Value)> {
    let fields = body.keys().filter_map(|name| Some((name, world.spec().field_by_json(name)?.1)));
    let fields = fields.filter(|(name, field)| !is_reference(world.spec(), name) && !field.unique);
    let other = fields.flat_map(|(name, field)| {
        let values = match field.ty.kind {
            Kind::Bool => vec![Value::Bool(true), Value::Bool(false)],
            Kind::Enum(of) => of.variants.iter().map(|variant| Value::from(variant.value)).collect(),
            Kind::String => vec![Value::from(other.id.clone())],
            _ => Vec::new(),
        };
        values.into_iter().map(move |value| (name.clone(), value))
    });
    other.collect()
}

/// Changes rows with all kinds of bodies, and checks the results.
pub(super) fn moved_by(world: &World, operation: Operation) {
    if !world.offers(operation) {
        return;
    }
    for user in world.users(operation).into_iter().flatten() {
        let other = if user.id == world.ada.id { &world.bob } else { &world.ada };
        let Some(Value::Object(usual)) = world.body(Some(&user), operation) else { continue };
        let mut changes = alternatives(world, &usual, other);
        if let Some((index, field)) = world.spec().own_owner_field()
            && index != world.spec().id
            && field.write.is_some()
        {
            changes.push((field.json.to_owned(), other.id.clone().into()));
        }
        for (name, value) in changes {
            for row in world.rows.iter().filter(|row| world.may(Some(&user), operation, &row.made.id)) {
                let mut body = if matches!(operation, Operation::Update | Operation::SelfUpdate) {
                    fresh(world, &user, operation)
                } else {
                    Map::new()
                };
                body.insert(name.clone(), value.clone());
                let body = Value::Object(body);
                let answer = world.send(Some(&user), operation, &row.made.text, Some(&body));
                if answer.status == 200 && !world.may(Some(&user), operation, &row.made.id) {
                    let what = what(world, Some(&user), operation, &row.made.text);
                    world.found(format!("{what} with {body} changed the row into one that the caller may not write"));
                }
            }
        }
    }
}

pub(super) fn machines(world: &World) {
    let own = [Operation::SelfList, Operation::SelfCreate];
    for operation in own.into_iter().filter(|operation| world.offers(*operation)) {
        let robot = CurrentUser { is_machine: true, ..world.all(&world.ada) };
        let answer = world.send(Some(&robot), operation, "", None);
        let what = format!("{} by an application", what(world, Some(&robot), operation, ""));
        world.must_answer(
            &answer,
            &[403],
            &what,
            "An application (client credentials) is not a user, with any `sub`, and cannot own rows",
        );
    }
}

pub(super) fn all_or_nothing(world: &World) {
    if !world.offers(Operation::BulkCreate) {
        return;
    }
    let user = world.all(&world.ada);
    let Some(Value::Array(mut items)) = world.body(Some(&user), Operation::BulkCreate) else { return };
    items.extend(world.body(Some(&user), Operation::BulkCreate).and_then(|body| body.get(0).cloned()));
    let mut bad = items[0].clone();
    bad["isAdmin"] = Value::Bool(true);
    items.push(bad);
    let before = world.ids().len();
    let answer = world.send(Some(&user), Operation::BulkCreate, "", Some(&Value::Array(items)));
    let what = what(world, Some(&user), Operation::BulkCreate, "");
    if answer.status < 400 || world.ids().len() != before {
        world.found(format!("{what} with one invalid item of three wrote the others: {}", answer.text()));
    }
}

/// The id in a response.
pub(super) fn id_of(world: &World, row: &Value) -> Option<crate::resource::FieldValue> {
    let text = match &row[world.spec().id_field().json] {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    parsed(world.spec(), &text)
}
