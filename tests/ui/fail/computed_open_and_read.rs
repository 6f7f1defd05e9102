use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(computed(margin: i32, read = "orders:read:cost", open))]
pub struct Order {
    pub id: Uuid,
    pub price: i32,
    #[resource(read = "orders:read:cost")]
    pub cost: i32,
}

impl Order {
    fn margin(&self) -> i32 {
        self.price - self.cost
    }
}

fn main() {}
