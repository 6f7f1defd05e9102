use resourceful::prelude::*;

#[cached(ttl = "5m", key = "users:{user}:{page}")]
async fn names(ctx: &Context, user_id: i32, page: u64) -> String {
    let _ = ctx;
    format!("{user_id} {page}")
}

fn main() {}
