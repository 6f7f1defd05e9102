//! Hooks, checks across fields and policies of writes: the order in which they run, and whether the write is committed.

use std::sync::Mutex;

use resourceful::FieldError;
use resourceful::error::Code;
use resourceful::prelude::*;
use resourceful::sea_orm::{ActiveValue, ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use resourceful::serde_json::{Value, json};
use resourceful::testing::{Answer, Caller, TestApp, TestDatabase};

use crate::support::{created, field_errors, ok, refused};

/// A parcel. Its name determines what its hooks do.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(hooks, check = light_if_fragile, check = known_place)]
pub struct Parcel {
    pub id: Uuid,
    #[resource(length(1..=40), filter)]
    pub name: String,
    #[resource(unique)]
    pub code: Option<String>,
    #[resource(default = 1, range(0..=100))]
    pub weight: i32,
    #[resource(default = false)]
    pub is_fragile: bool,
    #[resource(read_only, default = 0)]
    pub revision: i32,
    pub updated_at: DateTime<Utc>,
}

fn light_if_fragile(parcel: &Parcel) -> Result<(), &'static str> {
    if parcel.is_fragile && parcel.weight > 10 { Err("what is fragile weighs 10 at most") } else { Ok(()) }
}

fn known_place(parcel: &Parcel) -> Result<(), String> {
    if parcel.name == "nowhere" { Err(format!("{} is no place", parcel.name)) } else { Ok(()) }
}

/// A log of what happened to parcels.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Entry {
    pub id: Uuid,
    #[resource(filter)]
    pub parcel: Uuid,
    pub what: String,
}

/// What happened to the parcels of a name, outside of the database.
static SEEN: Mutex<Vec<(String, String)>> = Mutex::new(Vec::new());

fn note(name: &str, what: impl Into<String>) {
    SEEN.lock().expect("no test panics here").push((name.to_owned(), what.into()));
}

/// What was noted about the parcels whose name has this ending.
fn seen(end: &str) -> Vec<String> {
    let seen = SEEN.lock().expect("no test panics here");
    seen.iter().filter(|(name, _)| name.ends_with(end)).map(|(_, what)| what.clone()).collect()
}

/// Writes an entry in the transaction, and fails if the parcel's name requires it.
async fn trace(parcel: Uuid, name: &str, what: &'static str, hook: &HookContext) -> Result<()> {
    note(name, what);
    hook.service::<entry::Service>().create(entry::Create::new(parcel, what)).await?;
    if !name.starts_with(what) {
        return Ok(());
    }
    Err(match what {
        "before_create" => Error::forbidden("not-today", "Not today"),
        "after_create" => Error::conflict("too-late", "Too late"),
        "before_update" => Error::unprocessable("makes-no-sense", "This makes no sense"),
        "after_update" => Error::conflict("changed-for-nothing", "Changed for nothing"),
        _ => Error::conflict("stays-here", "It stays here"),
    })
}

impl Hooks for Parcel {
    async fn before_create(row: &mut parcel::ActiveModel, hook: &HookContext) -> Result<()> {
        let (id, name) = (*row.id.as_ref(), row.name.as_ref().clone());
        if name.starts_with("too long") {
            row.name = Set("x".repeat(41));
        }
        row.revision = Set(1);
        if let Some(code) = row.code.as_ref() {
            row.code = Set(Some(code.to_uppercase()));
        }
        trace(id, &name, "before_create", hook).await
    }

    async fn after_create(row: &Self, hook: &HookContext) -> Result<()> {
        assert_eq!(row.revision, 1, "the row is as the database has it");
        trace(row.id, &row.name, "after_create", hook).await
    }

    async fn before_update(current: &Self, row: &mut parcel::ActiveModel, hook: &HookContext) -> Result<()> {
        assert!(matches!(row.id, ActiveValue::Unchanged(_)), "what does not change is there all the same");
        row.revision = Set(current.revision + 1);
        if matches!(row.weight, ActiveValue::Set(99)) {
            row.weight = Set(101);
        }
        trace(current.id, &current.name, "before_update", hook).await
    }

    async fn after_update(before: &Self, after: &Self, hook: &HookContext) -> Result<()> {
        assert_eq!(before.revision + 1, after.revision);
        trace(after.id, &after.name, "after_update", hook).await
    }

