use resourceful::prelude::*;

struct Opaque;

#[cached(ttl = "5m")]
async fn opaque(ctx: &Context) -> Opaque {
    let _ = ctx;
    Opaque
}

fn main() {
    let _ = opaque;
}
