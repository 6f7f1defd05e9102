use resourceful::prelude::*;

#[cached(ttl = "5m")]
async fn name<T: std::fmt::Display>(ctx: &Context, id: T) -> String {
    let _ = ctx;
    id.to_string()
}

fn main() {}
