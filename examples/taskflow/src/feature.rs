//! Features.

pub use self::feature::*;

use resourceful::prelude::*;

/// A part of the application that can be switched on and off. Everyone asks for them and few people change them, so the server
/// keeps the answers until a feature changes, and browsers for five seconds. With `version`, somebody who changes a feature that
/// another has changed meanwhile is told so (`If-Match`).
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(sort = "key", public(list, get), cache(ttl = "60s", max_age = "5s"))]
pub struct Feature {
    pub id: i32,
    #[resource(unique, create_only, length(1..=64), pattern = "^[a-z][a-z0-9-]*$", filter, sort, search)]
    pub key: String,
    #[resource(search)]
    pub description: Option<String>,
    #[resource(default = false, filter)]
    pub is_enabled: bool,
    /// The percentage of users for whom the feature is on.
    #[resource(default = 100, range(0..=100), filter, sort)]
    pub rollout: i16,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
