use resourceful::prelude::*;

#[cached(ttl = "5m")]
async fn name(ctx: &Context, (first, second): (i32, i32)) -> i32 {
    let _ = ctx;
    first + second
}

fn main() {}
