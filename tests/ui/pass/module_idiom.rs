//! One file for each resource: everything generated is in the file's own module.
#![deny(warnings)]
#![allow(dead_code)]

mod project {
    pub use self::project::*;
    use resourceful::prelude::*;

    #[derive(Clone, Debug, PartialEq, Resource)]
    pub struct Project {
        pub id: Uuid,
        pub name: String,
    }
}

use project::Project;

/// Runs what it makes.
pub fn main() {
    let _ = project::Create::new("a");
    let _ = project::permissions::ADMIN;
    assert_eq!(<Project as resourceful::Resource>::spec().type_name, "Project");
}
