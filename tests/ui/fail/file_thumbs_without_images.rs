//! No smaller copy can be made of a document.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Report {
    pub id: Uuid,
    #[resource(file(max = "1MiB", types("application/pdf"), thumbs("200x200")))]
    pub paper: Option<FileRef>,
}

fn main() {}
