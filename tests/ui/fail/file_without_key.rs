//! Nothing says which files it takes.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Report {
    pub id: Uuid,
    pub paper: Option<FileRef>,
}

fn main() {}
