use resourceful::prelude::*;

#[resourceful::main]
fn main() {}
