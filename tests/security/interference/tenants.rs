//! What tenants keep: each sees their own rows alone, by a policy, by a policy that follows a reference, by ownership, or by
//! ownership through a reference.

use resourceful::prelude::*;
use resourceful::sea_orm::sea_query::Query as Select;
use resourceful::sea_orm::{ColumnTrait, Condition};
use resourceful::serde_json::Value;

/// A tenant; the id is the token's subject.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = id, policy, cache(ttl = "10m"))]
pub struct Tenant {
    pub id: String,
    #[resource(filter, sort, search)]
    pub name: Option<String>,
}

impl Policy for Tenant {
    fn rows(user: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        user.map_or_else(Rows::none, |user| Rows::when("own", tenant::Column::Id.eq(&user.id)))
    }
}

/// A folder of a tenant, possibly within another.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(
    owner = keeper,
    policy,
    sort = "name",
    unique(keeper, name),
    has_many(items: Item),
    has_many(folders: Folder, via = parent_id),
    computed(length: i32),
    cache(ttl = "10m")
)]
pub struct Folder {
    pub id: Uuid,
    pub keeper: String,
    #[resource(length(1..=20), filter, sort, search)]
    pub name: String,
    #[resource(filter, sort)]
    pub size_limit: Option<i32>,
    #[resource(belongs_to(parent: Folder), filter)]
    pub parent_id: Option<Uuid>,
}

impl Folder {
    fn length(&self) -> i32 {
        i32::try_from(self.name.chars().count()).unwrap_or(i32::MAX)
    }
}

impl Policy for Folder {
    fn rows(user: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        user.map_or_else(Rows::none, |user| Rows::when("keeper", folder::Column::Keeper.eq(&user.id)))
    }
}

fn own_folders(user: &CurrentUser) -> resourceful::sea_orm::sea_query::SelectStatement {
    let mut own = Select::select();
    let mine = Condition::all().add(folder::Column::Keeper.eq(&user.id));
    own.column(folder::Column::Id).from(folder::Entity).cond_where(mine);
    own
}

/// An entry of a folder; visible to everyone who sees the folder.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy, sort = "-number", unique(folder_id, code), cache(ttl = "10m"))]
pub struct Item {
    pub id: Uuid,
    #[resource(filter, sort, search)]
    pub title: String,
    #[resource(range(0..=9), filter, sort)]
    pub number: i32,
    #[resource(filter)]
    pub code: Option<String>,
    #[resource(default = false, filter)]
    pub is_done: bool,
    pub note: Option<Value>,
    #[resource(belongs_to(folder: Folder), filter)]
    pub folder_id: Uuid,
    #[resource(belongs_to(second: Folder, on_delete = "set_null"), filter)]
    pub second_id: Option<Uuid>,
}

impl Policy for Item {
    fn rows(user: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        user.map_or_else(Rows::none, |user| Rows::when("folder", item::Column::FolderId.in_subquery(own_folders(user))))
    }
}

/// Something with an owner and no policy, reached by `/self` only.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = keeper, sort = "word", has_many(stubs: Stub), cache(ttl = "10m"))]
pub struct Tray {
    pub id: Uuid,
    pub keeper: String,
    #[resource(filter, sort, search)]
    pub word: String,
}

/// Owned through its tray; a number is in a tray once.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = tray.keeper, sort = "number", unique(tray_id, number), cache(ttl = "10m"))]
pub struct Stub {
    pub id: Uuid,
    #[resource(belongs_to(tray: Tray, on_delete = "cascade"), filter)]
    pub tray_id: Uuid,
    #[resource(filter, sort)]
    pub number: i32,
}

/// A policy that follows a reference to what has none.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy, sort = "number", unique(tray_id, number), cache(ttl = "10m"))]
pub struct Ticket {
    pub id: Uuid,
    #[resource(belongs_to(tray: Tray, on_delete = "cascade"), filter)]
    pub tray_id: Uuid,
    #[resource(filter, sort)]
    pub number: i32,
}

impl Policy for Ticket {
    fn rows(user: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        let Some(user) = user else { return Rows::none() };
        let mut own = Select::select();
        let mine = Condition::all().add(tray::Column::Keeper.eq(&user.id));
        own.column(tray::Column::Id).from(tray::Entity).cond_where(mine);
        Rows::when("tray", ticket::Column::TrayId.in_subquery(own))
    }
}

/// A note on a folder, whose hooks read the folder with all rights.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy, hooks, sort = "text", cache(ttl = "10m"))]
pub struct Memo {
    pub id: Uuid,
    #[resource(filter, sort, search)]
    pub text: String,
    #[resource(belongs_to(folder: Folder, on_delete = "cascade"), filter)]
    pub folder_id: Uuid,
}

impl Policy for Memo {
    fn rows(user: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        user.map_or_else(Rows::none, |user| Rows::when("folder", memo::Column::FolderId.in_subquery(own_folders(user))))
    }
}

/// Nothing is noted on a folder called `closed`.
async fn is_open(folder: Uuid, hook: &HookContext) -> Result<()> {
    let folder = folder::Service::as_system(hook.tx()).get_by_id(folder).await?;
    if folder.name == "closed" { Err(Error::conflict("closed-folder", "It is closed")) } else { Ok(()) }
}

impl Hooks for Memo {
    async fn before_create(row: &mut memo::ActiveModel, hook: &HookContext) -> Result<()> {
        is_open(*row.folder_id.as_ref(), hook).await
    }

    async fn before_update(_: &Self, row: &mut memo::ActiveModel, hook: &HookContext) -> Result<()> {
        is_open(*row.folder_id.as_ref(), hook).await
    }
}
