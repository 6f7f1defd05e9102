//! Fields that a caller may not see, infer or write.

use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Query};
use serde_json::{Map, Value, json};

use super::world::{SECRET, World, what};
use crate::actor::CurrentUser;
use crate::resource::sample;
use crate::spec::{FieldRole, FieldSpec, Kind, Operation};
use crate::testing::Answer;

/// The fields that no response shows.
fn unseen(world: &World) -> Vec<&'static FieldSpec> {
    let spec = world.spec();
    spec.fields.iter().enumerate().filter(|(index, _)| !spec.is_readable(*index)).map(|(_, field)| field).collect()
}

/// The fields that responses show only to callers with a permission that no operation requires.
fn guarded(world: &World) -> Vec<(&'static FieldSpec, &'static str)> {
    let is_required = |permission: &str| {
        world.spec().operations.iter().any(|offered| offered.requires.permissions().contains(&permission))
    };
    let fields = world.spec().fields.iter().filter_map(|field| Some((field, field.read?)));
    fields.filter(|(_, permission)| !is_required(permission)).collect()
}

/// Ada with all permissions except this one.
fn without(world: &World, permission: &str) -> CurrentUser {
    let mut user = world.all(&world.ada);
    user.permissions.retain(|held| held != permission);
    user
}

/// Every response that shows rows, each with a description of its request.
fn answers(world: &World, user: &CurrentUser) -> Vec<(String, Answer)> {
    let row = &world.rows[0].made.text;
    let shows =
        |operation: &Operation| !matches!(operation, Operation::Count | Operation::Delete | Operation::SelfDelete);
    let offered = world.spec().operations.iter().map(|offered| offered.operation).filter(shows);
    offered
        .map(|operation| (what(world, Some(user), operation, row), world.send(Some(user), operation, row, None)))
        .collect()
}

/// Whether the rows of a response contain a key with this name.
fn shows(answer: &Answer, name: &str) -> bool {
    let json = answer.json();
    let rows = match &json {
        Value::Array(rows) => rows.clone(),
        Value::Object(page) if page.get("items").is_some_and(Value::is_array) => {
            page["items"].as_array().cloned().unwrap_or_default()
        }
        one => vec![one.clone()],
    };
    answer.status < 300 && rows.iter().any(|row| row.get(name).is_some())
}

pub(super) fn hidden_in_answers(world: &World) {
    let user = world.all(&world.ada);
    for (what, answer) in answers(world, &user) {
        for field in unseen(world) {
            if shows(&answer, field.json) {
                world.found(format!("{what} shows `{}`, which responses must not show", field.json));
            }
        }
        if answer.text().contains(SECRET) {
            world.found(format!("{what} shows the value of a hidden field: {}", answer.text()));
        }
    }
}

/// Queries that filter by a field, each as the end of a list's path.
fn by_value(field: &FieldSpec) -> Vec<String> {
    let value = match field.ty.kind {
        Kind::String => SECRET,
        Kind::Bool => "true",
        Kind::Uuid => "0190a2d4-7b1e-7c3a-9f00-3b1c2d4e5f60",
        Kind::I16 | Kind::I32 | Kind::I64 | Kind::F32 | Kind::F64 | Kind::Decimal => "1",
        _ => "2026-01-31",
    };
    let operators = [
        "",
        "[ne]",
        "[in]",
        "[nin]",
        "[gt]",
        "[gte]",
        "[lt]",
        "[lte]",
        "[contains]",
        "[icontains]",
        "[startsWith]",
        "[endsWith]",
    ];
    let mut all: Vec<String> = operators.iter().map(|operator| format!("{}{operator}={value}", field.json)).collect();
    all.push(format!("{}[isNull]=false", field.json));
    all
}

fn must_refuse(world: &World, user: &CurrentUser, queries: &[String], about: &str) {
    for operation in [Operation::List, Operation::Count, Operation::SelfList] {
        if !world.offers(operation) {
            continue;
        }
        for query in queries {
            let path = format!("{}?{query}", world.path(operation, ""));
            let answer = world.caller(Some(user)).get(&path);
            if answer.status < 400 {
                world.found(format!("the response to GET {path} by {} is {}: {about}", user.id, answer.status));
            }
        }
    }
}

