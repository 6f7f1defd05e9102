//! `security_suite!` finds data leaks: through references, joins, computed fields, and policies that depend on what the
//! caller holds.

use resourceful::internals::resource::{PolicyFn, ResourceTable, RowRule, RowSet};
use resourceful::prelude::*;
use resourceful::sea_orm::ColumnTrait;
use resourceful::sea_orm::sea_query::IntoCondition;
use resourceful::serde_json::json;
use resourceful::spec::{OwnerSpec, RelationKind};
use resourceful::testing::security::Suite;

use crate::resources::{
    Document, Dossier, Label, Labelling, Letter, Member, Remark, Share, Ware, dossier, letter, shared,
};
use crate::suite_finds_access_flaws::{Flaw, Served, find, flaw, letters, served};

/// Every flaw.
pub(crate) fn all() -> Vec<Flaw> {
    [references(), computed(), writes_wider_than_reads(), joins(), permissions()].into_iter().flatten().collect()
}

/// References to any existing row.
fn any(served: &mut Served) {
    for relation in &mut served.relations {
        if let RelationKind::BelongsTo { any, .. } = &mut relation.kind {
            *any = true;
        }
    }
}

fn references() -> Vec<Flaw> {
    let caught_by = &["references_to_hidden_rows_look_like_missing_ones"];
    let shares = served::<Share>(any);
    let shares = Suite::of::<Share>().app(move |app| app.table(shares).resource::<Dossier>());
    let remarks = served::<Remark>(any);
    let remarks = Suite::of::<Remark>().app(move |app| {
        app.table(remarks).resource::<Document>().resource::<Member>().resource::<Label>().resource::<Labelling>()
    });
    // The owner of a label is in another field of its document, so that the statement itself reveals the row first.
    let labellings = served::<Labelling>(|served| {
        any(served);
        served.owner = Some(OwnerSpec { path: &["document", "source"] });
    });
    let labellings = Suite::of::<Labelling>()
        .app(move |app| {
            app.table(labellings).resource::<Document>().resource::<Member>().resource::<Label>().resource::<Remark>()
        })
        .fixture_of::<Document>(|_| json!({"source": "auth0|ada"}));
    vec![
        flaw("hidden rows can be referred to", shares, caught_by),
        flaw("the caller's own rows can refer to hidden rows", remarks, caught_by),
        flaw("a unique value tells what a foreign parent holds", labellings, caught_by),
    ]
}

fn computed() -> Vec<Flaw> {
    let caught_by = &["computed_fields_show_nothing_guarded"];
    let open = || served::<Ware>(|served| served.computed.iter_mut().for_each(|field| field.read = None));
    let table = open();
    vec![
        flaw(
            "a computed field's permission is not asked",
            Suite::of::<Ware>().app(move |app| app.table(table)),
            caught_by,
        ),
        flaw("a computed field is said to be open and shows a guarded one", Suite::of_table(open()), caught_by),
    ]
}

/// The policy of a resource, as it should be.
fn policy<R: Resource>(user: Option<&CurrentUser>, operation: Operation) -> RowSet {
    R::TABLE.policy.map_or(RowSet::All, |policy| policy(user, operation))
}

fn of_policy<R: Resource>(policy: PolicyFn) -> &'static ResourceTable {
    served::<R>(|served| served.table.policy = Some(policy))
}

fn writes_wider_than_reads() -> Vec<Flaw> {
    let deletes: PolicyFn = |user, operation| match operation {
        Operation::Delete => RowSet::All,
        _ => policy::<Letter>(user, operation),
    };
    let changes: PolicyFn = |user, operation| match operation {
        Operation::Update | Operation::Patch => RowSet::All,
        _ => policy::<Letter>(user, operation),
    };
    let all: PolicyFn = |user, operation| match operation {
        _ if operation.is_write() => RowSet::All,
        _ => policy::<Letter>(user, operation),
    };
    let caught_by = &["what_can_be_written_can_be_read"];
    vec![
        flaw("all rows can be deleted and few read", Suite::of_table(of_policy::<Letter>(deletes)), caught_by),
        flaw("all rows can be changed and few read", Suite::of_table(of_policy::<Letter>(changes)), caught_by),
        flaw("all rows can be written and few read", Suite::of_table(of_policy::<Letter>(all)), caught_by),
    ]
}

/// The writer's rows, and those that all callers may read.
fn forgetful(user: Option<&CurrentUser>) -> RowSet {
    let Some(user) = user else { return RowSet::None };
    let rule = |name, condition| RowRule { name, condition };
    RowSet::Where(vec![
        rule("writer", dossier::Column::Writer.eq(&user.id).into_condition()),
        rule("shared", dossier::Column::Id.in_subquery(shared(None)).into_condition()),
    ])
}

