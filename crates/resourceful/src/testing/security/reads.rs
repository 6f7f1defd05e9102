//! Rows that a caller may not see must not appear in any operation that shows, counts or finds rows.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::world::{World, path_of, what};
use crate::actor::{Actor, CurrentUser};
use crate::resource::{ResourceTable, value_to_json};
use crate::service::Engine;
use crate::spec::{Kind, Operation, RelationKind, RelationSpec, Requirement};
use crate::testing::Answer;

/// The most pages that a check reads.
const PAGES: usize = 200;

/// The ids of a response's items, as they are written in paths.
fn ids(world: &World, items: &Value) -> BTreeSet<String> {
    ids_of(world.spec().id_field().json, items)
}

fn ids_of(name: &str, items: &Value) -> BTreeSet<String> {
    let ids = items.as_array().into_iter().flatten().filter_map(|item| match &item[name] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    });
    ids.collect()
}

fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// The first page of a list, with the maximum size.
fn page(world: &World, user: Option<&CurrentUser>, operation: Operation, query: &str) -> Answer {
    if operation == Operation::Search {
        return world.send(user, operation, "", None);
    }
    let more = if query.is_empty() { String::new() } else { format!("&{query}") };
    let path = format!("{}?size={}{more}", world.path(operation, ""), world.spec().page.max);
    world.caller(user).get(&path)
}

/// Records rows that a page shows, or counts, although the caller may not see them. With `all`, also missing rows.
fn judge(world: &World, answer: &Answer, expected: &BTreeSet<String>, all: bool, what: &str) {
    if answer.status != 200 {
        return;
    }
    let json = answer.json();
    let shown = ids(world, &json["items"]);
    let foreign: Vec<&String> = shown.difference(expected).collect();
    if !foreign.is_empty() {
        world.found(format!("{what} shows rows that the caller may not see: {foreign:?}"));
    }
    if all && shown.len() < expected.len().min(world.spec().page.max as usize) {
        let missing: Vec<&String> = expected.difference(&shown).collect();
        world.found(format!("{what} does not show rows that the caller may see: {missing:?}"));
    }
    if let Some(total) = json["total"].as_u64()
        && (total as usize > expected.len() || (json["next"].is_null() && total as usize != shown.len()))
    {
        let (shown, may) = (shown.len(), expected.len());
        world.found(format!("{what} counts {total} rows; it shows {shown}, and the caller may see {may}"));
    }
}

pub(super) fn listed(world: &World, operation: Operation) {
    if !world.offers(operation) {
        return;
    }
    for user in world.users(operation) {
        let expected = world.expected(user.as_ref(), operation);
        let answer = page(world, user.as_ref(), operation, "");
        judge(world, &answer, &expected, true, &what(world, user.as_ref(), operation, ""));
    }
}

pub(super) fn counted(world: &World) {
    for user in world.users(Operation::Count).into_iter().filter(|_| world.offers(Operation::Count)) {
        let expected = world.expected(user.as_ref(), Operation::Count).len();
        let total = world.send(user.as_ref(), Operation::Count, "", None).json()["total"].as_u64();
        if total != Some(expected as u64) {
            let what = what(world, user.as_ref(), Operation::Count, "");
            world.found(format!("{what} says {total:?}; the caller may see {expected}"));
        }
    }
    for operation in [Operation::List, Operation::SelfList].into_iter().filter(|operation| world.offers(*operation)) {
        for user in world.users(operation) {
            let expected = world.expected(user.as_ref(), operation).len();
            let path = format!("{}?size=1&count=estimated", world.path(operation, ""));
            let total = world.caller(user.as_ref()).get(&path).json()["total"].as_u64();
            if total != Some(expected as u64) {
                let who = user.as_ref().map_or("nobody", |user| &user.id);
                world.found(format!("GET {path} by {who} says {total:?}; the caller may see {expected}"));
            }
        }
    }
}