    async fn before_delete(row: &Self, hook: &HookContext) -> Result<()> {
        trace(row.id, &row.name, "before_delete", hook).await
    }

    async fn after_delete(row: &Self, hook: &HookContext) -> Result<()> {
        trace(row.id, &row.name, "after_delete", hook).await
    }

    async fn after_commit(change: Change<Self>, ctx: &Context) -> Result<()> {
        let (name, id, what) = match &change {
            Change::Created(row) => (&row.name, row.id, "created".to_owned()),
            Change::Updated { before, after } => {
                (&after.name, after.id, format!("updated {} to {}", before.weight, after.weight))
            }
            Change::Deleted(row) => (&row.name, row.id, "deleted".to_owned()),
        };
        let there = parcel::Entity::find_by_id(id).count(ctx.db()).await?;
        note(name, format!("{what}, {there} there"));
        if name.starts_with("panics") {
            panic!("after the commit");
        }
        Err(Error::conflict("nobody-sees-this", "The write has happened"))
    }
}

/// A memo: all callers see it, and its author may change it.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy)]
pub struct Memo {
    pub id: Uuid,
    pub author: String,
    pub text: String,
}

impl Policy for Memo {
    fn rows(user: Option<&CurrentUser>, operation: Operation) -> Rows<Self> {
        match user {
            Some(user) if operation.is_write() => Rows::when("author", memo::Column::Author.eq(&user.id)),
            _ => Rows::all(),
        }
    }
}

