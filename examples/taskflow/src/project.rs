//! Projects, and an additional endpoint for them.

pub use self::project::*;

use resourceful::prelude::*;

use crate::task::Task;
use crate::user::User;

/// A piece of work that one user owns.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id, sort = "-created_at", has_many(tasks: Task))]
pub struct Project {
    pub id: Uuid,
    #[resource(length(1..=255), filter, sort, search)]
    pub name: String,
    #[resource(search)]
    pub description: Option<String>,
    #[resource(default = true, filter)]
    pub is_active: bool,
    #[resource(belongs_to(owner: User), filter)]
    pub owner_id: String,
    #[resource(filter, sort)]
    pub due_date: Option<DateTime<Utc>>,
    #[resource(filter, sort)]
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Activates a project.
#[post("/{id}/activate", requires("projects:admin"))]
pub async fn activate(id: Path<Uuid>, projects: Service) -> Result<Out<Project>> {
    projects.activate(*id).await.map(Out)
}

impl Service {
    /// Activates a project.
    ///
    /// # Errors
    /// 404 if the project does not exist.
    pub async fn activate(&self, id: Uuid) -> Result<Project> {
        self.patch(id, Patch::new().is_active(true)).await
    }
}