/// The operations that have a query, with the users of each and the rows that they may see.
fn lists(world: &World) -> Vec<(Operation, Option<CurrentUser>, BTreeSet<String>)> {
    let offered = [Operation::List, Operation::SelfList].into_iter().filter(|operation| world.offers(*operation));
    let users = offered.flat_map(|operation| world.users(operation).into_iter().map(move |user| (operation, user)));
    users.map(|(operation, user)| (operation, user.clone(), world.expected(user.as_ref(), operation))).collect()
}

/// The value of a field of each row, in the form of a query, unless it is null.
fn values(world: &World, index: usize) -> BTreeSet<String> {
    let (spec, field) = (world.spec(), &world.spec().fields[index]);
    let engine = Engine::new(world.app.ctx(), world.table, Actor::System);
    let rows = world.rows.iter().filter_map(|row| world.app.block_on(engine.get(row.made.id.clone())).ok());
    let values = rows.filter_map(|record| Some(value_to_json(&field.ty.kind, &record.value(spec, index).ok()?)));
    let texts = values.filter_map(|value| match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    });
    texts.collect()
}

pub(super) fn filtered(world: &World) {
    for (operation, user, expected) in lists(world) {
        for (index, field) in world.spec().fields.iter().enumerate().filter(|(_, field)| field.filter) {
            for value in values(world, index) {
                let query = format!("{}={}", field.json, encoded(&value));
                let what = format!("{}?{query}", what(world, user.as_ref(), operation, ""));
                judge(world, &page(world, user.as_ref(), operation, &query), &expected, false, &what);
                let query = format!("{}[ne]={}", field.json, encoded(&value));
                let what = format!("{what} (and [ne])");
                judge(world, &page(world, user.as_ref(), operation, &query), &expected, false, &what);
            }
        }
    }
}

pub(super) fn ordered(world: &World) {
    for (operation, user, expected) in lists(world) {
        for field in world.spec().fields.iter().filter(|field| field.sort) {
            for sign in ["", "-"] {
                let query = format!("sort={sign}{}", field.json);
                let what = format!("{}?{query}", what(world, user.as_ref(), operation, ""));
                judge(world, &page(world, user.as_ref(), operation, &query), &expected, true, &what);
            }
        }
    }
}

pub(super) fn searched(world: &World) {
    for (operation, user, expected) in lists(world) {
        for (index, field) in world.spec().fields.iter().enumerate().filter(|(_, field)| field.search) {
            if !matches!(field.ty.kind, Kind::String) {
                continue;
            }
            let texts = values(world, index);
            let words = texts
                .iter()
                .filter_map(|text| text.split(|c: char| !c.is_alphanumeric()).max_by_key(|word| word.len()));
            for word in words.filter(|word| !word.is_empty()).collect::<BTreeSet<_>>() {
                let query = format!("q={}", encoded(word));
                let what = format!("{}?{query}", what(world, user.as_ref(), operation, ""));
                judge(world, &page(world, user.as_ref(), operation, &query), &expected, false, &what);
            }
        }
    }
}

pub(super) fn walked(world: &World) {
    for (operation, user, expected) in lists(world) {
        let base = format!("{}?size=1", world.path(operation, ""));
        let (mut path, mut shown, mut pages) = (base.clone(), BTreeSet::new(), 0);
        let what = format!("{}, page by page", what(world, user.as_ref(), operation, ""));
        loop {
            let answer = world.caller(user.as_ref()).get(&path);
            if answer.status != 200 {
                break;
            }
            let json = answer.json();
            shown.extend(ids(world, &json["items"]));
            pages += 1;
            match json["next"].as_str() {
                Some(next) if pages < PAGES => path = format!("{base}&after={}", encoded(next)),
                _ => break,
            }
        }
        if pages > 0 && shown != expected {
            world.found(format!("{what}: shows {shown:?}; the caller may see {expected:?}"));
        }
    }
}

