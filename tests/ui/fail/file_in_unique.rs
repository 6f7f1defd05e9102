//! Files are not in the database.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(unique(name, paper))]
pub struct Report {
    pub id: Uuid,
    pub name: String,
    #[resource(file(max = "1MiB", types("application/pdf")))]
    pub paper: Option<FileRef>,
}

fn main() {}
