use resourceful::prelude::*;

struct Failure;

#[cached(ttl = "5m")]
async fn number(ctx: &Context) -> Result<i32, Failure> {
    let _ = ctx;
    Err(Failure)
}

fn main() {
    let _ = number;
}