/// A cursor is valid only for the caller who received it.
pub(super) fn cursors(world: &World) {
    if !world.offers(Operation::List) {
        return;
    }
    let (ada, bob) = (world.all(&world.ada), world.all(&world.bob));
    let base = format!("{}?size=1", world.path(Operation::List, ""));
    let first = world.caller(Some(&ada)).get(&base).json();
    if let Some(next) = first["next"].as_str() {
        let answer = world.caller(Some(&bob)).get(&format!("{base}&after={}", encoded(next)));
        let what = format!("GET {base} by {} with a cursor of {}", bob.id, ada.id);
        world.must_answer(
            &answer,
            &[400],
            &what,
            "A cursor contains values of a row, so it must be valid for one caller only",
        );
    }
}

/// The relations that lead to this resource, from other resources or from itself, and that callers may follow.
fn relations_to_this(world: &World) -> Vec<(&'static ResourceTable, &'static RelationSpec)> {
    let this_table = world.spec().table;
    let relations_of = |table: &&'static ResourceTable| {
        let table = *table;
        let offered = table.spec.operation(Operation::List).is_some();
        table
            .spec
            .open_relations()
            .filter(move |relation| offered && (relation.target)().table == this_table)
            .map(move |relation| (table, relation))
    };
    world.tables.iter().flat_map(|table| relations_of(table).collect::<Vec<_>>()).collect()
}

/// Creates rows of the other resource that refer to each row of this one, as far as their rules allow it.
fn refer(world: &World, table: &'static ResourceTable, relation: &RelationSpec) {
    let json = |value: &crate::resource::FieldValue| value_to_json(&world.spec().id_field().ty.kind, value);
    for row in &world.rows {
        let owner = &row.owner;
        match relation.kind {
            RelationKind::BelongsTo { field, .. } => {
                let Some((_, field)) = table.spec.field(field) else { continue };
                let changes = Map::from_iter([(field.json.to_owned(), json(&row.made.id))]);
                world.try_make(table, owner, &changes);
            }
            RelationKind::ManyToMany { .. } => {
                let Some(through) = table.related(relation).and_then(|related| related.through) else { continue };
                let through = through();
                let RelationKind::ManyToMany { from, to, .. } = relation.kind else { continue };
                let from = through.spec.referring(table.spec, from, None);
                let Some(from) = from else { continue };
                let Some(to) = through.spec.referring(world.spec(), to, Some(from)) else { continue };
                let Some(here) = world.try_make(table, owner, &Map::new()) else { continue };
                let from_id = value_to_json(&table.spec.id_field().ty.kind, &here.id);
                let changes =
                    Map::from_iter([(from.json.to_owned(), from_id), (to.json.to_owned(), json(&row.made.id))]);
                world.try_make(through, owner, &changes);
            }
            // The rows of this resource already refer to rows of the other one.
            RelationKind::HasMany { .. } | RelationKind::HasOne { .. } => {}
        }
    }
}

pub(super) fn included(world: &World) {
    for (table, relation) in relations_to_this(world) {
        refer(world, table, relation);
        for user in [Some(world.all(&world.ada)), Some(world.all(&world.bob))] {
            let expected = world.expected(user.as_ref(), Operation::List);
            let base = path_of(&world.app, table.spec, Operation::List, "");
            let path = format!("{base}?size={}&include={}", table.spec.page.max, relation.json);
            let answer = world.caller(user.as_ref()).get(&path);
            for item in answer.json()["items"].as_array().into_iter().flatten() {
                let rows = match &item[relation.json] {
                    Value::Object(page) if page.contains_key("items") => page["items"].clone(),
                    Value::Null => json!([]),
                    one => json!([one]),
                };
                let shown = ids(world, &rows);
                let foreign: Vec<&String> = shown.difference(&expected).collect();
                if !foreign.is_empty() {
                    let who = user.as_ref().map_or("nobody", |user| &user.id);
                    world.found(format!("GET {path} by {who} includes rows that the caller may not see: {foreign:?}"));
                }
            }
        }
    }
}

