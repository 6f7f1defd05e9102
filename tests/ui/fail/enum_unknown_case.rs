use resourceful::prelude::*;

#[derive(Clone, Copy, Debug, ResourceEnum)]
#[resource(rename_all = "snakecase")]
pub enum Status {
    Open,
}

fn main() {}
