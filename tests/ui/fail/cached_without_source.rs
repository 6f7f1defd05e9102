use resourceful::prelude::*;

#[cached(ttl = "5m")]
async fn name(id: i32) -> String {
    id.to_string()
}

fn main() {}
