//! Holes, planted one at a time: the resource is served otherwise than it is declared, or its policy forgets something.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use resourceful::prelude::*;
use resourceful::resource::{PolicyFn, RelationFns, ResourceTable, RowSet};
use resourceful::serde_json::json;
use resourceful::spec::{
    ComputedSpec, FieldAccess, FieldRole, FieldSpec, Operation, OperationSpec, OwnerSpec, RelationSpec, Requirement,
};
use resourceful::testing::security::{Suite, checks};

use crate::resources::{Document, Label, Labelling, Letter, Member, Remark};

/// A hole: what is wrong, how it is tested, and the checks that must find it.
pub(crate) struct Hole {
    name: String,
    suite: Suite,
    pub(crate) caught_by: &'static [&'static str],
}

/// A resource as it is served: its parts, to be changed.
pub(crate) struct Served {
    pub(crate) table: ResourceTable,
    fields: Vec<FieldSpec>,
    operations: Vec<OperationSpec>,
    pub(crate) owner: Option<OwnerSpec>,
    pub(crate) relations: Vec<RelationSpec>,
    pub(crate) computed: Vec<ComputedSpec>,
}

impl Served {
    fn field(&mut self, name: &str) -> &mut FieldSpec {
        self.fields.iter_mut().find(|field| field.name == name).expect("a field")
    }

    fn operation(&mut self, operation: Operation) -> &mut OperationSpec {
        self.operations.iter_mut().find(|offered| offered.operation == operation).expect("an operation")
    }
}

pub(crate) fn served<R: Resource>(change: impl FnOnce(&mut Served)) -> &'static ResourceTable {
    let (table, spec) = (*R::TABLE, *R::spec());
    let mut served = Served {
        table,
        fields: spec.fields.to_vec(),
        operations: spec.operations.to_vec(),
        owner: spec.owner,
        relations: spec.relations.to_vec(),
        computed: spec.computed.to_vec(),
    };
    change(&mut served);
    let Served { mut table, fields, operations, owner, relations, computed } = served;
    let mut spec = spec;
    spec.fields = fields.leak();
    spec.operations = operations.leak();
    spec.owner = owner;
    spec.relations = relations.leak();
    spec.computed = computed.leak();
    table.spec = Box::leak(Box::new(spec));
    Box::leak(Box::new(table))
}

/// A suite of documents, of which this is served.
fn documents(change: impl FnOnce(&mut Served)) -> Suite {
    let table = served::<Document>(change);
    Suite::of::<Document>().app(move |app| {
        app.table(table).resource::<Member>().resource::<Remark>().resource::<Label>().resource::<Labelling>()
    })
}

pub(crate) fn letters(change: impl FnOnce(&mut Served)) -> Suite {
    let table = served::<Letter>(change);
    Suite::of::<Letter>().app(move |app| app.table(table))
}

pub(crate) fn hole(name: impl Into<String>, suite: Suite, caught_by: &'static [&'static str]) -> Hole {
    Hole { name: name.into(), suite, caught_by }
}

/// Nothing is asked.
fn open_operations() -> Vec<Hole> {
    let caught_by = |operation| -> &'static [&'static str] {
        match operation {
            Operation::Get | Operation::List | Operation::Count => &[
                "every_operation_refuses_without_a_token",
                "every_operation_refuses_without_its_permission",
                "head_is_guarded_like_get",
                "the_document_tells_what_is_asked",
            ],
            _ => &["every_operation_refuses_without_a_token", "every_operation_refuses_without_its_permission"],
        }
    };
    let open = |operation: Operation| {
        let suite = documents(|served| served.operation(operation).requires = Requirement::Public);
        hole(format!("{} is public", operation.name()), suite, caught_by(operation))
    };
    Operation::ALL.into_iter().map(open).collect()
}

/// Something else is asked: what a colleague holds, one of two, or what opens own rows alone.
fn mistaken_permissions() -> Vec<Hole> {
    let mut holes = Vec::new();
    for operation in Operation::ALL {
        let other = documents(|served| served.operation(operation).requires = Requirement::Permission("remarks:read"));
        let caught_by = &["every_operation_refuses_without_its_permission", "its_permission_opens_each_operation"];
        holes.push(hole(format!("{} asks for another permission", operation.name()), other, caught_by));
        if !operation.is_self() {
            let own = match operation.permission_suffix() {
                "read" => "documents:read:self",
                "write" => "documents:write:self",
                _ => "documents:delete:self",
            };
            let own = documents(|served| served.operation(operation).requires = Requirement::Permission(own));
            let name = format!("the self permission opens {}", operation.name());
            holes.push(hole(name, own, &["self_permissions_open_own_rows_only"]));
        }
    }
    let any = documents(|served| {
        served.operation(Operation::Delete).requires = Requirement::Any(&["documents:delete", "documents:write"]);
    });
    holes.push(hole("a second permission deletes", any, &["every_operation_refuses_without_its_permission"]));
    holes
}

