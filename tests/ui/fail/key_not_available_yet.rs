use resourceful::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, ResourceEnum)]
#[resource(postgres)]
pub enum Mood {
    Good,
}

fn main() {}
