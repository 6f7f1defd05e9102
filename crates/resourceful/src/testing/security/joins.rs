//! Checks of a policy alone: rows that can be written but not read, and joins without a condition on the user.

use std::collections::BTreeSet;

use serde_json::Map;

use super::world::World;
use crate::actor::CurrentUser;
use crate::resource::{FieldValue, ResourceTable, value_to_json};
use crate::spec::{FieldSpec, Operation, RelationKind, Target};
use crate::testing::fixtures::Variation;

/// The operations on existing rows for which the policy is called.
fn item_operations(world: &World, writes: bool) -> impl Iterator<Item = Operation> {
    let offered = world.spec().operations.iter().map(|offered| offered.operation);
    offered.filter(move |operation| operation.is_write() == writes && !operation.creates())
}

/// A user who may change or delete a row must be able to read it. Otherwise the policy restricts reads only, and probably
/// an operation was forgotten.
pub(super) fn written_but_not_read(world: &World) {
    for user in [&world.ada, &world.bob].into_iter().flat_map(|user| [world.all(user), user.clone()]) {
        for row in &world.rows {
            for write in item_operations(world, true).filter(|operation| operation.target() == Target::Item) {
                let mut reads =
                    item_operations(world, false).filter(|read| read.is_self() == write.is_self()).peekable();
                if reads.peek().is_none() || !world.may(Some(&user), write, &row.made.id) {
                    continue;
                }
                if !reads.any(|read| world.may(Some(&user), read, &row.made.id)) {
                    world.found(format!(
                        "the policy of {} allows {} to access the row {} with `{}`, but with no read operation: check whether \
                        `Policy::rows` forgets the operation. If this is intended, write \
                        `suite = |suite| suite.without(\"what_can_be_written_can_be_read\")`",
                        world.spec().type_name,
                        user.id,
                        row.made.text,
                        write.name()
                    ));
                }
            }
        }
    }
}

/// The fields of other resources, or of its own, that refer to this one.
fn referring(world: &World) -> Vec<(&'static ResourceTable, &'static FieldSpec)> {
    let fields_of = |table: &&'static ResourceTable| {
        let spec = table.spec;
        let relations = spec.relations.iter().filter(|relation| (relation.target)().table == world.spec().table);
        let fields = relations.filter_map(move |relation| match relation.kind {
            RelationKind::BelongsTo { field, .. } => Some(spec.field(field)?.1),
            _ => None,
        });
        fields.map(|field| (*table, field)).collect::<Vec<_>>()
    };
    world.tables.iter().flat_map(fields_of).collect()
}

/// The rules of the policy by which the user may access the row.
fn matching(world: &World, user: &CurrentUser, operation: Operation, id: &FieldValue) -> BTreeSet<&'static str> {
    let rules = world.decide(world.table, Some(user), operation, id).and_then(|decision| decision.policy);
    rules.into_iter().flatten().filter(|rule| rule.matches == Some(true)).map(|rule| rule.name).collect()
}

/// A policy by join grants a user access to a row because a row of another resource refers to the user. If such a row
/// grants access to a different user, the join lacks a condition on the user.
pub(super) fn forgotten_users(world: &World) {
    if world.table.policy.is_none() {
        return;
    }
    let (ada, stranger) = (world.ada.clone(), world.stranger());
    let operations: Vec<Operation> = item_operations(world, false)
        .chain(item_operations(world, true))
        .filter(|operation| !operation.is_self())
        .collect();
    let mut tried: BTreeSet<&str> = BTreeSet::new();
    let rules = |user: &CurrentUser, operation: Operation| -> BTreeSet<&'static str> {
        let some = &world.rows[0].made.id;
        let rules = world.decide(world.table, Some(user), operation, some).and_then(|decision| decision.policy);
        rules.into_iter().flatten().map(|rule| rule.name).collect()
    };
    for operation in &operations {
        for row in &world.rows {
            tried.extend(matching(world, &ada, *operation, &row.made.id));
            tried.extend(matching(world, &world.bob, *operation, &row.made.id));
        }
    }
    for (table, field) in referring(world) {
        // A new row each time, so that each join is tested alone.
        let Some(made) = world.try_make(world.table, &world.bob, &Map::new()) else { continue };
        let before: Vec<_> =
            operations.iter().map(|operation| matching(world, &stranger, *operation, &made.id)).collect();
        let id = value_to_json(&world.spec().id_field().ty.kind, &made.id);
        let changes = Map::from_iter([(field.json.to_owned(), id)]);
        // It contains Ada's id in all text fields without rules and in all references to users.
        if world.try_make_as(table, &ada, Variation::Naming, &changes).is_none() {
            world.not_tested(format!(
                "rules of the policy of {} that depend on {}: no row of it can be created that refers to one by `{}`",
                world.spec().type_name,
                table.spec.type_name,
                field.name
            ));
            continue;
        }
        for (operation, before) in operations.iter().zip(before) {
            tried.extend(matching(world, &ada, *operation, &made.id));
            let opened = matching(world, &stranger, *operation, &made.id);
            if let Some(rule) = opened.difference(&before).next() {
                world.found(format!(
                    "the rule `{rule}` of the policy of {} grants every user access to the row {} with `{}` as soon as a row of \
                    {} refers to it, even if that row names another user: check whether the rule forgets the user",
                    world.spec().type_name,
                    made.text,
                    operation.name(),
                    table.spec.type_name
                ));
            }
        }
    }
    for operation in &operations {
        for rule in rules(&ada, *operation).difference(&tried) {
            world.not_tested(format!(
                "the rule `{rule}` of the policy of {}: no created row matches it",
                world.spec().type_name
            ));
        }
    }
}
