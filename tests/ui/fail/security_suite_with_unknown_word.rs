// The compiler stops here.

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
}

fn main() {}

resourceful::security_suite!(Thing, databse = Postgres);
