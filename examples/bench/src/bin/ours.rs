//! The benchmark's server with Resourceful: one public resource.

#![allow(missing_docs, reason = "the fields of an example need no explanation")]

use resourceful::prelude::*;

/// An article.
#[derive(Clone, Debug, Resource)]
#[resource(public(list, get, create, patch), sort = "-created_at")]
pub struct Article {
    pub id: Uuid,
    #[resource(length(1..=255), filter, sort)]
    pub title: String,
    pub body: Option<String>,
    #[resource(default = true, filter)]
    pub is_published: bool,
    #[resource(default = 0)]
    pub views: i32,
    #[resource(index)]
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[resourceful::main]
async fn main() -> Result<()> {
    App::from_env()?.resource::<Article>().run().await
}
