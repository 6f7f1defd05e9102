//! The server of `cargo xtask bench --files`: rows that each have a file of any size.

#![allow(missing_docs, reason = "the fields of an example need no explanation")]

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(public(create, get, patch), operations(only(create, get, patch)))]
pub struct Paper {
    pub id: i64,
    #[resource(file(max = "16GiB", types("*/*")))]
    pub scan: Option<FileRef>,
}

#[resourceful::main]
async fn main() -> Result<()> {
    App::from_env()?.resource::<Paper>().run().await
}
