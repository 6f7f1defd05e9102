//! Computed fields: whether they show the value of a field that the caller may not read.

use sea_orm::ConnectionTrait;
use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use serde_json::Value;

use super::world::{World, what};
use crate::actor::CurrentUser;
use crate::resource::sample;
use crate::resource::{FieldValue, json_to_value, null_of};
use crate::spec::{FieldSpec, Operation};

/// How many other values of a protected field are tried.
const VALUES: usize = 6;

/// Changes each protected field, and checks whether a computed field changes with it for a user who may not read the
/// protected field.
pub(super) fn guarded(world: &World) {
    let spec = world.spec();
    let offers = |operation: &Operation| world.offers(*operation);
    let Some(operation) = [Operation::Get, Operation::SelfGet].into_iter().find(offers) else { return };
    let row = &world.rows[0].made;
    let is_required =
        |permission: &str| spec.operations.iter().any(|offered| offered.requires.permissions().contains(&permission));
    let shown = |user: &CurrentUser| world.send(Some(user), operation, &row.text, None).json();
    for computed in spec.computed {
        if let Some(permission) = computed.read.filter(|permission| !is_required(permission))
            && shown(&without(world, permission)).get(computed.json).is_some()
        {
            let what = what(world, None, operation, &row.text);
            world.found(format!("{what} without {permission} shows `{}`, which requires it", computed.json));
        }
    }
    for (index, field) in spec.fields.iter().enumerate() {
        let Some(permission) = field.read.filter(|permission| !is_required(permission)) else { continue };
        let user = without(world, permission);
        let before = shown(&user);
        let stored: Vec<Value> = spec.computed.iter().map(|computed| before[computed.json].clone()).collect();
        for value in others(world, index, field) {
            set(world, field, &row.id, value);
            let now = shown(&user);
            for (computed, before) in spec.computed.iter().zip(&stored) {
                if now[computed.json] != *before {
                    world.found(format!(
                        "`{}` shows the value of `{}` to a caller without {permission}: it is computed from it, but has \
                        neither `read = \"{permission}\"` nor another permission that the caller lacks",
                        computed.json, field.json
                    ));
                    return;
                }
            }
        }
    }
}

fn without(world: &World, permission: &str) -> CurrentUser {
    let mut user = world.all(&world.ada);
    user.permissions.retain(|held| held != permission);
    user
}

/// Other values of the field.
fn others(world: &World, index: usize, field: &FieldSpec) -> Vec<FieldValue> {
    let kind = &field.ty.kind;
    let numbered = (0..VALUES).flat_map(|number| sample::values(world.spec(), index, 1_000 + number * 37));
    let mut all: Vec<FieldValue> = numbered.filter_map(|value| json_to_value(kind, value).ok()).collect();
    if field.ty.nullable {
        all.push(null_of(kind));
    }
    all
}

/// Writes a value into a row directly in the database. If the database refuses the value, nothing changes.
fn set(world: &World, field: &FieldSpec, id: &FieldValue, value: FieldValue) {
    let mut update = Query::update();
    let of_row = Expr::col(Alias::new(world.spec().id_field().column)).eq(Expr::val(id.clone()));
    update.table(Alias::new(world.spec().table)).value(Alias::new(field.column), Expr::val(value)).and_where(of_row);
    let _ = world.app.block_on(world.app.ctx().db().execute(&update));
}
