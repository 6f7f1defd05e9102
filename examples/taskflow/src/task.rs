//! Tasks.

pub use self::task::*;

use resourceful::prelude::*;

use crate::project::Project;
use crate::user::{self, User};

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

/// A step of a project. Who is assigned to it by somebody else gets a mail.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = project.owner_id, sort = "-priority,created_at", hooks)]
pub struct Task {
    pub id: Uuid,
    #[resource(belongs_to(project: Project, on_delete = "cascade"), filter)]
    pub project_id: Uuid,
    /// Who does it.
    #[resource(belongs_to(assignee: User, on_delete = "set_null"), filter)]
    pub assignee_id: Option<String>,
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

impl Hooks for Task {
    async fn after_create(task: &Self, hook: &HookContext) -> Result<()> {
        task.tell_assignee(hook).await
    }

    async fn after_update(before: &Self, after: &Self, hook: &HookContext) -> Result<()> {
        if before.assignee_id == after.assignee_id {
            return Ok(());
        }
        after.tell_assignee(hook).await
    }
}

impl Task {
    /// Stores a mail to the assignee together with the write: it is sent if the write is committed, and only then.
    async fn tell_assignee(&self, hook: &HookContext) -> Result<()> {
        let Some(id) = &self.assignee_id else { return Ok(()) };
        if hook.user().is_some_and(|user| user.id == *id) {
            return Ok(());
        }
        // As the system: who assigns a task need not be allowed to read the address.
        let assignee = user::Service::as_system(hook.tx()).get_by_id(id.clone()).await?;
        let Some(address) = assignee.email else { return Ok(()) };
        let mail = hook.mailer().templates().notification(address, "A task was assigned to you", &self.title, None)?;
        // A task can also be assigned to a user whose address no mail can be sent to.
        match mail.check() {
            Ok(()) => hook.mailer().send(mail).await.map(drop),
            Err(_) => {
                // Without what is wrong: it has the address in it.
                tracing::warn!(task = %self.id, assignee = id, "the assignee is not told: their address is invalid");
                Ok(())
            }
        }
    }
}
