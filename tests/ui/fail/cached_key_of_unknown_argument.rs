use resourceful::prelude::*;

#[cached(ttl = "5m", key = "users:{idd}:{id}")]
async fn name(ctx: &Context, id: i32) -> String {
    let _ = ctx;
    id.to_string()
}

fn main() {}
