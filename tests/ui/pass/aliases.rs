//! The type decides, not its spelling.
#![deny(warnings)]
#![allow(dead_code)]

use resourceful::prelude::*;

type Maybe<T> = Option<T>;
type Text = String;
type Number = i64;
type Key = Uuid;
type Moment = DateTime<Utc>;

#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner)]
pub struct Thing {
    pub id: Key,
    #[resource(length(..=3), search, filter, one_of("a", "b"))]
    pub text: Maybe<Text>,
    #[resource(range(..10))]
    pub number: Number,
    #[resource(range(0.5..=1.5))]
    pub ratio: Maybe<f64>,
    #[resource(read_only)]
    pub hidden: Maybe<i32>,
    pub owner: Text,
    pub created_at: Moment,
}

/// Runs what it makes.
pub fn main() {
    let spec = &thing::SPEC;
    assert!(spec.fields[1].ty.nullable && !spec.fields[2].ty.nullable);
    let _ = thing::Create::new(None, 5, None).text(Some("a".to_owned()));
    let patch = thing::Patch::new().text(None);
    assert_eq!(resourceful::Input::into_assignments(patch).len(), 1);
}
