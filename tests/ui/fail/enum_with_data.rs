use resourceful::prelude::*;

#[derive(Clone, Copy, Debug, ResourceEnum)]
pub enum Status {
    Open(i32),
    Done,
}

fn main() {}
