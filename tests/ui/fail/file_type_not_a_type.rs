//! A content type has two parts.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Report {
    pub id: Uuid,
    #[resource(file(max = "1MiB", types("pdf")))]
    pub paper: Option<FileRef>,
}

fn main() {}
