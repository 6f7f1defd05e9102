use resourceful::prelude::*;

#[cached(ttl = "5m", tags(5))]
async fn name(ctx: &Context, id: i32) -> i32 {
    let _ = ctx;
    id
}

fn main() {}
