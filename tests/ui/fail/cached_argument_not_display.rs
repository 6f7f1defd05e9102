use resourceful::prelude::*;

#[cached(ttl = "5m")]
async fn sum(ctx: &Context, numbers: Vec<i32>) -> i32 {
    let _ = ctx;
    numbers.iter().sum()
}

fn main() {
    let _ = sum;
}
