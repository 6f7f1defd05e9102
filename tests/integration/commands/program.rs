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

#[resourceful::main]
async fn main() -> resourceful::Result<()> {
    App::from_env()?.title("Things", "1.0.0").mail().resource::<Thing>().run().await
}
