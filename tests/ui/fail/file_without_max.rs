//! There is no limit by default.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Report {
    pub id: Uuid,
    #[resource(file(types("application/pdf")))]
    pub paper: Option<FileRef>,
}

fn main() {}
