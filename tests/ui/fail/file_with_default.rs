//! A row is created without its file.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Report {
    pub id: Uuid,
    #[resource(default = None, file(max = "1MiB", types("application/pdf")))]
    pub paper: Option<FileRef>,
}

fn main() {}
