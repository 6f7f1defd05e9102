//! `security_suite!` finds access flaws: resources that are served differently from their declaration, and policies with
//! gaps, one flaw at a time.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use resourceful::internals::resource::{PolicyFn, RelationFns, ResourceTable, RowSet};
use resourceful::prelude::*;
use resourceful::serde_json::json;
use resourceful::spec::{
    ComputedSpec, FieldAccess, FieldRole, FieldSpec, Operation, OperationSpec, OwnerSpec, RelationSpec, Requirement,
};
use resourceful::testing::security::{Suite, checks};

use crate::resources::{Document, Label, Labelling, Letter, Member, Remark};

/// A flaw: what is wrong, how it is tested, and the checks that must find it.
pub(crate) struct Flaw {
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
    pub(crate) fn field(&mut self, name: &str) -> &mut FieldSpec {
        self.fields.iter_mut().find(|field| field.name == name).expect("a field")
    }

    pub(crate) fn operation(&mut self, operation: Operation) -> &mut OperationSpec {
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

/// A suite for documents that are served like this.
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

pub(crate) fn flaw(name: impl Into<String>, suite: Suite, caught_by: &'static [&'static str]) -> Flaw {
    Flaw { name: name.into(), suite, caught_by }
}

/// Operations without a requirement.
fn open_operations() -> Vec<Flaw> {
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
        flaw(format!("{} is public", operation.name()), suite, caught_by(operation))
    };
    Operation::ALL.into_iter().map(open).collect()
}

/// Wrong requirements: a permission that other callers hold, one of two, or one for own rows only.
fn wrong_permissions() -> Vec<Flaw> {
    let mut flaws = Vec::new();
    for operation in Operation::ALL {
        let other = documents(|served| served.operation(operation).requires = Requirement::Permission("remarks:read"));
        let caught_by = &["every_operation_refuses_without_its_permission", "its_permission_opens_each_operation"];
        flaws.push(flaw(format!("{} asks for another permission", operation.name()), other, caught_by));
        if !operation.is_self() {
            let own = match operation.permission_suffix() {
                "read" => "documents:read:self",
                "write" => "documents:write:self",
                _ => "documents:delete:self",
            };
            let own = documents(|served| served.operation(operation).requires = Requirement::Permission(own));
            let name = format!("the self permission opens {}", operation.name());
            flaws.push(flaw(name, own, &["self_permissions_open_own_rows_only"]));
        }
    }
    let any = documents(|served| {
        served.operation(Operation::Delete).requires = Requirement::Any(&["documents:delete", "documents:write"]);
    });
    flaws.push(flaw("a second permission deletes", any, &["every_operation_refuses_without_its_permission"]));
    flaws
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

fn policies_without_an_operation() -> Vec<Flaw> {
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
        flaw(name, letters(|served| served.table.policy = Some(policy)), caught_by)
    };
    all.into_iter().map(forget).collect()
}

/// A policy without a rule for one operation: it is served as it is declared, but the declaration is inconsistent.
fn inconsistent_policies() -> Vec<Flaw> {
    let of = |(operation, policy): (Operation, PolicyFn)| {
        let table = served::<Letter>(|served| served.table.policy = Some(policy));
        let caught_by: &'static [&'static str] =
            if operation.is_write() { &["ways_of_writing_agree"] } else { &["ways_of_reading_agree"] };
        let name = format!("the policy's author has forgotten {}", operation.name());
        flaw(name, Suite::of_table(table), caught_by)
    };
    let all =
        forgetting!(Letter: List Count Search Get SelfGet SelfList Update Patch SelfUpdate SelfPatch Create BulkCreate);
    all.into_iter().map(of).collect()
}

/// The other end of a relation, as it is served.
static OTHER_END: OnceLock<&'static ResourceTable> = OnceLock::new();
static OPEN_END: OnceLock<&'static ResourceTable> = OnceLock::new();

fn relations() -> Vec<Flaw> {
    let (listed, policy) = forgetting!(Document: List)[0];
    assert_eq!(listed, Operation::List);
    let other_end = OTHER_END.get_or_init(|| served::<Document>(|served| served.table.policy = Some(policy)));
    let open_end = OPEN_END.get_or_init(|| {
        served::<Document>(|served| {
            served.operation(Operation::Get).requires = Requirement::Public;
            served.operation(Operation::List).requires = Requirement::Public;
        })
    });
    // Remarks and members refer to documents whose policy does not apply there.
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
        flaw(
            "the policy is not asked for related rows",
            leading(|| OTHER_END.get().expect("set above")),
            &["includes_show_permitted_rows_only", "related_filters_tell_nothing_of_hidden_rows"],
        ),
        flaw(
            "related rows ask for no permission",
            leading(|| OPEN_END.get().expect("set above")),
            &["relations_ask_for_their_permission"],
        ),
    ]
}