fn on_both(test: impl Fn(&TestApp, &Caller<'_>, &str)) {
    for (database, tag) in [(TestDatabase::Sqlite, "sqlite"), (TestDatabase::Postgres, "postgres")] {
        println!("on {database:?}");
        let app = TestApp::start_on(database, |app| app.resource::<Parcel>().resource::<Entry>().resource::<Memo>());
        let names = ["parcels", "entries", "memos"];
        let permissions = names
            .iter()
            .flat_map(|name| ["read", "write", "delete"].map(|kind| format!("{name}:{kind}")))
            .collect::<Vec<_>>();
        let caller = app.as_user(CurrentUser::new("auth0|ada").with_permissions(permissions));
        test(&app, &caller, tag);
    }
}

fn total(caller: &Caller<'_>, path: &str) -> Value {
    ok(caller.get(&format!("/api/v1/{path}/count")))["total"].clone()
}

fn parcel_of(caller: &Caller<'_>, name: String) -> String {
    let row = created(caller.post("/api/v1/parcels", json!({"name": name})));
    format!("/api/v1/parcels/{}", row["id"].as_str().expect("an id"))
}

#[test]
fn hooks_run_in_order_and_once() {
    on_both(|_, caller, tag| {
        let name = format!("order {tag}");
        let path = parcel_of(caller, name.clone());
        assert_eq!(seen(&name), ["before_create", "after_create", "created, 1 there"]);
        let before = ok(caller.get(&path));
        assert_eq!(ok(caller.patch(&path, json!({}))), before, "nothing changes, and nothing runs");
        assert_eq!(seen(&name).len(), 3);
        let row = ok(caller.patch(&path, json!({"weight": 7})));
        assert_eq!((&row["weight"], &row["revision"]), (&json!(7), &json!(2)), "what hooks set is stored");
        assert_eq!(ok(caller.get(&path)), row);
        let row = ok(caller.put(&path, json!({"name": name, "weight": 8})));
        assert_eq!((&row["weight"], &row["revision"]), (&json!(8), &json!(3)));
        assert_eq!(caller.delete(&path).status, 204);
        let update = ["before_update", "after_update"];
        let expected = [
            &["before_create", "after_create", "created, 1 there"][..],
            &update,
            &["updated 1 to 7, 1 there"],
            &update,
            &["updated 7 to 8, 1 there"],
            &["before_delete", "after_delete", "deleted, 0 there"],
        ];
        assert_eq!(seen(&name), expected.concat());
        assert_eq!(total(caller, "entries"), 8, "each hook's own write is there");
        refused(&caller.delete(&path), 404, "not-found", "a row that is gone");
        refused(&caller.patch(&path, json!({"weight": 1})), 404, "not-found", "a row that is gone");
        assert_eq!(seen(&name).len(), expected.concat().len(), "nothing runs for a row that is not there");
    });
}

#[test]
fn an_error_of_any_hook_rolls_everything_back() {
    on_both(|_, caller, tag| {
        let post = |name: &str| caller.post("/api/v1/parcels", json!({"name": format!("{name} {tag}")}));
        refused(&post("before_create"), 403, "not-today", "before_create");
        refused(&post("after_create"), 409, "too-late", "after_create");
        assert_eq!((total(caller, "parcels"), total(caller, "entries")), (json!(0), json!(0)));

        let check = |name: &str, status: u16, slug: &str, send: &dyn Fn(&str) -> Answer| {
            let path = parcel_of(caller, format!("{name} {tag}"));
            let (before, entries) = (ok(caller.get(&path)), total(caller, "entries"));
            refused(&send(&path), status, slug, name);
            assert_eq!(ok(caller.get(&path)), before, "{name}");
            assert_eq!(total(caller, "entries"), entries, "{name}");
        };
        let patch = |path: &str| caller.patch(path, json!({"weight": 2}));
        check("before_update", 422, "makes-no-sense", &patch);
        check("after_update", 409, "changed-for-nothing", &patch);
        check("before_delete", 409, "stays-here", &|path| caller.delete(path));
        check("after_delete", 409, "stays-here", &|path| caller.delete(path));
        let after = |what: &String| what.ends_with("there") && !what.starts_with("created");
        assert!(!seen(tag).iter().any(after), "nothing runs after a rollback: {:?}", seen(tag));
    });
}

#[test]
fn values_changed_by_hooks_are_validated_again() {
    on_both(|_, caller, tag| {
        let answer = caller.post("/api/v1/parcels", json!({"name": format!("too long {tag}")}));
        refused(&answer, 422, "validation-error", "a name of 41 characters");
        assert_eq!(field_errors(&answer), [("/name".to_owned(), "length".to_owned())]);
        let path = parcel_of(caller, format!("heavy {tag}"));
        let answer = caller.patch(&path, json!({"weight": 99}));
        refused(&answer, 422, "validation-error", "a weight of 101");
        assert_eq!(field_errors(&answer), [("/weight".to_owned(), "range".to_owned())]);
        assert_eq!(ok(caller.get(&path))["weight"], 1);
        let row = created(caller.post("/api/v1/parcels", json!({"name": format!("x {tag}"), "code": "ab"})));
        assert_eq!(row["code"], "AB", "a changed value is stored");
        let answer = caller.post("/api/v1/parcels", json!({"name": format!("y {tag}"), "code": "aB"}));
        refused(&answer, 409, "conflict", "and is what must be unique");
    });
}

#[test]
fn a_bulk_runs_hooks_for_each_item_and_is_all_or_nothing() {
    on_both(|_, caller, tag| {
        let item = |name: &str| json!({"name": format!("{name} bulk {tag}")});
        let answer = caller.post("/api/v1/parcels/bulk", json!([item("a"), item("b"), item("after_create")]));
        refused(&answer, 409, "too-late", "the third");
        assert_eq!((total(caller, "parcels"), total(caller, "entries")), (json!(0), json!(0)));
        let rows = created(caller.post("/api/v1/parcels/bulk", json!([item("c"), item("d")])));
        assert_eq!((rows[0]["revision"].clone(), rows[1]["name"].clone()), (json!(1), item("d")["name"].clone()));
        let end = format!("c bulk {tag}");
        assert_eq!(seen(&end), ["before_create", "after_create", "created, 1 there"]);
        let twice = json!([{"name": "e", "code": "x"}, {"name": "f", "code": "y"}, {"name": "g", "code": "x"}]);
        let answer = caller.post("/api/v1/parcels/bulk", twice);
        refused(&answer, 409, "conflict", "a value twice");
        assert_eq!(field_errors(&answer), [("/2/code".to_owned(), "unique".to_owned())]);
        assert_eq!(total(caller, "parcels"), 2);
    });
}

#[test]
fn an_error_after_the_commit_does_not_fail_the_write() {
    on_both(|_, caller, tag| {
        let path = parcel_of(caller, format!("panics {tag}"));
        assert_eq!(ok(caller.get(&path))["revision"], 1);
        assert_eq!(seen(&format!("panics {tag}")).len(), 3);
    });
}

#[test]
fn hooks_run_within_the_transaction_of_typed_code() {
    on_both(|app, _, tag| {
        app.block_on(async {
            let name = format!("joined {tag}");
            let undone = app.ctx().transaction(async |tx| {
                let parcels = parcel::Service::as_user(&tx, CurrentUser::new("auth0|eve"));
                let row = parcels.create(parcel::Create::new(&name)).await?;
                assert_eq!(parcels.get_by_id(row.id).await?, row);
                assert_eq!(seen(&name), ["before_create", "after_create"], "nothing after a commit that was not yet");
                Err::<(), _>(Error::conflict("changed-my-mind", "No"))
            });
            assert_eq!(undone.await.expect_err("an error").slug(), "changed-my-mind");
            assert_eq!(seen(&name), ["before_create", "after_create"]);
            assert_eq!(parcel::Service::as_system(app.ctx()).count(Query::new()).await.expect("a count"), 0);

            let name = format!("after_create swallowed {tag}");
            let half = app.ctx().transaction(async |tx| {
                let parcels = parcel::Service::as_system(&tx);
                let _ = parcels.create(parcel::Create::new(&name)).await;
                Ok(())
            });
            assert_eq!(half.await.expect_err("half of a write").slug(), "internal-error");
            assert_eq!(parcel::Service::as_system(app.ctx()).count(Query::new()).await.expect("a count"), 0);
        });
    });
}

#[test]
fn checks_across_fields_see_the_whole_row() {
    on_both(|_, caller, tag| {
        let both = json!({"name": "nowhere", "weight": 11, "isFragile": true});
        let answer = caller.post("/api/v1/parcels", &both);
        refused(&answer, 422, "validation-error", "two checks");
        let check = |pointer: &str| (pointer.to_owned(), "check".to_owned());
        assert_eq!(field_errors(&answer), [check(""), check("")]);
        assert_eq!(answer.json()["errors"][0]["message"], "what is fragile weighs 10 at most");
        let answer = caller.post("/api/v1/parcels/bulk", json!([{"name": "a"}, both]));
        refused(&answer, 422, "validation-error", "the second item");
        assert_eq!(field_errors(&answer), [check("/1"), check("/1")]);
        assert_eq!(total(caller, "parcels"), 0);
        let path = parcel_of(caller, format!("glass {tag}"));
        ok(caller.patch(&path, json!({"weight": 11})));
        let answer = caller.patch(&path, json!({"isFragile": true}));
        refused(&answer, 422, "validation-error", "with what is there already");
        assert_eq!(ok(caller.get(&path))["isFragile"], false);
    });
}

#[test]
fn a_write_that_moves_a_row_outside_the_policy_is_refused() {
    on_both(|app, caller, _| {
        let memo = created(caller.post("/api/v1/memos", json!({"author": "auth0|ada", "text": "mine"})));
        let answer = caller.post("/api/v1/memos", json!({"author": "auth0|eve", "text": "not mine"}));
        refused(&answer, 403, "outside-policy", "a row of another author");
        let two = json!([{"author": "auth0|ada", "text": "1"}, {"author": "auth0|eve", "text": "2"}]);
        refused(&caller.post("/api/v1/memos/bulk", two), 403, "outside-policy", "one of two");
        let path = format!("/api/v1/memos/{}", memo["id"].as_str().expect("an id"));
        refused(&caller.patch(&path, json!({"author": "auth0|eve"})), 403, "outside-policy", "a row given away");
        assert_eq!(ok(caller.get(&path)), memo);
        assert_eq!(total(caller, "memos"), 1);
        let eve = app.as_user(CurrentUser::new("auth0|eve").with_permissions(["memos:read", "memos:write"]));
        refused(&eve.patch(&path, json!({"text": "hers"})), 404, "not-found", "a row that she may see and not change");
        app.block_on(async {
            let memos = memo::Service::as_system(app.ctx());
            memos.create(memo::Create::new("auth0|eve", "by the system")).await.expect("nothing is refused to it");
            let hers = memo::Entity::find().filter(memo::Column::Author.eq("auth0|eve")).count(memos.db()).await;
            assert_eq!(hers.expect("a count"), 1);
        });
    });
}

/// Its hooks refuse in every possible way, determined by its name.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(hooks)]
pub struct Barrel {
    pub id: Uuid,
    pub name: String,
    #[resource(default = 1)]
    pub size: i32,
}

fn refuse(name: &str, when: &str) -> Result<()> {
    let Some(how) = name.strip_prefix(when) else { return Ok(()) };
    Err(match how {
        "one field" => Error::validation(vec![FieldError::at("/size", Code::new("too-big"), "is too big")]),
        "two fields" => Error::unprocessable("no-way", "No way").with_errors(vec![
            FieldError::at("/size", Code::new("too-big"), "is too big"),
            FieldError::at("/name", Code::new("too-plain"), "is too plain"),
        ]),
        "the row" => Error::validation(vec![FieldError::at("", Code::new("odd"), "is odd")]),
        "conflict" => Error::conflict("full", "The ship is full"),
        "forbidden" => Error::forbidden("closed", "The port is closed"),
        "unprocessable" => Error::unprocessable("leaks", "It leaks"),
        "missing" => Error::not_found(),
        _ => Error::internal("a secret of the server"),
    })
}

impl Hooks for Barrel {
    async fn before_create(row: &mut barrel::ActiveModel, _hook: &HookContext) -> Result<()> {
        refuse(row.name.as_ref(), "before: ")
    }

    async fn after_create(row: &Self, _hook: &HookContext) -> Result<()> {
        refuse(&row.name, "after: ")
    }
}

#[test]
fn an_error_of_a_hook_in_a_bulk_names_the_item() {
    // How it refuses; the status and slug, and the pointers of the errors, alone and below the item in a bulk.
    type Case = (&'static str, u16, &'static str, &'static [(&'static str, &'static str)]);
    let cases: &[Case] = &[
        ("one field", 422, "validation-error", &[("/size", "too-big")]),
        ("two fields", 422, "no-way", &[("/size", "too-big"), ("/name", "too-plain")]),
        ("the row", 422, "validation-error", &[("", "odd")]),
        ("conflict", 409, "full", &[]),
        ("forbidden", 403, "closed", &[]),
        ("unprocessable", 422, "leaks", &[]),
        ("missing", 404, "not-found", &[]),
        ("broken", 500, "internal-error", &[]),
    ];
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        let app = TestApp::start_on(database, |app| app.resource::<Barrel>());
        let ada = app.as_user(CurrentUser::new("auth0|ada").with_permissions(["barrels:write", "barrels:read"]));
        for (how, status, slug, places) in cases {
            for when in ["before: ", "after: "] {
                let what = format!("{when}{how}");
                let alone = ada.post("/api/v1/barrels", json!({"name": what}));
                assert_eq!(
                    (alone.status, alone.problem().as_deref()),
                    (*status, Some(*slug)),
                    "{what}: {}",
                    alone.text()
                );
                let own: Vec<(String, String)> =
                    places.iter().map(|(place, code)| ((*place).to_owned(), (*code).to_owned())).collect();
                assert_eq!(field_errors(&alone), own, "{what}");
                let items = json!([{"name": "fine"}, {"name": what}, {"name": "fine, too"}]);
                let bulk = ada.post("/api/v1/barrels/bulk", items);
                assert_eq!((bulk.status, bulk.problem().as_deref()), (*status, Some(*slug)), "{what}: {}", bulk.text());
                let below = own.into_iter().map(|(place, code)| (format!("/1{place}"), code)).collect::<Vec<_>>();
                let expected = if below.is_empty() { vec![("/1".to_owned(), "refused".to_owned())] } else { below };
                assert_eq!(field_errors(&bulk), expected, "{what} in a bulk: {}", bulk.text());
                assert!(!bulk.text().contains("secret"), "{what}: {}", bulk.text());
                let typed = app.block_on(
                    barrel::Service::as_system(app.ctx())
                        .create_bulk(["fine", "fine", &what].map(barrel::Create::new).into_iter().collect()),
                );
                let error = typed.expect_err(&what);
                assert!(format!("{error}").contains("; /2"), "{what} by a service: {error}");
            }
        }
        assert_eq!(ok(ada.get("/api/v1/barrels/count"))["total"], 0, "all or nothing");
    }
}
