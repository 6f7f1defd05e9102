use resourceful::prelude::*;

#[cached(ttl = "5m")]
async fn name(ctx: &Context) {
    let _ = ctx;
}

fn main() {}
