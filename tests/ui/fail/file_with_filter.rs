//! Files are not in the database.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Report {
    pub id: Uuid,
    #[resource(filter, file(max = "1MiB", types("application/pdf")))]
    pub paper: Option<FileRef>,
}

fn main() {}
