use resourceful::prelude::*;

#[cached(ttl = "5m", skip(nwo))]
async fn name(ctx: &Context, now: i32) -> i32 {
    let _ = ctx;
    now
}

fn main() {}
