//! Resources whose lists want indexes.
#![allow(missing_docs, reason = "the fields of a test speak for themselves")]

use resourceful::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ResourceEnum)]
pub(crate) enum State {
    Open,
    Done,
}

/// Owned by its own id: `/self` finds one row, by its key.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = id)]
pub(crate) struct Member {
    pub id: String,
}

/// One field for each piece of advice.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id, sort = "-priority,name")]
pub(crate) struct Item {
    pub id: i64,
    #[resource(length(..=50), filter, sort, search)]
    pub name: String,
    #[resource(filter, sort)]
    pub due: Option<DateTime<Utc>>,
    #[resource(filter, sort)]
    pub price: Option<Decimal>,
    #[resource(default = true, filter)]
    pub is_active: bool,
    #[resource(filter, sort)]
    pub state: State,
    #[resource(filter)]
    pub email: Option<String>,
    #[resource(unique, filter, sort)]
    pub code: i32,
    #[resource(index, filter)]
    pub batch: i32,
    #[resource(index, sort)]
    pub place: i32,
    pub priority: i32,
    #[resource(belongs_to(owner: Member), filter)]
    pub owner_id: String,
}

/// Owned through its item, and listed by its owner only.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = item.owner_id, operations(only(self_list, self_get)))]
pub(crate) struct Step {
    pub id: Uuid,
    #[resource(belongs_to(item: Item), filter)]
    pub item_id: i64,
    #[resource(filter, sort)]
    pub day: NaiveDate,
}

/// Nothing but words.
#[derive(Clone, Debug, PartialEq, Resource)]
pub(crate) struct Note {
    pub id: i32,
    #[resource(search)]
    pub name: String,
    #[resource(search)]
    pub title: Option<String>,
}
