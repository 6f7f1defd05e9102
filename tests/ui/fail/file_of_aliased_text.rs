//! A text is no file, whatever it is called.

use resourceful::prelude::*;

type Paper = Option<String>;

#[derive(Clone, Debug, Resource)]
pub struct Report {
    pub id: Uuid,
    #[resource(file(max = "1MiB", types("application/pdf")))]
    pub paper: Paper,
}

fn main() {}