/// A policy that forgets one operation.
macro_rules! forgetting {
    ($resource:ty: $($operation:ident)*) => {
        [$((Operation::$operation, {
            fn rows(user: Option<&CurrentUser>, operation: Operation) -> RowSet {
                let policy = <$resource as Resource>::TABLE.policy.expect("a policy");
                if operation == Operation::$operation { RowSet::All } else { policy(user, operation) }
            }
            rows as PolicyFn
        })),*]
    };
}

fn forgetful_policies() -> Vec<Hole> {
    let all = forgetting!(Letter: List Count Search Get Create BulkCreate Update Patch Delete
        SelfList SelfCreate SelfGet SelfUpdate SelfPatch SelfDelete);
    let forget = |(operation, policy): (Operation, PolicyFn)| {
        let caught_by: &'static [&'static str] = match operation {
            Operation::List => &[
                "list_shows_permitted_rows_only",
                "count_counts_permitted_rows_only",
                "filters_find_permitted_rows_only",
                "orders_show_permitted_rows_only",
                "words_find_permitted_rows_only",
                "pages_show_permitted_rows_only",
            ],
            Operation::Count => &["count_counts_permitted_rows_only"],
            Operation::Search => &["search_shows_permitted_rows_only"],
            Operation::Get => &["get_hides_foreign_rows", "foreign_rows_look_like_missing_ones"],
            Operation::Create => &["create_makes_own_rows_only"],
            Operation::BulkCreate => &["bulk_create_makes_own_rows_only"],
            Operation::Update => &["update_spares_foreign_rows", "update_moves_no_row_away"],
            Operation::Patch => &["patch_spares_foreign_rows", "patch_moves_no_row_away"],
            Operation::Delete => &["delete_spares_foreign_rows"],
            Operation::SelfList => &["self_list_shows_own_rows_only"],
            Operation::SelfCreate => &["self_create_makes_own_rows_only"],
            Operation::SelfGet => &["self_get_hides_foreign_rows"],
            Operation::SelfUpdate => &["self_update_spares_foreign_rows", "self_update_moves_no_row_away"],
            Operation::SelfPatch => &["self_patch_spares_foreign_rows", "self_patch_moves_no_row_away"],
            Operation::SelfDelete => &["self_delete_spares_foreign_rows"],
        };
        let name = format!("the policy is not asked for {}", operation.name());
        hole(name, letters(|served| served.table.policy = Some(policy)), caught_by)
    };
    all.into_iter().map(forget).collect()
}

/// A policy whose author has forgotten one operation: what is declared is what is served, and does not agree with itself.
fn policies_at_odds() -> Vec<Hole> {
    let of = |(operation, policy): (Operation, PolicyFn)| {
        let table = served::<Letter>(|served| served.table.policy = Some(policy));
        let caught_by: &'static [&'static str] =
            if operation.is_write() { &["ways_of_writing_agree"] } else { &["ways_of_reading_agree"] };
        let name = format!("the policy's author has forgotten {}", operation.name());
        hole(name, Suite::of_table(table), caught_by)
    };
    let all =
        forgetting!(Letter: List Count Search Get SelfGet SelfList Update Patch SelfUpdate SelfPatch Create BulkCreate);
    all.into_iter().map(of).collect()
}

/// The other end of a relation, as it is served.
static OTHER_END: OnceLock<&'static ResourceTable> = OnceLock::new();
static OPEN_END: OnceLock<&'static ResourceTable> = OnceLock::new();

