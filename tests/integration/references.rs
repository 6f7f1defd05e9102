//! References to rows that the caller may not see: every write answers as for a missing row, and reveals nothing of the
//! hidden one.

use resourceful::prelude::*;
use resourceful::sea_orm::sea_query::{Query as Select, SelectStatement};
use resourceful::sea_orm::{ColumnTrait, Condition};
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

use crate::support::{created, field_errors, ok, refused};

/// Only its keeper sees and changes it; shared drawers are visible to all.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy)]
pub struct Drawer {
    pub id: Uuid,
    pub keeper: String,
    #[resource(default = false)]
    pub is_shared: bool,
}

impl Policy for Drawer {
    fn rows(user: Option<&CurrentUser>, operation: Operation) -> Rows<Self> {
        let Some(user) = user else { return Rows::none() };
        let own = Rows::when("keeper", drawer::Column::Keeper.eq(&user.id));
        if operation.is_write() { own } else { own.or("shared", drawer::Column::IsShared.eq(true)) }
    }
}

/// Refers to drawers in three ways.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Sheet {
    pub id: Uuid,
    pub title: String,
    #[resource(belongs_to(drawer: Drawer))]
    pub drawer_id: Uuid,
    #[resource(belongs_to(spare: Drawer, on_delete = "set_null"))]
    pub spare_id: Option<Uuid>,
    #[resource(belongs_to(anywhere: Drawer, on_delete = "set_null", visible = "any"))]
    pub anywhere_id: Option<Uuid>,
    #[resource(belongs_to(sealed: Drawer, on_delete = "set_null"), write_only)]
    pub sealed_id: Option<Uuid>,
}

/// Belongs to the keeper of its drawer.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = drawer.keeper, unique(drawer_id, number))]
pub struct Slip {
    pub id: Uuid,
    #[resource(belongs_to(drawer: Drawer, on_delete = "cascade"))]
    pub drawer_id: Uuid,
    pub number: i32,
}

/// Its hook reads the drawer.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(hooks)]
pub struct Memo {
    pub id: Uuid,
    #[resource(belongs_to(drawer: Drawer, on_delete = "cascade"))]
    pub drawer_id: Uuid,
    pub text: String,
}

impl Hooks for Memo {
    async fn before_create(row: &mut memo::ActiveModel, hook: &HookContext) -> Result<()> {
        let drawer = drawer::Service::as_system(hook.tx()).get_by_id(*row.drawer_id.as_ref()).await?;
        if drawer.is_shared { Err(Error::conflict("shared-drawer", "No memo goes there")) } else { Ok(()) }
    }

    async fn before_update(_: &Self, row: &mut memo::ActiveModel, hook: &HookContext) -> Result<()> {
        drawer::Service::as_system(hook.tx()).get_by_id(*row.drawer_id.as_ref()).await.map(drop)
    }
}

/// Has a keeper and no policy: every caller who may read trays sees all.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = keeper)]
pub struct Tray {
    pub id: Uuid,
    pub keeper: String,
}

/// Owned through a tray, once for each number.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = tray.keeper, unique(tray_id, number))]
pub struct Stub {
    pub id: Uuid,
    #[resource(belongs_to(tray: Tray, on_delete = "cascade"))]
    pub tray_id: Uuid,
    pub number: i32,
}

/// Its policy follows a reference to what has none.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy, unique(tray_id, number))]
pub struct Ticket {
    pub id: i32,
    #[resource(belongs_to(tray: Tray, on_delete = "cascade"))]
    pub tray_id: Uuid,
    pub number: i32,
    #[resource(unique)]
    pub code: Option<String>,
}

fn trays_of(user: &CurrentUser) -> SelectStatement {
    let own = Condition::all().add(tray::Column::Keeper.eq(&user.id));
    Select::select().column(tray::Column::Id).from(tray::Entity).cond_where(own).to_owned()
}

impl Policy for Ticket {
    fn rows(user: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        user.map_or_else(Rows::none, |user| Rows::when("tray", ticket::Column::TrayId.in_subquery(trays_of(user))))
    }
}

