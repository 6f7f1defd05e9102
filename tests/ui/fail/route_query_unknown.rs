use resourceful::prelude::*;

#[get("/a", public, query = "none")]
async fn a() -> Json<bool> {
    Json(true)
}

#[get("/b", public, quer = "any")]
async fn b() -> Json<bool> {
    Json(true)
}

fn main() {}
