//! The units are powers of 1024.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Report {
    pub id: Uuid,
    #[resource(file(max = "1MB", types("application/pdf")))]
    pub paper: Option<FileRef>,
}

fn main() {}
