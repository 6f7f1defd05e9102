//! No type is accepted by default.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Report {
    pub id: Uuid,
    #[resource(file(max = "1MiB"))]
    pub paper: Option<FileRef>,
}

fn main() {}
