use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    #[resource(write = "things:date")]
    pub created_at: DateTime<Utc>,
}

fn main() {}
