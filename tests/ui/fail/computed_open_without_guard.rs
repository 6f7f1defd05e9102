use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(computed(margin: i32, open))]
pub struct Order {
    pub id: Uuid,
    pub price: i32,
    pub cost: i32,
}

impl Order {
    fn margin(&self) -> i32 {
        self.price - self.cost
    }
}

fn main() {}
