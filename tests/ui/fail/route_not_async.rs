use resourceful::prelude::*;

#[get("/one", public)]
fn one() -> Json<i32> {
    Json(1)
}

fn main() {}
