use resourceful::prelude::*;

#[cached(ttl = std::time::Duration::from_secs(300))]
async fn name(ctx: &Context, id: i32) -> String {
    let _ = ctx;
    id.to_string()
}

fn main() {}
