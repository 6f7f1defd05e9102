//! A text is no file.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Report {
    pub id: Uuid,
    #[resource(file(max = "1MiB", types("application/pdf")))]
    pub paper: Option<String>,
}

fn main() {}
