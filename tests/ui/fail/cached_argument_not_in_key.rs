use resourceful::prelude::*;

#[cached(ttl = "5m", key = "users:{id}")]
async fn name(ctx: &Context, id: i32, language: String) -> String {
    let _ = ctx;
    format!("{id} in {language}")
}

fn main() {}
