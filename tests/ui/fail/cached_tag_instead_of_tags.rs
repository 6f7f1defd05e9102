use resourceful::prelude::*;

#[cached(ttl = "5m", tag = "users")]
async fn name(ctx: &Context, id: i32) -> String {
    let _ = ctx;
    id.to_string()
}

fn main() {}