/// The same with hooks, and with a field that patches are merged into.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy, hooks, unique(tray_id, number))]
pub struct Voucher {
    pub id: i32,
    #[resource(belongs_to(tray: Tray, on_delete = "cascade"))]
    pub tray_id: Uuid,
    pub number: i32,
    #[resource(default = json!({}))]
    pub notes: Value,
}

impl Policy for Voucher {
    fn rows(user: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        user.map_or_else(Rows::none, |user| Rows::when("tray", voucher::Column::TrayId.in_subquery(trays_of(user))))
    }
}

impl Hooks for Voucher {}

/// Refers to rows of its own kind; their ids are the caller's to choose.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy)]
pub struct Knot {
    pub id: String,
    pub keeper: String,
    #[resource(belongs_to(parent: Knot, on_delete = "cascade"))]
    pub parent_id: Option<String>,
}

impl Policy for Knot {
    fn rows(user: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        user.map_or_else(Rows::none, |user| Rows::when("keeper", knot::Column::Keeper.eq(&user.id)))
    }
}

/// Has an owner whom holders of a permission may name.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = holder)]
pub struct Desk {
    pub id: Uuid,
    #[resource(write = "desks:assign")]
    pub holder: String,
    pub room: String,
}

fn on_both(test: impl Fn(&TestApp)) {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        println!("on {database:?}");
        test(&TestApp::start_on(database, |app| {
            let app = app.resource::<Drawer>().resource::<Sheet>().resource::<Slip>().resource::<Memo>();
            let app = app.resource::<Tray>().resource::<Stub>().resource::<Ticket>().resource::<Voucher>();
            app.resource::<Knot>().resource::<Desk>()
        }));
    }
}

fn user(id: &str) -> CurrentUser {
    let names = ["drawers", "sheets", "slips", "memos", "trays", "stubs", "tickets", "vouchers", "knots", "desks"];
    let kinds = ["read", "write", "delete", "read:self", "write:self", "delete:self"];
    CurrentUser::new(id).with_permissions(names.iter().flat_map(|name| kinds.map(|kind| format!("{name}:{kind}"))))
}

const ADA: &str = "auth0|ada";
const BOB: &str = "auth0|bob";

fn drawer(app: &TestApp, keeper: &str, shared: bool) -> Uuid {
    let drawers = drawer::Service::as_system(app.ctx());
    app.block_on(drawers.create(drawer::Create::new(keeper).is_shared(shared))).expect("a drawer").id
}

fn tray(app: &TestApp, keeper: &str) -> Uuid {
    app.block_on(tray::Service::as_system(app.ctx()).create_for(keeper, tray::Create::new())).expect("a tray").id
}

/// An answer without the parts that differ from request to request.
fn plain(answer: &Answer) -> (u16, Value) {
    let mut body = if answer.body.is_empty() { Value::Null } else { answer.json() };
    for name in ["requestId", "instance"] {
        if body.get(name).is_some() {
            body[name] = Value::Null;
        }
    }
    (answer.status, body)
}

/// A write that refers to a row of this id.
type Way<'a> = (&'static str, &'static str, Box<dyn Fn(Uuid) -> Answer + 'a>);

fn merge(caller: &Caller<'_>, path: &str, body: &Value) -> Answer {
    let headers = [("content-type", "application/merge-patch+json")];
    caller.send("PATCH", path, &headers, Some(body.to_string().into_bytes()))
}

