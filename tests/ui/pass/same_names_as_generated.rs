//! Types of the user's own that are called like generated ones keep their meaning.
#![deny(warnings)]
#![allow(dead_code, clippy::upper_case_acronyms)]

use resourceful::prelude::*;

macro_rules! own {
    ($($name:ident),*) => { $(
        #[derive(Clone, Copy, Debug, PartialEq, ResourceEnum)]
        pub enum $name { A }
    )* };
}
own!(Update, Create, Patch, Entity, Model, Column, Service, Relation, PrimaryKey, ActiveModel, Id, SPEC);

#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Thing {
    pub id: i32,
    pub update: Update,
    pub create: Create,
    pub patch: Patch,
    pub entity: Entity,
    pub model: Model,
    pub column: Column,
    pub service: Service,
    pub relation: Relation,
    pub key: PrimaryKey,
    pub active: Option<ActiveModel>,
    pub other_id: Id,
    pub spec: SPEC,
    pub new: Option<i32>,
    pub clone: Option<i32>,
    pub default: Option<bool>,
    pub into_assignments: Option<bool>,
    pub get: Option<bool>,
}

/// Runs what it makes.
pub fn main() {
    let patch = thing::Patch::new().update(Update::A).create(Create::A).set_new(Some(1)).default(None);
    let pairs = resourceful::Input::into_assignments(patch);
    assert_eq!(pairs.iter().map(|(index, _)| *index).collect::<Vec<_>>(), [1, 2, 13, 15]);
}