fn joins() -> Vec<Flaw> {
    let reads: PolicyFn =
        |user, operation| if operation.is_write() { policy::<Dossier>(user, operation) } else { forgetful(user) };
    let changes: PolicyFn = |user, operation| match operation {
        Operation::Update | Operation::Patch => forgetful(user),
        _ => policy::<Dossier>(user, operation),
    };
    let everywhere: PolicyFn = |user, _| forgetful(user);
    let caught_by = &["joined_rows_open_rows_to_whom_they_name"];
    vec![
        flaw("a join forgets the user in all reads", Suite::of_table(of_policy::<Dossier>(reads)), caught_by),
        flaw("a join forgets the user in changes", Suite::of_table(of_policy::<Dossier>(changes)), caught_by),
        flaw("a join forgets the user everywhere", Suite::of_table(of_policy::<Dossier>(everywhere)), caught_by),
    ]
}

/// All rows for callers who hold the permission that the resource requires in any case.
fn branching(user: Option<&CurrentUser>, operation: Operation) -> RowSet {
    match user {
        Some(user) if user.has_permission("letters:delete") => RowSet::All,
        _ => policy::<Letter>(user, operation),
    }
}

fn permissions() -> Vec<Flaw> {
    let forgets: PolicyFn = |user, operation| match operation {
        Operation::Search => RowSet::All,
        _ => branching(user, operation),
    };
    let deaf: PolicyFn = |user, operation| match operation {
        Operation::Patch => RowSet::All,
        _ => branching(user, operation),
    };
    let declared = of_policy::<Letter>(branching);
    let (searched, patched) = (of_policy::<Letter>(forgets), of_policy::<Letter>(deaf));
    vec![
        flaw(
            "a policy that branches on a permission forgets search",
            Suite::of_table(of_policy::<Letter>(forgets)),
            &["ways_of_reading_agree"],
        ),
        flaw(
            "a policy that branches on a permission forgets patch",
            Suite::of_table(of_policy::<Letter>(deaf)),
            &["ways_of_writing_agree", "what_can_be_written_can_be_read"],
        ),
        flaw(
            "a policy that branches on a permission is not asked for search",
            Suite::of_table(declared).app(move |app| app.table(searched)),
            &["search_shows_permitted_rows_only"],
        ),
        flaw(
            "a policy that branches on a permission is not asked for patch",
            Suite::of_table(declared).app(move |app| app.table(patched)),
            &["patch_spares_foreign_rows"],
        ),
    ]
}

#[test]
fn flaws_in_references_are_found() {
    find(references());
}

#[test]
fn flaws_in_computed_fields_are_found() {
    find(computed());
}

#[test]
fn policies_that_are_wider_for_writes_are_found() {
    find(writes_wider_than_reads());
}

#[test]
fn joins_that_ignore_the_user_are_found() {
    find(joins());
}

#[test]
fn policies_that_depend_on_a_permission_are_tested_without_it() {
    find(permissions());
    assert_eq!(Suite::of_table(of_policy::<Letter>(branching)).run(), [], "branching alone is not a flaw");
}

#[test]
fn correct_resources_pass() {
    for check in all().iter().flat_map(|flaw| flaw.caught_by).collect::<std::collections::BTreeSet<_>>() {
        Suite::of::<Dossier>().check(check);
        Suite::of::<Share>().check(check);
        Suite::of::<Ware>().check(check);
    }
}

#[test]
fn untestable_cases_are_reported_by_name() {
    const JOINS: &str = "joined_rows_open_rows_to_whom_they_name";
    assert_eq!(Suite::of::<Dossier>().untested(JOINS), [] as [String; 0], "the rule `shared` is tried");
    let unreachable: PolicyFn = |user, operation| match policy::<Letter>(user, operation) {
        RowSet::Where(mut rules) => {
            let condition = letter::Column::Title.eq("no letter has this title").into_condition();
            rules.push(RowRule { name: "of-nobody", condition });
            RowSet::Where(rules)
        }
        all => all,
    };
    let untested = Suite::of_table(of_policy::<Letter>(unreachable)).untested(JOINS);
    assert!(untested.len() == 1 && untested[0].contains("`of-nobody` of the policy of Letter"), "{untested:?}");
    let left_out = letters(|_| {}).without(JOINS).untested(JOINS);
    assert!(left_out[0].contains(JOINS), "{left_out:?}");
}