pub(super) fn related_filters(world: &World) {
    for (table, relation) in relations_to_this(world) {
        refer(world, table, relation);
        let filters = world.spec().fields.iter().enumerate().filter(|(_, field)| field.filter);
        for (index, field) in filters {
            for user in [world.all(&world.ada), world.all(&world.bob)] {
                let visible = visible_values(world, &user, index);
                // A filter by a value that only a hidden row has must find nothing.
                for value in values(world, index).difference(&visible) {
                    let base = path_of(&world.app, table.spec, Operation::List, "");
                    let path = format!("{base}?{}.{}={}", relation.json, field.json, encoded(value));
                    let answer = world.caller(Some(&user)).get(&path);
                    if answer.status == 200 && answer.json()["items"].as_array().is_some_and(|items| !items.is_empty())
                    {
                        world.found(format!(
                            "GET {path} by {} finds rows through a row that the caller may not see",
                            user.id
                        ));
                    }
                }
            }
        }
    }
}

fn visible_values(world: &World, user: &CurrentUser, index: usize) -> BTreeSet<String> {
    let (spec, field) = (world.spec(), &world.spec().fields[index]);
    let engine = Engine::new(world.app.ctx(), world.table, Actor::System);
    let visible = world.ids().into_iter().filter(|made| world.may(Some(user), Operation::List, &made.id));
    let rows = visible.filter_map(|made| world.app.block_on(engine.get(made.id)).ok());
    let values = rows.filter_map(|record| Some(value_to_json(&field.ty.kind, &record.value(spec, index).ok()?)));
    let texts = values.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned));
    texts.collect()
}

pub(super) fn relations_ask(world: &World) {
    for (table, relation) in relations_to_this(world) {
        let requires = world.spec().read_requirement(relation.kind.is_to_many());
        let own = table.spec.operation(Operation::List).map(|offered| offered.requires);
        if requires == Requirement::Public || own == Some(requires) {
            continue;
        }
        let mut user = world.all(&world.ada);
        user.permissions.retain(|held| !requires.permissions().contains(&held.as_str()));
        match requires {
            Requirement::Role(role) => user.roles.retain(|held| held != role),
            Requirement::Scope(scope) => user.scopes.retain(|held| held != scope),
            _ => {}
        }
        let base = path_of(&world.app, table.spec, Operation::List, "");
        let filter = world.spec().fields.iter().find(|field| field.filter);
        let filter = filter.map(|field| format!("{base}?{}.{}[ne]=x", relation.json, field.json));
        for path in [Some(format!("{base}?include={}", relation.json)), filter].into_iter().flatten() {
            let answer = world.caller(Some(&user)).get(&path);
            if answer.status < 400 {
                world.found(format!(
                    "GET {path} by a caller without {requires}, which reading {} requires",
                    world.spec().name
                ));
            }
        }
    }
}

/// A row that one read operation hides must be hidden by all read operations; the same for writes.
pub(super) fn agree(world: &World, operations: &[Operation]) {
    let offered: Vec<Operation> = operations.iter().copied().filter(|operation| world.offers(*operation)).collect();
    let Some((first, others)) = offered.split_first() else { return };
    // This calls the policy directly, so it also works for users without permissions: a policy can depend on any permission.
    let users = [&world.ada, &world.bob].into_iter().flat_map(|user| [world.all(user), user.clone()]);
    for user in users.map(Some).chain([None]) {
        for row in &world.rows {
            let may = world.may(user.as_ref(), *first, &row.made.id);
            for other in others {
                if world.may(user.as_ref(), *other, &row.made.id) != may {
                    let (first, other) = (first.name(), other.name());
                    let who = user.as_ref().map_or("nobody", |user| &user.id);
                    let (yes, no) = if may { (first, other) } else { (other, first) };
                    world.found(format!(
                        "the policy of {} allows {who} to access the row {} with `{yes}` but not with `{no}`: one of them is \
                         forgotten in `Policy::rows`",
                        world.spec().type_name,
                        row.made.text
                    ));
                }
            }
        }
    }
}