pub(super) fn hidden_by_filter(world: &World) {
    let user = world.all(&world.ada);
    for field in unseen(world) {
        must_refuse(world, &user, &by_value(field), "a hidden value can be inferred letter by letter");
        if world.offers(Operation::Search) {
            let body = json!({"filter": {field.json: SECRET}});
            let answer = world.send(Some(&user), Operation::Search, "", Some(&body));
            if answer.status < 400 {
                let what = what(world, Some(&user), Operation::Search, "");
                world.found(format!(
                    "the response to {what} with {body} is {}: a hidden value can be inferred",
                    answer.status
                ));
            }
        }
    }
}

pub(super) fn hidden_by_order(world: &World) {
    let user = world.all(&world.ada);
    for field in unseen(world) {
        let queries = [format!("sort={}", field.json), format!("sort=-{}", field.json)];
        let queries: Vec<String> = queries.into_iter().collect();
        sorts(world, &user, &queries, "the order of rows reveals the values of a hidden field");
    }
}

/// Lists must refuse the sort order. A count has no sort order.
fn sorts(world: &World, user: &CurrentUser, queries: &[String], about: &str) {
    for operation in [Operation::List, Operation::SelfList].into_iter().filter(|operation| world.offers(*operation)) {
        for query in queries {
            let path = format!("{}?{query}", world.path(operation, ""));
            let answer = world.caller(Some(user)).get(&path);
            if answer.status < 400 {
                world.found(format!("the response to GET {path} by {} is {}: {about}", user.id, answer.status));
            }
        }
    }
}

pub(super) fn hidden_by_selection(world: &World) {
    let user = world.all(&world.ada);
    for field in unseen(world) {
        let queries = [format!("fields={}", field.json)];
        sorts(world, &user, &queries, "a hidden field can be selected");
    }
}

pub(super) fn hidden_by_words(world: &World) {
    let user = world.all(&world.ada);
    if unseen(world).is_empty() {
        return;
    }
    finds_secret(world, &user, "`q` searches a field that responses do not show");
}

fn finds_secret(world: &World, user: &CurrentUser, about: &str) {
    for operation in [Operation::List, Operation::SelfList].into_iter().filter(|operation| world.offers(*operation)) {
        let path = format!("{}?q={SECRET}", world.path(operation, ""));
        let answer = world.caller(Some(user)).get(&path);
        if answer.status == 200 && answer.json()["items"].as_array().is_some_and(|items| !items.is_empty()) {
            world.found(format!("GET {path} by {} finds rows: {about}", user.id));
        }
    }
}

pub(super) fn guarded_in_answers(world: &World) {
    for (field, permission) in guarded(world) {
        let user = without(world, permission);
        for (what, answer) in answers(world, &user) {
            if shows(&answer, field.json) {
                world.found(format!("{what} without {permission} shows `{}`, which requires it", field.json));
            }
        }
    }
}

pub(super) fn guarded_by_query(world: &World) {
    for (field, permission) in guarded(world) {
        let user = without(world, permission);
        let about = format!("`{}` requires {permission}, which the caller lacks", field.json);
        must_refuse(world, &user, &by_value(field), &about);
        sorts(world, &user, &[format!("sort={}", field.json), format!("fields={}", field.json)], &about);
        let plain = matches!(field.ty.kind, Kind::String) && !field.unique;
        if plain && field.search {
            plant(world, field);
            finds_secret(world, &user, &about);
        }
    }
}

/// Writes the secret into a field of every row.
fn plant(world: &World, field: &FieldSpec) {
    let mut update = Query::update();
    update.table(Alias::new(world.spec().table)).value(Alias::new(field.column), SECRET);
    let db = world.app.ctx().db();
    world.app.block_on(db.execute(&update)).expect("the database writes");
}

