//! The server whose memory and connections `resource_limits.rs` measures: an application with its settings from the
//! environment. It prints its address, and ends when its standard input is closed, so that it never outlives a test.

use std::io::Read;

use resourceful::{App, Result};

#[path = "resource_limits/resources.rs"]
mod resources;

use resources::{Chapter, Volume};

#[resourceful::main]
async fn main() -> Result<()> {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    App::from_env()?.resource::<Volume>().resource::<Chapter>().run().await
}
