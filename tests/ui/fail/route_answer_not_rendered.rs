use resourceful::prelude::*;

pub struct Answer;

#[get("/one", public)]
async fn one() -> Answer {
    Answer
}

fn main() {}
