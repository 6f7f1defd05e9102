//! Large rows that all callers may use.

use resourceful::prelude::*;

/// A large text.
#[derive(Clone, Debug, Resource)]
#[resource(public(list, get, search, count, create), has_many(chapters: Chapter))]
pub struct Volume {
    pub id: i32,
    #[resource(search, filter)]
    pub text: String,
}

/// Something small that belongs to it.
#[derive(Clone, Debug, Resource)]
#[resource(public(list, get, count, create))]
pub struct Chapter {
    pub id: i32,
    #[resource(belongs_to(volume: Volume), filter)]
    pub volume_id: i32,
}
