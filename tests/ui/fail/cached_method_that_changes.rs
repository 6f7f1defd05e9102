use resourceful::cache::Cache;
use resourceful::prelude::*;

struct Weather(i32);

impl Weather {
    #[cached(ttl = "5m")]
    async fn next(&mut self, cache: &Cache) -> i32 {
        let _ = cache;
        self.0 += 1;
        self.0
    }
}

fn main() {
    let _ = Weather(1);
}