/// Every write that refers to a drawer: its name, the pointer of the error, and how it is sent.
fn ways<'a>(ada: &'a Caller<'a>, own: Uuid) -> Vec<Way<'a>> {
    let sheet = created(ada.post("/api/v1/sheets", json!({"title": "x", "drawerId": own})))["id"].clone();
    let sheet = format!("/api/v1/sheets/{}", sheet.as_str().expect("an id"));
    let slip = created(ada.post("/api/v1/slips/self", json!({"drawerId": own, "number": 1})))["id"].clone();
    let (slip, slip_self) = (
        format!("/api/v1/slips/{}", slip.as_str().expect("an id")),
        format!("/api/v1/slips/self/{}", slip.as_str().expect("an id")),
    );
    let memo = created(ada.post("/api/v1/memos", json!({"text": "x", "drawerId": own})))["id"].clone();
    let memo = format!("/api/v1/memos/{}", memo.as_str().expect("an id"));
    let path = |path: &str| path.to_owned();
    let (put, patch, merged) = (path(&sheet), path(&sheet), path(&sheet));
    let (spare, spare_put) = (path(&sheet), path(&sheet));
    let (slip_put, slip_patch, slip_merge) = (path(&slip), path(&slip_self), path(&slip_self));
    let (slip_self_put, memo_put, memo_patch) = (path(&slip_self), path(&memo), path(&memo));
    vec![
        ("create", "/drawerId", Box::new(|id| ada.post("/api/v1/sheets", json!({"title": "x", "drawerId": id})))),
        (
            "create, the second reference",
            "/spareId",
            Box::new(move |id| ada.post("/api/v1/sheets", json!({"title": "x", "drawerId": own, "spareId": id}))),
        ),
        (
            "bulk",
            "/1/drawerId",
            Box::new(move |id| {
                let items = json!([{"title": "x", "drawerId": own}, {"title": "y", "drawerId": id}]);
                ada.post("/api/v1/sheets/bulk", items)
            }),
        ),
        ("update", "/drawerId", Box::new(move |id| ada.put(&put, json!({"title": "x", "drawerId": id})))),
        (
            "update, the second reference",
            "/spareId",
            Box::new(move |id| ada.put(&spare_put, json!({"title": "x", "drawerId": own, "spareId": id}))),
        ),
        ("patch", "/drawerId", Box::new(move |id| ada.patch(&patch, json!({"drawerId": id})))),
        ("patch, the second reference", "/spareId", Box::new(move |id| ada.patch(&spare, json!({"spareId": id})))),
        ("merge", "/drawerId", Box::new(move |id| merge(ada, &merged, &json!({"drawerId": id})))),
        ("owned, create", "/drawerId", Box::new(|id| ada.post("/api/v1/slips", json!({"drawerId": id, "number": 2})))),
        (
            "owned, bulk",
            "/0/drawerId",
            Box::new(|id| ada.post("/api/v1/slips/bulk", json!([{"drawerId": id, "number": 3}]))),
        ),
        ("owned, update", "/drawerId", Box::new(move |id| ada.put(&slip_put, json!({"drawerId": id, "number": 4})))),
        (
            "self_create",
            "/drawerId",
            Box::new(|id| ada.post("/api/v1/slips/self", json!({"drawerId": id, "number": 2}))),
        ),
        ("self_update", "/drawerId", Box::new(move |id| ada.put(&slip_self_put, json!({"drawerId": id, "number": 2})))),
        ("self_patch", "/drawerId", Box::new(move |id| ada.patch(&slip_patch, json!({"drawerId": id})))),
        ("self, merge", "/drawerId", Box::new(move |id| merge(ada, &slip_merge, &json!({"drawerId": id})))),
        ("hooks, create", "/drawerId", Box::new(|id| ada.post("/api/v1/memos", json!({"text": "x", "drawerId": id})))),
        (
            "hooks, bulk",
            "/1/drawerId",
            Box::new(move |id| {
                ada.post("/api/v1/memos/bulk", json!([{"text": "x", "drawerId": own}, {"text": "y", "drawerId": id}]))
            }),
        ),
        ("hooks, update", "/drawerId", Box::new(move |id| ada.put(&memo_put, json!({"text": "x", "drawerId": id})))),
        ("hooks, patch", "/drawerId", Box::new(move |id| ada.patch(&memo_patch, json!({"drawerId": id})))),
    ]
}

