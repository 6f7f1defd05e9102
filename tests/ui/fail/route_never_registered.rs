#![deny(dead_code)]

use resourceful::prelude::*;

#[get("/forgotten", public)]
async fn forgotten() -> Json<bool> {
    Json(true)
}
