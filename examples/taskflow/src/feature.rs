//! Features.

pub use self::feature::*;

use resourceful::prelude::*;

/// A part of the application that can be switched on and off.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(sort = "key", public(list, get))]
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
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