pub(super) fn guarded_writes(world: &World) {
    let spec = world.spec();
    for (index, field) in spec.fields.iter().enumerate() {
        let Some(permission) = field.write else { continue };
        let is_required = spec.operations.iter().any(|offered| offered.requires.permissions().contains(&permission));
        if is_required {
            continue;
        }
        let user = without(world, permission);
        for offered in spec.operations {
            let (operation, row) = (offered.operation, &world.rows[0].made);
            if !operation.is_write() || matches!(operation, Operation::Delete | Operation::SelfDelete) {
                continue;
            }
            let Some(mut body) = world.body(Some(&user), operation) else { continue };
            let value = sample::values(spec, index, 77).into_iter().next().unwrap_or(Value::Null);
            set(&mut body, field.json, value);
            let before = world.stored(&row.id);
            let answer = world.send(Some(&user), operation, &row.text, Some(&body));
            let what = format!("{} with `{}`", what(world, Some(&user), operation, &row.text), field.json);
            if answer.status < 400 {
                world.found(format!(
                    "the response to {what} without {permission}, which writing the field requires, is {}",
                    answer.status
                ));
            }
            world.must_be(&before, &row.id, &what);
        }
    }
}

fn set(body: &mut Value, name: &str, value: Value) {
    match body {
        Value::Array(items) => items.iter_mut().for_each(|item| set(item, name, value.clone())),
        Value::Object(object) => {
            object.insert(name.to_owned(), value);
        }
        _ => {}
    }
}

/// Sends bodies with fields that they must not have: fields that the server sets, fields that do not exist, and other
/// spellings.
pub(super) fn mass_assigned_by(world: &World, operation: Operation) {
    if !world.offers(operation) {
        return;
    }
    let spec = world.spec();
    let user = world.all(&world.ada);
    let mut names: Vec<(String, Value)> =
        vec![("isAdmin".to_owned(), json!(true)), ("__proto__".to_owned(), json!({"isAdmin": true}))];
    for (index, field) in spec.fields.iter().enumerate() {
        let writable = match operation {
            Operation::SelfCreate => spec.is_own_creatable(index),
            Operation::Create | Operation::BulkCreate => spec.is_creatable(index),
            _ => spec.is_updatable(index),
        };
        let value = value_for(world, index, field);
        if !writable {
            names.push((field.json.to_owned(), value.clone()));
        }
        for other in
            [field.name.to_owned(), capitalised(field.json), field.json.to_lowercase(), field.column.to_owned()]
        {
            if spec.field_by_json(&other).is_none() {
                names.push((other, value.clone()));
            }
        }
    }
    names.sort_by(|one, other| one.0.cmp(&other.0));
    names.dedup_by(|one, other| one.0 == other.0);
    let row = &world.rows[0].made;
    // If a valid body is refused, the refusal of an invalid one means nothing.
    let answer = world.send(Some(&user), operation, &row.text, None);
    if !matches!(answer.status, 200..=299 | 403 | 404) {
        let what = what(world, Some(&user), operation, &row.text);
        let text = answer.text();
        world.found(format!(
            "{what} with a body that should be valid is refused: {text}\n  Give values that follow its rules with `fixture = ..`"
        ));
        return;
    }
    for (name, value) in names {
        let Some(mut body) = world.body(Some(&user), operation) else { continue };
        set(&mut body, &name, value);
        let (before, count) = (world.stored(&row.id), world.ids().len());
        let answer = world.send(Some(&user), operation, &row.text, Some(&body));
        let what = format!("{} with `{name}`", what(world, Some(&user), operation, &row.text));
        let advice = format!("The caller may not write `{name}`. Unknown names must be refused too, not ignored");
        // 403 by a policy would mean that the value was accepted.
        world.must_answer(&answer, &[400, 422], &what, &advice);
        world.must_be(&before, &row.id, &what);
        if world.ids().len() != count {
            world.found(format!("{what} created a row"));
        }
    }
}

/// A value of the field that belongs to another user.
fn value_for(world: &World, index: usize, field: &FieldSpec) -> Value {
    if world.spec().is_own_owner(index) {
        return world.bob.id.clone().into();
    }
    let plausible = sample::values(world.spec(), index, 99).into_iter().next();
    match (field.role, field.ty.kind) {
        (FieldRole::Id, Kind::Uuid) => json!(uuid::Uuid::now_v7()),
        (FieldRole::Id, Kind::I32 | Kind::I64) => json!(424_242),
        _ => plausible.unwrap_or_else(|| Value::Object(Map::new())),
    }
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
