//! Users.

pub use self::user::*;

use resourceful::prelude::*;

use crate::project::Project;

/// A user of the application. The id is the subject of the access token.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = id, sort = "-created_at", has_many(projects: Project))]
pub struct User {
    pub id: String,
    #[resource(email, filter, search)]
    pub email: Option<String>,
    #[resource(length(1..=200), filter, sort, search)]
    pub name: Option<String>,
    #[resource(filter, sort)]
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
