//! A word with a typing error.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Report {
    pub id: Uuid,
    #[resource(file(max = "1MiB", type("image/png")))]
    pub paper: Option<FileRef>,
}

fn main() {}
