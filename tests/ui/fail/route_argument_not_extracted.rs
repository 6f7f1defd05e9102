use resourceful::prelude::*;

pub struct Body;

#[post("/one", public)]
async fn one(body: Body) -> Json<i32> {
    let Body = body;
    Json(1)
}

fn main() {}
