use resourceful::prelude::*;

struct Opaque;

#[cached(ttl = "5m")]
async fn opaque(ctx: &Context) -> Result<Opaque> {
    let _ = ctx;
    Ok(Opaque)
}

fn main() {
    let _ = opaque;
}
