//! Resources that change: the migration from what a database has to what resources need leads exactly there, its way back
//! leads exactly back, and rows are kept, on both databases. First changes that somebody has thought of, then random ones.

mod commands;
mod drafts;
mod generated;
mod live;
mod planted;
mod types;

use std::collections::BTreeMap;

use resourceful::schema::{Mode, Plan, PlanOptions, Schema, differences, plan, wanted};

use drafts::{Draft, specs};
use live::Live;

/// Makes the change and takes it back, and compares schemas and rows on the way. Returns the plan.
fn change(live: &Live, before: &[Draft], after: &[Draft], options: &PlanOptions, what: &str) -> Plan {
    live.clear();
    let old = wanted(live.backend(), &specs(before));
    live.execute(&old.statements());
    live.insert_rows(before);
    let found = live.schema();
    assert_equal(&found, &old, &format!("{what}: what was created is not what was read"));
    let rows = live.rows(&found);
    let goal = wanted(live.backend(), &specs(after));
    let plan = plan(&found, &goal, options);
    live.take(&plan.up, &format!("{what}: up"));
    let changed = live.schema();
    let again = resourceful::schema::plan(&changed, &goal, &PlanOptions::default());
    // What would lose something remains different, and nothing else.
    let is_done = again.up.iter().all(|step| step.loses.is_some()) && again.by_hand == plan.by_hand;
    let is_whole = plan.up.iter().all(|step| step.loses.is_none());
    assert!(is_done && (!is_whole || again.changes.is_empty()), "{what}: after it, still {again:#?}");
    if options.destructive {
        assert_equal(&changed, &goal, &format!("{what}: up does not lead to the schema from scratch"));
    }
    assert_kept(&rows, &live.rows(&changed), after, &format!("{what}: up"));
    live.take(&plan.down, &format!("{what}: down"));
    let reverted = live.schema();
    assert_equal(&reverted, &found, &format!("{what}: down does not lead back"));
    let counts =
        |rows: &Rows| rows.iter().map(|(table, columns)| (table.clone(), columns["id"].len())).collect::<Vec<_>>();
    if !options.destructive {
        assert_eq!(counts(&live.rows(&reverted)), counts(&rows), "{what}: down has lost rows");
    }
    plan
}

/// The texts of all values, by table and column, in the order of the ids.
type Rows = BTreeMap<String, BTreeMap<String, Vec<Option<String>>>>;

#[track_caller]
fn assert_equal(one: &Schema, other: &Schema, what: &str) {
    for (one, other) in [(one, other), (other, one)] {
        let found: Vec<String> = differences(one, other, Mode::Exact).iter().map(ToString::to_string).collect();
        assert!(found.is_empty(), "{what}: {found:#?}");
    }
}

/// Every value that there was is there, under its new name, unless its column went or has another type.
#[track_caller]
fn assert_kept(before: &Rows, now: &Rows, after: &[Draft], what: &str) {
    for (table, columns) in before {
        let draft = after.iter().find(|draft| draft.name == *table || draft.was.as_ref() == Some(table));
        let name = draft.map_or(table, |draft| &draft.name);
        let Some(own) = now.get(name) else { continue };
        for (column, values) in columns {
            let field = draft.and_then(|draft| {
                draft.fields.iter().find(|field| field.name == *column || field.was.as_ref() == Some(column))
            });
            let Some(found) = own.get(field.map_or(column, |field| &field.name)) else { continue };
            assert_eq!(found.len(), values.len(), "{what}: rows of {name}");
            let is_retyped = field.is_some_and(|field| field.is_retyped);
            for (old, new) in values.iter().zip(found).filter(|(old, _)| !is_retyped && old.is_some()) {
                assert_eq!(old, new, "{what}: {name}.{column}");
            }
        }
    }
}