fn owners() -> Vec<Flaw> {
    let writable = documents(|served| served.field("author_id").write = Some("documents:write"));
    let elsewhere = documents(|served| served.owner = Some(OwnerSpec { path: &["source"] }));
    // Every row has Ada as its owner there, Bob's rows too.
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
        flaw(
            "a caller can create a row with the id of another user",
            named,
            &["create_takes_no_other_fields", "bulk_create_takes_no_other_fields"],
        ),
        flaw(
            "the owner can be written",
            writable,
            &[
                "create_takes_no_other_fields",
                "bulk_create_takes_no_other_fields",
                "update_takes_no_other_fields",
                "patch_takes_no_other_fields",
            ],
        ),
        flaw(
            "own rows are told by a field that anybody writes",
            elsewhere,
            &["self_list_shows_own_rows_only", "self_get_hides_foreign_rows"],
        ),
        flaw(
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

fn fields() -> Vec<Flaw> {
    let hidden = |change: fn(&mut FieldSpec)| {
        documents(|served| {
            let field = served.field("access_key");
            field.access = FieldAccess::ReadOnly;
            change(field);
        })
    };
    vec![
        flaw(
            "a hidden field is shown",
            hidden(|_| {}),
            &["hidden_fields_are_in_no_answer", "hidden_fields_cannot_be_selected"],
        ),
        flaw(
            "a hidden field can be filtered by",
            hidden(|field| field.filter = true),
            &["hidden_fields_cannot_be_filtered_by"],
        ),
        flaw(
            "a hidden field can be sorted by",
            hidden(|field| field.sort = true),
            &["hidden_fields_cannot_be_ordered_by"],
        ),
        flaw(
            "a hidden field can be searched",
            hidden(|field| field.search = true),
            &["hidden_fields_cannot_be_searched"],
        ),
        flaw(
            "a field that is only written is shown",
            documents(|served| served.field("pin").access = FieldAccess::Normal),
            &["hidden_fields_are_in_no_answer"],
        ),
        flaw(
            "a hidden field can be written",
            documents(|served| served.field("access_key").access = FieldAccess::WriteOnly),
            &["create_takes_no_other_fields", "update_takes_no_other_fields", "patch_takes_no_other_fields"],
        ),
        flaw(
            "a field's permission is not asked for reading",
            documents(|served| served.field("fee").read = None),
            &["guarded_fields_are_shown_to_holders_only", "guarded_fields_are_queried_by_holders_only"],
        ),
        flaw(
            "words look into a field that asks for a permission",
            documents(|served| served.field("contract").read = None),
            &["guarded_fields_are_queried_by_holders_only"],
        ),
        flaw(
            "a field's permission is not asked for writing",
            documents(|served| served.field("fee").write = None),
            &["guarded_fields_are_written_by_holders_only"],
        ),
        flaw(
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
        flaw(
            "a field of new rows can be changed",
            documents(|served| served.field("source").access = FieldAccess::Normal),
            &["update_takes_no_other_fields", "self_patch_takes_no_other_fields"],
        ),
        flaw(
            "the time of creation can be written",
            documents(|served| served.field("created_at").role = FieldRole::Plain),
            &["create_takes_no_other_fields", "patch_takes_no_other_fields"],
        ),
        flaw(
            "a field answers to a second name",
            documents(|served| served.field("text").json = "Text"),
            &["create_takes_no_other_fields"],
        ),
    ]
}

pub(crate) fn find(flaws: Vec<Flaw>) -> BTreeSet<&'static str> {
    let mut missed = Vec::new();
    let mut caught = BTreeSet::new();
    for Flaw { name, suite, caught_by } in &flaws {
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
fn operations_without_a_requirement_are_found() {
    let flaws = open_operations();
    assert_eq!(flaws.len(), 15);
    find(flaws);
}

#[test]
fn wrong_permissions_are_found() {
    let flaws = wrong_permissions();
    assert_eq!(flaws.len(), 15 + 9 + 1);
    find(flaws);
}

#[test]
fn policies_that_are_not_applied_are_found() {
    let flaws = policies_without_an_operation();
    assert_eq!(flaws.len(), 15);
    find(flaws);
}

#[test]
fn inconsistent_policies_are_found() {
    let flaws = inconsistent_policies();
    assert_eq!(flaws.len(), 12);
    find(flaws);
}

#[test]
fn flaws_in_relations_are_found() {
    find(relations());
}

#[test]
fn flaws_in_ownership_are_found() {
    find(owners());
}

#[test]
fn flaws_in_fields_are_found() {
    find(fields());
}

/// Checks that only an error of the framework itself could fail: no declaration of a resource causes one.
const OF_THE_FRAMEWORK: [&str; 6] = [
    "every_operation_refuses_bad_tokens",
    "hand_written_endpoints_refuse_strangers",
    "methods_cannot_be_overridden",
    "machines_own_nothing",
    "bulk_create_is_all_or_nothing",
    "cursors_are_for_one_caller",
];

#[test]
fn every_check_of_the_suite_finds_a_flaw() {
    let all = [
        open_operations(),
        wrong_permissions(),
        policies_without_an_operation(),
        inconsistent_policies(),
        relations(),
        owners(),
        fields(),
        crate::suite_finds_data_leaks::all(),
        crate::suite_finds_flaws_of_files::all(),
    ];
    let planted: BTreeSet<&str> = all.iter().flatten().flat_map(|flaw| flaw.caught_by.iter().copied()).collect();
    let without: Vec<&str> = checks().filter(|check| !planted.contains(check)).collect();
    assert_eq!(without, OF_THE_FRAMEWORK);
    let count = all.iter().map(Vec::len).sum::<usize>();
    assert!(count >= 80, "{count} flaws");
}

#[test]
fn resources_with_one_row_per_user_can_be_tested() {
    let suite = Suite::of::<crate::resources::Seat>();
    for check in checks().filter(|check| check.contains("create") || check.contains("moves_no_row_away")) {
        suite.check(check);
    }
}

#[test]
fn a_resource_without_valid_samples_reports_what_it_needs() {
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
