//! A size has a width and a height.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Report {
    pub id: Uuid,
    #[resource(file(max = "1MiB", types("image/png"), thumbs("200")))]
    pub paper: Option<FileRef>,
}

fn main() {}
