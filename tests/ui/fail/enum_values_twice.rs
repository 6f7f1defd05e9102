use resourceful::prelude::*;

#[derive(Clone, Copy, Debug, ResourceEnum)]
pub enum Status {
    Open,
    #[resource(rename = "open")]
    Reopened,
}

fn main() {}
