use resourceful::prelude::*;

#[cached(ttl = "5m")]
async fn first(ctx: &Context, words: &'static str) -> &'static str {
    let _ = ctx;
    words
}

fn main() {
    let _ = first;
}
