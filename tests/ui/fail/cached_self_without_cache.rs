use resourceful::prelude::*;

struct Weather;

impl Weather {
    #[cached(ttl = "5m")]
    async fn today(&self) -> i32 {
        21
    }
}

fn main() {
    let _ = Weather::today;
}
