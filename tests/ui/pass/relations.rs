//! Two relations to one type, a relation to itself, and relations across modules.
#![deny(warnings)]
#![allow(dead_code)]

use resourceful::prelude::*;
use resourceful::sea_orm::{Iterable, RelationTrait};

pub mod people {
    use resourceful::prelude::*;

    #[derive(Clone, Debug, PartialEq, Resource)]
    #[resource(has_many(written: super::books::Letter, via = sender_id), has_many(got: super::books::Letter, via = receiver_id))]
    pub struct Person {
        pub id: i32,
    }
}

pub mod books {
    pub mod inner {
        use resourceful::prelude::*;

        #[derive(Clone, Debug, PartialEq, Resource)]
        pub struct Nested {
            pub(super) id: Uuid,
            pub(super) name: String,
            secret: Option<String>,
        }

        pub(crate) fn made() -> nested::Create {
            nested::Create::new("a").secret(None)
        }
    }

    use resourceful::prelude::*;

    #[derive(Clone, Debug, PartialEq, Resource)]
    pub struct Letter {
        pub id: i64,
        #[resource(belongs_to(sender: super::people::Person, on_delete = "cascade"))]
        pub sender_id: i32,
        #[resource(belongs_to(receiver: super::people::Person, on_delete = "set_null"))]
        pub receiver_id: Option<i32>,
    }

    pub fn name() -> String {
        inner::made().name
    }
}

#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(has_many(children: Category, via = parent_id))]
struct Category {
    key: i32,
    #[resource(id)]
    number: Uuid,
    #[resource(belongs_to(parent: Category))]
    parent_id: Option<Uuid>,
}

/// Runs what it makes.
pub fn main() {
    use resourceful::sea_orm::entity::RelationType;

    assert_eq!(books::name(), "a");
    let definitions: Vec<_> = people::person::Relation::iter().map(|relation| relation.def()).collect();
    assert!(definitions.iter().all(|relation| relation.rel_type == RelationType::HasMany));
    let column = |name: &str| format!("{:?}", resourceful::sea_orm::Identity::Unary(name.to_owned().into()));
    assert_eq!(format!("{:?}", definitions[1].to_col), column("receiver_id"));
    assert_eq!(format!("{:?}", definitions[1].from_col), column("id"));
    let children = category::Relation::Children.def();
    assert_eq!(format!("{:?}", children.from_col), format!("{:?}", category::Relation::Parent.def().to_col));
    assert_eq!(category::SPEC.id, 1);
    let _ = category::Create::new(1);
    assert_eq!(category::SPEC.relations[1].name, "children");
}
