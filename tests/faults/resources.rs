//! The resources of the fault tests, which everyone may use. The server and the tests share them.

use resourceful::prelude::*;

/// A write that is one statement.
#[derive(Clone, Debug, Resource)]
#[resource(public(create, bulk_create, count))]
pub struct Mark {
    pub id: Uuid,
    #[resource(unique)]
    pub text: String,
}

/// A write that is a transaction.
#[derive(Clone, Debug, Resource)]
#[resource(public(create, bulk_create, count), hooks)]
pub struct Stamp {
    pub id: Uuid,
    #[resource(unique)]
    pub text: String,
}

impl Hooks for Stamp {
    async fn after_create(row: &Self, hook: &HookContext) -> Result<()> {
        hook.service::<mark::Service>().create(mark::Create::new(format!("of {}", row.text))).await.map(drop)
    }
}

/// A document of any shape, and a text.
#[derive(Clone, Debug, Resource)]
#[resource(public(create, bulk_create, count, patch))]
pub struct Document {
    pub id: i64,
    #[resource(default = resourceful::serde_json::Value::Null)]
    pub data: resourceful::serde_json::Value,
    pub text: Option<String>,
}

/// A row that is changed by one statement, and read.
#[derive(Clone, Debug, Resource)]
#[resource(public(create, get, list, count, patch, delete))]
pub struct Note {
    pub id: Uuid,
    #[resource(filter)]
    pub number: i64,
}

/// A row that is changed in a transaction, and read.
#[derive(Clone, Debug, Resource)]
#[resource(public(create, get, list, count, patch, delete), hooks)]
pub struct Sheet {
    pub id: Uuid,
    #[resource(filter)]
    pub number: i64,
}

impl Hooks for Sheet {}

/// A row whose answers the server keeps.
#[derive(Clone, Debug, Resource)]
#[resource(public(create, get, patch), cache(ttl = "60s"))]
pub struct Poster {
    pub id: Uuid,
    pub number: i64,
}
