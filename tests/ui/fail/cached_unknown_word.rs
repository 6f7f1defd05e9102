use resourceful::prelude::*;

#[cached(tll = "5m")]
async fn name(ctx: &Context, id: i32) -> String {
    let _ = ctx;
    id.to_string()
}

fn main() {}
