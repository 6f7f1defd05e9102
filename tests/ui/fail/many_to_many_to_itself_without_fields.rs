use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(many_to_many(friends: Thing, through = Friendship, from = thing_id))]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

#[derive(Clone, Debug, Resource)]
pub struct Friendship {
    pub id: Uuid,
    #[resource(belongs_to(thing: Thing))]
    pub thing_id: Uuid,
    #[resource(belongs_to(friend: Thing))]
    pub friend_id: Uuid,
}

fn main() {}