#[test]
fn a_reference_to_a_hidden_row_is_answered_like_a_missing_row() {
    on_both(|app| {
        let ada = app.as_user(user(ADA));
        let own = drawer(app, ADA, false);
        let (hidden, shared) = (drawer(app, BOB, false), drawer(app, BOB, true));
        let bob = app.as_user(user(BOB));
        for number in 1..=2 {
            created(bob.post("/api/v1/slips/self", json!({"drawerId": hidden, "number": number})));
        }
        let before = |app: &TestApp| {
            let count = |path: &str| ok(app.as_user(user(ADA)).get(path))["total"].as_u64();
            ["/api/v1/sheets/count", "/api/v1/slips/count", "/api/v1/memos/count"].map(count)
        };
        let ways = ways(&ada, own);
        let rows = before(app);
        for (way, pointer, send) in &ways {
            let missing = send(Uuid::now_v7());
            refused(&missing, 422, "invalid-reference", way);
            assert_eq!(field_errors(&missing), [((*pointer).to_owned(), "reference".to_owned())], "{way}");
            assert_eq!(plain(&send(hidden)), plain(&missing), "{way}");
        }
        assert_eq!(before(app), rows, "nothing was written");
        // A caller may refer to all rows that they see; where rows have an owner, the owner must be the caller.
        let (own_rows, all_rows): (Vec<_>, Vec<_>) = ways.iter().partition(|(way, ..)| way.starts_with("self"));
        for (way, _, send) in own_rows.into_iter().chain(all_rows) {
            let answer = send(shared);
            match *way {
                way if way.starts_with("self") => refused(&answer, 422, "invalid-reference", way),
                way @ ("hooks, create" | "hooks, bulk") => refused(&answer, 409, "shared-drawer", way),
                way => assert!(matches!(answer.status, 200 | 201), "{way}: {}", answer.text()),
            }
        }
    });
}

#[test]
fn no_answer_reveals_values_of_a_hidden_parent() {
    on_both(|app| {
        let ada = app.as_user(user(ADA));
        let (own, foreign) = (tray(app, ADA), tray(app, BOB));
        let system = ticket::Service::as_system(app.ctx());
        app.block_on(system.create(ticket::Create::new(foreign, 1).code(Some("taken".into())))).expect("a ticket");
        let stubs = stub::Service::as_system(app.ctx());
        app.block_on(stubs.create(stub::Create::new(foreign, 1))).expect("a stub");
        let stub = created(ada.post("/api/v1/stubs/self", json!({"trayId": own, "number": 1})))["id"].clone();
        let stub = format!("/api/v1/stubs/self/{}", stub.as_str().expect("an id"));
        let ticket = created(ada.post("/api/v1/tickets", json!({"trayId": own, "number": 1})));
        let ticket = format!("/api/v1/tickets/{}", ticket["id"]);
        let alike = |way: &str, status: u16, slug: &str, send: &dyn Fn(Uuid, i32) -> Answer| {
            let missing = send(Uuid::now_v7(), 1);
            refused(&missing, status, slug, way);
            for number in [1, 2] {
                assert_eq!(plain(&send(foreign, number)), plain(&missing), "{way}, number {number}");
            }
        };
        let body = |tray: Uuid, number: i32| json!({"trayId": tray, "number": number});
        let stubs = "/api/v1/stubs/self";
        alike("self_create", 422, "invalid-reference", &|tray, number| ada.post(stubs, body(tray, number)));
        alike("self_update", 422, "invalid-reference", &|tray, number| ada.put(&stub, body(tray, number)));
        alike("self_patch", 422, "invalid-reference", &|tray, number| ada.patch(&stub, body(tray, number)));
        alike("policy, create", 403, "outside-policy", &|tray, number| ada.post("/api/v1/tickets", body(tray, number)));
        let bulk = |tray: Uuid, number: i32| json!([body(own, 7), body(tray, number)]);
        alike("policy, bulk", 403, "outside-policy", &|tray, number| {
            ada.post("/api/v1/tickets/bulk", bulk(tray, number))
        });
        alike("policy, update", 403, "outside-policy", &|tray, number| ada.put(&ticket, body(tray, number)));
        alike("policy, patch", 403, "outside-policy", &|tray, number| ada.patch(&ticket, body(tray, number)));
        let vouchers = voucher::Service::as_system(app.ctx());
        app.block_on(vouchers.create(voucher::Create::new(foreign, 1))).expect("a voucher");
        let voucher = created(ada.post("/api/v1/vouchers", json!({"trayId": own, "number": 1})));
        let voucher = format!("/api/v1/vouchers/{}", voucher["id"]);
        alike("hooks, create", 403, "outside-policy", &|tray, number| ada.post("/api/v1/vouchers", body(tray, number)));
        alike("hooks, bulk", 403, "outside-policy", &|tray, number| {
            ada.post("/api/v1/vouchers/bulk", bulk(tray, number))
        });
        alike("hooks, update", 403, "outside-policy", &|tray, number| ada.put(&voucher, body(tray, number)));
        alike("hooks, patch", 403, "outside-policy", &|tray, number| ada.patch(&voucher, body(tray, number)));
        let notes = |tray: Uuid, number: i32| json!({"trayId": tray, "number": number, "notes": {"a": 1}});
        alike("hooks, merge", 403, "outside-policy", &|tray, number| merge(&ada, &voucher, &notes(tray, number)));
        // In a tray of her own a number is taken by a row that she sees.
        refused(&ada.post("/api/v1/tickets", body(own, 1)), 409, "conflict", "her own number");
        refused(&ada.post("/api/v1/stubs/self", body(own, 1)), 409, "conflict", "her own number");
        // A unique value that is taken is always reported: uniqueness reveals it in any case.
        let code = ada.post("/api/v1/tickets", json!({"trayId": own, "number": 3, "code": "taken"}));
        refused(&code, 409, "conflict", "unique for all");
        assert_eq!(field_errors(&code), [("/code".to_owned(), "unique".to_owned())]);
    });
}