fn relations() -> Vec<Hole> {
    let (listed, policy) = forgetting!(Document: List)[0];
    assert_eq!(listed, Operation::List);
    let other_end = OTHER_END.get_or_init(|| served::<Document>(|served| served.table.policy = Some(policy)));
    let open_end = OPEN_END.get_or_init(|| {
        served::<Document>(|served| {
            served.operation(Operation::Get).requires = Requirement::Public;
            served.operation(Operation::List).requires = Requirement::Public;
        })
    });
    // Remarks and members lead to documents that are not guarded there.
    let leading = |end: fn() -> &'static ResourceTable| {
        let to_end = |of: &'static [RelationFns]| -> &'static [RelationFns] {
            let is_document = |other: &RelationFns| (other.target)().spec.table == Document::spec().table;
            let led =
                of.iter().map(|other| if is_document(other) { RelationFns { target: end, ..*other } } else { *other });
            led.collect::<Vec<_>>().leak()
        };
        let remarks = served::<Remark>(|served| served.table.relations = to_end(served.table.relations));
        let members = served::<Member>(|served| served.table.relations = to_end(served.table.relations));
        Suite::of::<Document>().app(move |app| {
            app.resource::<Document>().table(members).table(remarks).resource::<Label>().resource::<Labelling>()
        })
    };
    assert!(!std::ptr::eq(*other_end, *open_end));
    vec![
        hole(
            "the policy is not asked for related rows",
            leading(|| OTHER_END.get().expect("set above")),
            &["includes_show_permitted_rows_only", "related_filters_tell_nothing_of_hidden_rows"],
        ),
        hole(
            "related rows ask for no permission",
            leading(|| OPEN_END.get().expect("set above")),
            &["relations_ask_for_their_permission"],
        ),
    ]
}

fn owners() -> Vec<Hole> {
    let writable = documents(|served| served.field("author_id").write = Some("documents:write"));
    let elsewhere = documents(|served| served.owner = Some(OwnerSpec { path: &["source"] }));
    // Every row names Ada there, Bob's too.
    let elsewhere = elsewhere.fixture(|_| json!({"source": "auth0|ada"}));
    let members = served::<Member>(|served| served.owner = Some(OwnerSpec { path: &["name"] }));
    let members = Suite::of::<Member>()
        .app(move |app| {
            app.table(members).resource::<Document>().resource::<Remark>().resource::<Label>().resource::<Labelling>()
        })
        .fixture(|_| json!({"name": "auth0|ada"}));
    let named = served::<Member>(|served| served.field("id").write = Some("members:write"));
    let named = Suite::of::<Member>().app(move |app| {
        app.table(named).resource::<Document>().resource::<Remark>().resource::<Label>().resource::<Labelling>()
    });
    vec![
        hole(
            "anybody makes the row whose id is somebody else",
            named,
            &["create_takes_no_other_fields", "bulk_create_takes_no_other_fields"],
        ),
        hole(
            "the owner can be written",
            writable,
            &[
                "create_takes_no_other_fields",
                "bulk_create_takes_no_other_fields",
                "update_takes_no_other_fields",
                "patch_takes_no_other_fields",
            ],
        ),
        hole(
            "own rows are told by a field that anybody writes",
            elsewhere,
            &["self_list_shows_own_rows_only", "self_get_hides_foreign_rows"],
        ),
        hole(
            "accounts are told by their name",
            members,
            &[
                "self_list_shows_own_rows_only",
                "self_get_hides_foreign_rows",
                "self_delete_spares_foreign_rows",
                "self_update_spares_foreign_rows",
                "self_patch_spares_foreign_rows",
            ],
        ),
    ]
}

fn fields() -> Vec<Hole> {
    let hidden = |change: fn(&mut FieldSpec)| {
        documents(|served| {
            let field = served.field("access_key");
            field.access = FieldAccess::ReadOnly;
            change(field);
        })
    };
    vec![
        hole(
            "a hidden field is shown",
            hidden(|_| {}),
            &["hidden_fields_are_in_no_answer", "hidden_fields_cannot_be_selected"],
        ),
        hole(
            "a hidden field can be filtered by",
            hidden(|field| field.filter = true),
            &["hidden_fields_cannot_be_filtered_by"],
        ),
        hole(
            "a hidden field can be sorted by",
            hidden(|field| field.sort = true),
            &["hidden_fields_cannot_be_ordered_by"],
        ),
        hole(
            "a hidden field can be searched",
            hidden(|field| field.search = true),
            &["hidden_fields_cannot_be_searched"],
        ),
        hole(
            "a field that is only written is shown",
            documents(|served| served.field("pin").access = FieldAccess::Normal),
            &["hidden_fields_are_in_no_answer"],
        ),
        hole(
            "a hidden field can be written",
            documents(|served| served.field("access_key").access = FieldAccess::WriteOnly),
            &["create_takes_no_other_fields", "update_takes_no_other_fields", "patch_takes_no_other_fields"],
        ),
        hole(
            "a field's permission is not asked for reading",
            documents(|served| served.field("fee").read = None),
            &["guarded_fields_are_shown_to_holders_only", "guarded_fields_are_queried_by_holders_only"],
        ),
        hole(
            "words look into a field that asks for a permission",
            documents(|served| served.field("contract").read = None),
            &["guarded_fields_are_queried_by_holders_only"],
        ),
        hole(
            "a field's permission is not asked for writing",
            documents(|served| served.field("fee").write = None),
            &["guarded_fields_are_written_by_holders_only"],
        ),
        hole(
            "a field of the server can be written",
            documents(|served| served.field("views").access = FieldAccess::Normal),
            &[
                "create_takes_no_other_fields",
                "bulk_create_takes_no_other_fields",
                "self_create_takes_no_other_fields",
                "update_takes_no_other_fields",
                "patch_takes_no_other_fields",
                "self_update_takes_no_other_fields",
                "self_patch_takes_no_other_fields",
            ],
        ),
        hole(
            "a field of new rows can be changed",
            documents(|served| served.field("source").access = FieldAccess::Normal),
            &["update_takes_no_other_fields", "self_patch_takes_no_other_fields"],
        ),
        hole(
            "the time of creation can be written",
            documents(|served| served.field("created_at").role = FieldRole::Plain),
            &["create_takes_no_other_fields", "patch_takes_no_other_fields"],
        ),
        hole(
            "a field answers to a second name",
            documents(|served| served.field("text").json = "Text"),
            &["create_takes_no_other_fields"],
        ),
    ]
}

