use resourceful::prelude::*;

#[cached(key = "users:{id}")]
async fn name(ctx: &Context, id: i32) -> String {
    let _ = ctx;
    id.to_string()
}

fn main() {}
