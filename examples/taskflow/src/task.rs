//! Tasks.

pub use self::task::*;

use resourceful::prelude::*;

use crate::project::Project;

/// The progress of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ResourceEnum)]
pub enum Status {
    /// Work has not begun.
    Open,
    /// Work is in progress.
    InProgress,
    /// The task is done.
    Done,
}

/// A step of a project.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = project.owner_id, sort = "-priority,created_at")]
pub struct Task {
    pub id: Uuid,
    #[resource(belongs_to(project: Project, on_delete = "cascade"), filter)]
    pub project_id: Uuid,
    #[resource(length(1..=255), filter, sort, search)]
    pub title: String,
    #[resource(default = Status::Open, filter, sort)]
    pub status: Status,
    /// From 1 (low) to 5 (urgent).
    #[resource(default = 3, range(1..=5), filter, sort)]
    pub priority: i32,
    /// The estimated work, in hours.
    #[resource(range(0..=9999), filter, sort)]
    pub estimate: Option<Decimal>,
    #[resource(default = Json(Vec::new()))]
    pub tags: Json<Vec<String>>,
    /// A drawing, a photograph, a paper.
    #[resource(file(
        max = "10MiB",
        types("image/png", "image/jpeg", "application/pdf", "text/plain"),
        thumbs("200x200")
    ))]
    pub attachment: Option<FileRef>,
    #[resource(filter, sort)]
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
