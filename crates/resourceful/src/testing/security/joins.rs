//! What a policy says for itself: rows that can be written and not read, and joins that forget the user.

use std::collections::BTreeSet;

use serde_json::Map;

use super::world::World;
use crate::actor::CurrentUser;
use crate::resource::{FieldValue, ResourceTable, value_to_json};
use crate::spec::{FieldSpec, Operation, RelationKind, Target};
use crate::testing::fixtures::Variation;

/// The operations on rows that exist, as a policy is asked about them.
fn asked(world: &World, writes: bool) -> impl Iterator<Item = Operation> {
    let offered = world.spec().operations.iter().map(|offered| offered.operation);
    offered.filter(move |operation| operation.is_write() == writes && !operation.creates())
}

/// Whoever may change or delete a row may read it: a policy that is narrow for reads only has forgotten the others.
pub(super) fn written_but_not_read(world: &World) {
    for user in [&world.ada, &world.bob].into_iter().flat_map(|user| [world.all(user), user.clone()]) {
        for row in &world.rows {
            for write in asked(world, true).filter(|operation| operation.target() == Target::Item) {
                let mut reads = asked(world, false).filter(|read| read.is_self() == write.is_self()).peekable();
                if reads.peek().is_none() || !world.may(Some(&user), write, &row.made.id) {
                    continue;
                }
                if !reads.any(|read| world.may(Some(&user), read, &row.made.id)) {
                    world.found(format!(
                        "the policy of {} lets {} reach the row {} by `{}` and by no way of reading: is the operation \
                         forgotten in `Policy::rows`? Who means it says \
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
    let of = |table: &&'static ResourceTable| {
        let spec = table.spec;
        let relations = spec.relations.iter().filter(|relation| (relation.target)().table == world.spec().table);
        let fields = relations.filter_map(move |relation| match relation.kind {
            RelationKind::BelongsTo { field, .. } => Some(spec.field(field)?.1),
            _ => None,
        });
        fields.map(|field| (*table, field)).collect::<Vec<_>>()
    };
    world.tables.iter().flat_map(of).collect()
}

/// The rules by which the user may touch the row.
fn matching(world: &World, user: &CurrentUser, operation: Operation, id: &FieldValue) -> BTreeSet<&'static str> {
    let rules = world.decide(world.table, Some(user), operation, id).and_then(|decision| decision.policy);
    rules.into_iter().flatten().filter(|rule| rule.matches == Some(true)).map(|rule| rule.name).collect()
}

/// A row of another resource that names somebody opens a row to them. One that opens it to somebody else was joined
/// without asking for the user.
pub(super) fn forgotten_users(world: &World) {
    if world.table.policy.is_none() {
        return;
    }
    let (ada, stranger) = (world.ada.clone(), world.stranger());
    let operations: Vec<Operation> =
        asked(world, false).chain(asked(world, true)).filter(|operation| !operation.is_self()).collect();
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
        // A row of its own each time, so that one join shows at a time.
        let Some(made) = world.try_make(world.table, &world.bob, &Map::new()) else { continue };
        let before: Vec<_> =
            operations.iter().map(|operation| matching(world, &stranger, *operation, &made.id)).collect();
        let id = value_to_json(&world.spec().id_field().ty.kind, &made.id);
        let changes = Map::from_iter([(field.json.to_owned(), id)]);
        // It names Ada, wherever text is free and people are referred to.
        if world.try_make_as(table, &ada, Variation::Naming, &changes).is_none() {
            world.not_tested(format!(
                "rules of the policy of {} that look into {}: no row of it can be made that refers to one by `{}`",
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
                    "the rule `{rule}` of the policy of {} opens the row {} to anybody by `{}` once a row of {} refers to \
                     it, whoever that one names: does the rule forget the user?",
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
                "the rule `{rule}` of the policy of {}: no row that could be made matches it",
                world.spec().type_name
            ));
        }
    }
}
