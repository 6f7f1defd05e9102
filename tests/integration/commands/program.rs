//! An application whose commands the tests run as a user would.

use resourceful::prelude::*;

/// A row.
#[derive(Clone, Debug, Resource)]
pub struct Thing {
    /// Made by the server.
    pub id: Uuid,
    /// What people call it.
    #[resource(filter, sort)]
    pub name: String,
}

/// What everybody reads, from the cache.
#[derive(Clone, Debug, Resource)]
#[resource(public(list), cache(ttl = "1m"))]
pub struct Notice {
    /// Made by the server.
    pub id: Uuid,
    /// What it says.
    pub text: String,
}

#[resourceful::main]
async fn main() -> resourceful::Result<()> {
    App::from_env()?.title("Things", "1.0.0").resource::<Thing>().resource::<Notice>().run().await
}
