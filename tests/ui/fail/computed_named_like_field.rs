use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(computed(full_name: String))]
pub struct Thing {
    pub id: Uuid,
    #[resource(rename = "fullName")]
    pub name: String,
}

impl Thing {
    fn full_name(&self) -> String {
        self.name.clone()
    }
}

fn main() {}
