use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(public(list), cache(max_age = "30s"))]
pub struct Thing {
    pub id: Uuid,
    #[resource(read = "things:price")]
    pub price: i32,
}

fn main() {}
