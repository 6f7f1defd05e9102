use resourceful::prelude::*;

fn main() {
    #[derive(Clone, Debug, Resource)]
    pub struct Thing {
        pub id: Uuid,
    }
}
