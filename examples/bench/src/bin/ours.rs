//! The benchmark's server with Resourceful. `SERVE` chooses what it serves of the same tables: everything for everybody
//! (the default), with `guarded` projects for callers with a permission, or with `cached` projects whose answers are kept.

#![allow(missing_docs, reason = "the fields of an example need no explanation")]

use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(public(list, get), operations(only(list, get)), has_many(projects: Project))]
pub struct Owner {
    pub id: Uuid,
    pub name: String,
    pub email: String,
    pub created_at: DateTime<Utc>,
}

/// A project.
#[derive(Clone, Debug, Resource)]
#[resource(public(list, get, create, patch), operations(only(list, get, create, patch)), sort = "-created_at")]
#[resource(has_many(tasks: Task))]
pub struct Project {
    pub id: Uuid,
    #[resource(length(1..=255), filter)]
    pub name: String,
    pub description: Option<String>,
    #[resource(default = true, filter)]
    pub is_active: bool,
    #[resource(belongs_to(owner: Owner), filter)]
    pub owner_id: Uuid,
    pub due_date: Option<DateTime<Utc>>,
    #[resource(filter, sort)]
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Debug, Resource)]
#[resource(public(list, get), operations(only(list, get)))]
pub struct Task {
    pub id: Uuid,
    #[resource(belongs_to(project: Project))]
    pub project_id: Uuid,
    pub title: String,
    pub priority: i32,
    pub created_at: DateTime<Utc>,
}

/// A project, for callers with the permission `projects:read`.
#[derive(Clone, Debug, Resource)]
#[resource(table = "projects", path = "guarded", name = "projects", operations(only(get)))]
pub struct Guarded {
    pub id: Uuid,
    pub name: String,
    pub description: Option<String>,
    pub is_active: bool,
    pub owner_id: Uuid,
    pub due_date: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A project whose answer is kept.
#[derive(Clone, Debug, Resource)]
#[resource(
    table = "projects",
    path = "projects",
    name = "projects",
    operations(only(get)),
    public(get),
    cache(ttl = "1h")
)]
pub struct Cached {
    pub id: Uuid,
    pub name: String,
    pub description: Option<String>,
    pub is_active: bool,
    pub owner_id: Uuid,
    pub due_date: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

#[resourceful::main]
async fn main() -> Result<()> {
    let app = App::from_env()?;
    match std::env::var("SERVE").as_deref() {
        Ok("guarded") => app.resource::<Guarded>(),
        Ok("cached") => app.resource::<Cached>(),
        _ => app.resource::<Owner>().resource::<Project>().resource::<Task>(),
    }
    .run()
    .await
}
