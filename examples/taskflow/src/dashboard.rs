//! The numbers on the first page.

use resourceful::prelude::*;
use resourceful::sea_orm::ColumnTrait;
use resourceful::serde::{Deserialize, Serialize};

use crate::project;
use crate::task::{self, Status};

/// How much there is, in numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(crate = "resourceful::serde", rename_all = "camelCase")]
pub struct Summary {
    pub projects: u64,
    pub active_projects: u64,
    pub open_tasks: u64,
}

/// Counts over all rows cost time, so the numbers are kept. The names of the tables are their tags: a write of a project or of
/// a task makes them outdated at once.
#[cached(ttl = "5m", key = "dashboard", tags("projects", "tasks"))]
async fn summarize(ctx: &Context) -> Result<Summary> {
    let (projects, tasks) = (project::Service::as_system(ctx), task::Service::as_system(ctx));
    Ok(Summary {
        projects: projects.count(Query::new()).await?,
        active_projects: projects.count(Query::new().filter(project::Column::IsActive.eq(true))).await?,
        open_tasks: tasks.count(Query::new().filter(task::Column::Status.ne(Status::Done))).await?,
    })
}

/// The numbers of all projects and tasks.
#[get("/summary", requires("dashboard:read"))]
pub async fn summary(projects: project::Service) -> Result<Json<Summary>> {
    summarize(projects.ctx()).await.map(Json)
}
