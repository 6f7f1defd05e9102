//! The server that `file_fields.rs` fills with files and kills: an application with its settings from the environment. It ends when
//! its standard input is closed, so that it never outlives a test.

#![allow(missing_docs, reason = "a resource of a test")]

use std::io::Read;

use resourceful::Sweep;
use resourceful::prelude::*;

/// A row with a file of any size.
#[derive(Clone, Debug, Resource)]
#[resource(public(create, get, patch, list, delete))]
pub struct Paper {
    pub id: i64,
    #[resource(file(max = "4GiB", types("*/*")))]
    pub scan: Option<FileRef>,
}

/// Removes the files of no row, whatever their age, and says how many there were.
#[post("/sweep", public)]
async fn sweep(ctx: Context) -> Result<Json<usize>> {
    Sweep::new().of_any_age().force().run(&ctx).await.map(|swept| Json(swept.removed.len()))
}

#[resourceful::main]
async fn main() -> Result<()> {
    std::thread::spawn(|| {
        let _ = std::io::stdin().read_to_end(&mut Vec::new());
        std::process::exit(0);
    });
    App::from_env()?.resource_with::<Paper>(|routes| routes.service(sweep)).run().await
}
