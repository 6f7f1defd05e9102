//! Callers who may touch only their own rows: the services of their hooks are limited in the same way. Seeds run as the
//! system.

use resourceful::prelude::*;
use resourceful::sea_orm::EntityTrait;
use resourceful::serde_json::json;
use resourceful::testing::{TestApp, TestDatabase};

use crate::support::{created, refused};

/// A folder that one user owns.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id, policy)]
pub struct Binder {
    pub id: Uuid,
    pub owner_id: String,
    pub title: String,
}

/// Editors only.
impl Policy for Binder {
    fn rows(user: Option<&CurrentUser>, operation: Operation) -> Rows<Self> {
        match user {
            Some(user) if !operation.is_write() || user.has_permission("binders:write:self") => Rows::all(),
            _ => Rows::none(),
        }
    }
}

/// A leaf in a user's own folder: its hook reads the folder.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id, hooks)]
pub struct Leaf {
    pub id: Uuid,
    pub owner_id: String,
    #[resource(belongs_to(binder: Binder, on_delete = "cascade"))]
    pub binder_id: Uuid,
}

impl Hooks for Leaf {
    async fn before_create(row: &mut leaf::ActiveModel, hook: &HookContext) -> Result<()> {
        hook.service::<binder::Service>().get_by_id(*row.binder_id.as_ref()).await.map(drop)
    }

    async fn before_delete(row: &Self, hook: &HookContext) -> Result<()> {
        // The row is already deleted when its own deletion runs.
        leaf::Entity::delete_by_id(row.id).exec(hook.tx()).await?;
        hook.service::<binder::Service>().create(binder::Create::new("left behind")).await.map(drop)
    }
}

fn on_both(test: impl Fn(&TestApp)) {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        println!("on {database:?}");
        test(&TestApp::start_on(database, |app| app.resource::<Binder>().resource::<Leaf>()));
    }
}

fn user(id: &str) -> CurrentUser {
    let all = ["binders", "leafs"].iter().flat_map(|name| {
        ["read", "write", "delete", "read:self", "write:self", "delete:self"].map(|kind| format!("{name}:{kind}"))
    });
    CurrentUser::new(id).with_permissions(all)
}

#[test]
fn services_of_hooks_are_limited_to_the_callers_own_rows() {
    on_both(|app| {
        let (ada, bob) = (app.as_user(user("auth0|ada")), app.as_user(user("auth0|bob")));
        let mine = created(ada.post("/api/v1/binders/self", json!({"title": "mine"})));
        let bobs = created(bob.post("/api/v1/binders/self", json!({"title": "of Bob"})));
        created(ada.post("/api/v1/leafs/self", json!({"binderId": mine["id"]})));
        let answer = ada.post("/api/v1/leafs/self", json!({"binderId": bobs["id"]}));
        refused(&answer, 404, "not-found", "the hook's service is for her own rows too");
        created(ada.post("/api/v1/leafs", json!({"binderId": bobs["id"]})));
    });
}

#[test]
fn writes_of_a_hook_are_rolled_back_with_its_write() {
    on_both(|app| {
        let ada = user("auth0|ada");
        let caller = app.as_user(ada.clone());
        let mine = created(caller.post("/api/v1/binders", json!({"title": "mine"})));
        let id: Uuid = created(caller.post("/api/v1/leafs", json!({"binderId": mine["id"]})))["id"]
            .as_str()
            .and_then(|id| id.parse().ok())
            .expect("an id");
        refused(&caller.delete(&format!("/api/v1/leafs/{id}")), 404, "not-found", "the hook took the row away");
        let swallowed = app.block_on(app.ctx().transaction(async |tx| {
            let _ = leaf::Service::as_user(&tx, ada.clone()).delete(id).await;
            Ok(())
        }));
        assert!(swallowed.is_err(), "half a write is not committed");
        let leaves = leaf::Service::as_system(app.ctx());
        assert!(app.block_on(leaves.get_by_id(id)).is_ok(), "it is there still");
        let binders = binder::Service::as_system(app.ctx());
        assert_eq!(app.block_on(binders.count(Query::new())).expect("a count"), 1);
    });
}

#[test]
fn the_system_creates_rows_for_others_despite_the_policy() {
    on_both(|app| {
        let binders = binder::Service::as_system(app.ctx());
        let made = app.block_on(binders.create_for("auth0|ada", binder::Create::new("seeded"))).expect("a folder");
        assert_eq!(made.owner_id, "auth0|ada");
        let stranger = binder::Service::as_user(app.ctx(), CurrentUser::new("auth0|eve"));
        let refused = app.block_on(stranger.create(binder::Create::new("x"))).expect_err("no editor");
        assert_eq!(refused.slug(), "outside-policy");
    });
}
