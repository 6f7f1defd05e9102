use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(table = "billing.invoices")]
pub struct Invoice {
    pub id: Uuid,
}

fn main() {}
