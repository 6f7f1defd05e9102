use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(ownr = id, sort = "-nam")]
pub struct Thing {
    pub id: Uuid,
    #[resource(lenght(1..), email)]
    pub age: i32,
}

fn main() {
    let _ = thing::Create::new(1);
}