pub(crate) fn find(holes: Vec<Hole>) -> BTreeSet<&'static str> {
    let mut missed = Vec::new();
    let mut caught = BTreeSet::new();
    for Hole { name, suite, caught_by } in &holes {
        for check in *caught_by {
            let findings = suite.find(check);
            match findings.first() {
                Some(finding) => {
                    println!("{name}: {check}: {}", finding.message);
                    assert!(findings.iter().all(|finding| finding.check == *check));
                    caught.insert(*check);
                }
                None => missed.push(format!("{check} does not find that {name}")),
            }
        }
    }
    assert!(missed.is_empty(), "{missed:#?}");
    caught
}

#[test]
fn open_operations_are_found() {
    let holes = open_operations();
    assert_eq!(holes.len(), 15);
    find(holes);
}

#[test]
fn mistaken_permissions_are_found() {
    let holes = mistaken_permissions();
    assert_eq!(holes.len(), 15 + 9 + 1);
    find(holes);
}

#[test]
fn policies_that_are_not_asked_are_found() {
    let holes = forgetful_policies();
    assert_eq!(holes.len(), 15);
    find(holes);
}

#[test]
fn policies_at_odds_with_themselves_are_found() {
    let holes = policies_at_odds();
    assert_eq!(holes.len(), 12);
    find(holes);
}

#[test]
fn holes_in_relations_are_found() {
    find(relations());
}

#[test]
fn holes_in_ownership_are_found() {
    find(owners());
}

#[test]
fn holes_in_fields_are_found() {
    find(fields());
}

/// Checks that only a mistake of the framework itself could fail: nothing that a resource says makes one.
const OF_THE_FRAMEWORK: [&str; 6] = [
    "every_operation_refuses_bad_tokens",
    "hand_written_endpoints_refuse_strangers",
    "methods_cannot_be_overridden",
    "machines_own_nothing",
    "bulk_create_is_all_or_nothing",
    "cursors_are_for_one_caller",
];

#[test]
fn every_check_finds_something() {
    let all = [
        open_operations(),
        mistaken_permissions(),
        forgetful_policies(),
        policies_at_odds(),
        relations(),
        owners(),
        fields(),
        crate::leaks::all(),
    ];
    let planted: BTreeSet<&str> = all.iter().flatten().flat_map(|hole| hole.caught_by.iter().copied()).collect();
    let without: Vec<&str> = checks().filter(|check| !planted.contains(check)).collect();
    assert_eq!(without, OF_THE_FRAMEWORK);
    let count = all.iter().map(Vec::len).sum::<usize>();
    assert!(count >= 80, "{count} holes");
}

#[test]
fn a_user_who_can_own_one_row_only_is_no_obstacle() {
    let suite = Suite::of::<crate::resources::Seat>();
    for check in checks().filter(|check| check.contains("create") || check.contains("moves_no_row_away")) {
        suite.check(check);
    }
}

#[test]
fn a_resource_whose_rules_nobody_can_guess_says_what_it_needs() {
    let suite = Suite::of::<crate::resources::Riddle>();
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| suite.run())).expect_err("no fixture");
    let message = panic.downcast_ref::<String>().expect("a message");
    assert!(
        message.contains("no fixture of Riddle can be created") && message.contains("fixture = |number|"),
        "{message}"
    );
    let told = Suite::of::<crate::resources::Riddle>().fixture(|number| json!({"answer": 42 + 100 * number}));
    assert_eq!(told.run(), []);
}
