//! A row exists before its file.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Report {
    pub id: Uuid,
    #[resource(file(max = "1MiB", types("application/pdf")))]
    pub paper: FileRef,
}

fn main() {}