#[test]
fn a_relation_can_allow_references_to_hidden_rows() {
    on_both(|app| {
        let ada = app.as_user(user(ADA));
        let (own, hidden) = (drawer(app, ADA, false), drawer(app, BOB, false));
        let made = created(ada.post("/api/v1/sheets", json!({"title": "x", "drawerId": own, "anywhereId": hidden})));
        assert_eq!(made["anywhereId"], json!(hidden));
        let missing = json!({"title": "x", "drawerId": own, "anywhereId": Uuid::now_v7()});
        refused(&ada.post("/api/v1/sheets", missing), 422, "invalid-reference", "there is no such row");
    });
}

#[test]
fn existing_references_to_hidden_rows_are_kept() {
    on_both(|app| {
        let ada = app.as_user(user(ADA));
        let (own, other) = (drawer(app, ADA, false), drawer(app, BOB, false));
        let sheet = created(ada.post("/api/v1/sheets", json!({"title": "x", "drawerId": own})));
        let path = format!("/api/v1/sheets/{}", sheet["id"].as_str().expect("an id"));
        let system = drawer::Service::as_system(app.ctx());
        app.block_on(system.patch(own, drawer::Patch::new().keeper(BOB))).expect("it is Bob's now");
        assert_eq!(ok(ada.put(&path, json!({"title": "y", "drawerId": own})))["title"], "y");
        assert_eq!(ok(ada.patch(&path, json!({"title": "z", "drawerId": own})))["title"], "z");
        let spare = ada.patch(&path, json!({"drawerId": own, "spareId": own}));
        refused(&spare, 422, "invalid-reference", "by another field it does not refer to it");
        assert_eq!(field_errors(&spare), [("/spareId".to_owned(), "reference".to_owned())]);
        refused(&ada.patch(&path, json!({"drawerId": other})), 422, "invalid-reference", "another hidden one");
        let sheets = sheet::Service::as_system(app.ctx());
        let id: Uuid = sheet["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
        app.block_on(sheets.patch(id, sheet::Patch::new().sealed_id(Some(other)))).expect("sealed");
        let guesses = [other, Uuid::now_v7()].map(|guess| plain(&ada.patch(&path, json!({"sealedId": guess}))));
        assert_eq!(guesses[0], guesses[1], "keeping a reference does not reveal hidden rows");
    });
}

#[test]
fn a_missing_row_is_reported_before_its_references() {
    on_both(|app| {
        let ada = app.as_user(user(ADA));
        let hidden = drawer(app, BOB, false);
        for table in ["sheets", "memos", "slips/self"] {
            let path = format!("/api/v1/{table}/{}", Uuid::now_v7());
            refused(&ada.patch(&path, json!({"drawerId": hidden})), 404, "not-found", table);
        }
    });
}

#[test]
fn rows_of_one_bulk_may_refer_to_each_other() {
    on_both(|app| {
        let ada = app.as_user(user(ADA));
        let tree = json!([{"id": "root", "keeper": ADA}, {"id": "leaf", "keeper": ADA, "parentId": "root"}]);
        assert_eq!(created(ada.post("/api/v1/knots/bulk", tree))[1]["parentId"], "root");
        let bob = app.as_user(user(BOB));
        let item = |parent: &str| json!({"id": "b", "keeper": BOB, "parentId": parent});
        let (hidden, missing) = (bob.post("/api/v1/knots", item("leaf")), bob.post("/api/v1/knots", item("nowhere")));
        refused(&missing, 422, "invalid-reference", "missing");
        assert_eq!(plain(&hidden), plain(&missing));
    });
}

#[test]
fn the_system_may_refer_to_any_row_and_typed_code_of_a_caller_may_not() {
    on_both(|app| {
        let hidden = drawer(app, BOB, false);
        let create = || sheet::Create::new("x", hidden);
        assert!(app.block_on(sheet::Service::as_system(app.ctx()).create(create())).is_ok());
        let refused = app.block_on(sheet::Service::as_user(app.ctx(), user(ADA)).create(create()));
        assert_eq!(refused.expect_err("hidden").slug(), "invalid-reference");
        let within = app.block_on(
            app.ctx().transaction(async |tx| sheet::Service::as_user(&tx, user(ADA)).create(create()).await.map(drop)),
        );
        assert_eq!(within.expect_err("hidden in a transaction too").slug(), "invalid-reference");
    });
}

#[test]
fn self_operations_cannot_name_an_owner() {
    on_both(|app| {
        let chief = app.as_user(user(ADA).with_permissions(["desks:assign"]));
        let body = |holder: &str| json!({"holder": holder, "room": "1"});
        let desk = created(chief.post("/api/v1/desks/self", body(ADA)));
        let path = format!("/api/v1/desks/self/{}", desk["id"].as_str().expect("an id"));
        for (way, answer) in [
            ("self_create", chief.post("/api/v1/desks/self", body(BOB))),
            ("self_update", chief.put(&path, body(BOB))),
            ("self_patch", chief.patch(&path, json!({"holder": BOB}))),
            ("merge", merge(&chief, &path, &json!({"holder": BOB}))),
        ] {
            refused(&answer, 403, "outside-policy", way);
        }
        let nowhere = format!("/api/v1/desks/self/{}", Uuid::now_v7());
        refused(&chief.patch(&nowhere, json!({"holder": BOB})), 404, "not-found", "there is no such row");
        assert_eq!(ok(chief.put(&path, body(ADA)))["holder"], ADA);
        let plain = app.as_user(user(BOB));
        refused(&plain.post("/api/v1/desks/self", body(ADA)), 403, "insufficient-scope", "without the permission");
        assert_eq!(created(chief.post("/api/v1/desks", body(BOB)))["holder"], BOB, "elsewhere it can");
    });
}

#[test]
fn reference_checks_need_one_statement_per_relation_with_a_policy() {
    on_both(|app| {
        let ada = app.as_user(user(ADA));
        let own = drawer(app, ADA, false);
        // Once a second SQLite is queried for triggers that could leave a write half done: the smallest number counts.
        let statements = |send: &dyn Fn() -> Answer| {
            let once = || {
                let before = app.ctx().statements();
                let answer = send();
                assert!(matches!(answer.status, 200 | 201), "{}", answer.text());
                app.ctx().statements() - before
            };
            (0..3).map(|_| once()).min().expect("three tries")
        };
        assert_eq!(statements(&|| ada.post("/api/v1/trays", json!({}))), 1, "no reference");
        assert_eq!(statements(&|| ada.post("/api/v1/sheets", json!({"title": "x", "drawerId": own}))), 2);
        let sheet = created(ada.post("/api/v1/sheets", json!({"title": "x", "drawerId": own})))["id"].clone();
        let path = format!("/api/v1/sheets/{}", sheet.as_str().expect("an id"));
        assert_eq!(statements(&|| ada.patch(&path, json!({"title": "y"}))), 1, "no reference is written");
        assert_eq!(statements(&|| ada.patch(&path, json!({"drawerId": own}))), 2);
        let both = json!({"title": "x", "drawerId": own, "spareId": own});
        assert_eq!(statements(&|| ada.post("/api/v1/sheets", &both)), 3, "two relations");
        let many: Vec<Value> = (0..100).map(|_| both.clone()).collect();
        assert_eq!(statements(&|| ada.post("/api/v1/sheets/bulk", Value::from(many.clone()))), 3, "a hundred rows");
    });
}
