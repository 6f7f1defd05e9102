//! The resources of these tests.

use resourceful::prelude::*;
use resourceful::serde_json::{Value, json};
use resourceful::{JsonShape, serde};

/// A user with an account; the id is the token's subject.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = id, has_many(projects: Project))]
pub struct Member {
    pub id: String,
    #[resource(email, unique, filter)]
    pub email: Option<String>,
    #[resource(length(1..=40), search)]
    pub name: Option<String>,
    #[resource(hidden)]
    pub secret: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// A piece of work that one member owns.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id, sort = "-created_at", has_many(tasks: Task), page(default = 20, max = 100))]
pub struct Project {
    pub id: Uuid,
    #[resource(length(1..=255), filter, sort, search)]
    pub name: String,
    #[resource(search)]
    pub description: Option<String>,
    #[resource(default = true, filter)]
    pub is_active: bool,
    #[resource(belongs_to(owner: Member), filter)]
    pub owner_id: String,
    #[resource(filter, sort)]
    pub due_date: Option<DateTime<Utc>>,
    #[resource(unique)]
    pub code: Option<String>,
    #[resource(write_only)]
    pub pin: Option<String>,
    #[resource(sort)]
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// Activates a project.
#[post("/{id}/activate", requires("projects:admin"))]
pub async fn activate(id: Path<Uuid>, projects: project::Service) -> Result<Out<Project>> {
    projects.activate(*id).await.map(Out)
}

impl project::Service {
    pub async fn activate(&self, id: Uuid) -> Result<Project> {
        self.patch(id, project::Patch::new().is_active(true)).await
    }
}

/// Counts projects; its path is a word, which no id may take.
#[get("/statistics", any("projects:read", "projects:admin"))]
pub async fn statistics(projects: project::Service) -> Result<Json<Value>> {
    let count = projects.count(Query::new()).await?;
    Ok(Json(json!({"projects": count})))
}

/// Lists what the caller may see: all projects, or their own.
#[get("/mine", any("projects:read", "projects:read:self"))]
pub async fn mine(projects: project::Service) -> Result<Out<Page<Project>>> {
    projects.list(Query::new()).await.map(Out)
}

/// Lists the caller's own projects, for reports.
#[get("/report", all("projects:read:self", "projects:admin"))]
pub async fn report(projects: project::Service) -> Result<Out<Page<Project>>> {
    projects.list(Query::new()).await.map(Out)
}

/// Returns the caller's id.
#[get("/whoami", public)]
pub async fn whoami(user: Option<CurrentUser>) -> Json<Value> {
    Json(json!({"id": user.map(|user| user.id)}))
}

/// Panics.
#[get("/explode", requires("projects:admin"))]
pub async fn explode() -> Result<Json<Value>> {
    panic!("a secret that no answer may contain");
}

/// Reads a body.
#[put("/{id}/name", all("projects:write", "projects:admin"))]
pub async fn rename(id: Path<Uuid>, name: Json<String>, projects: project::Service) -> Result<Out<Project>> {
    if name.as_str() == "forbidden" {
        return Err(Error::conflict("name-reserved", "This name is reserved"));
    }
    projects.patch(*id, project::Patch::new().name(name.0)).await.map(Out)
}

/// Touches one of the caller's own projects.
#[post("/{id}/touch", requires("projects:write:self"))]
pub async fn touch(id: Path<Uuid>, projects: project::Service) -> Result<Out<Project>> {
    projects.patch(*id, project::Patch::new().description(Some("touched".into()))).await.map(Out)
}

/// Reads a body with a type of the application's.
#[put("/settings", requires("projects:admin"))]
pub async fn settings(settings: Json<Settings>) -> Json<u8> {
    Json(settings.size)
}

/// The state of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ResourceEnum)]
pub enum Status {
    /// Not started.
    Open,
    InProgress,
    #[resource(rename = "finished")]
    Done,
}

/// A step of a project.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = project.owner_id)]
pub struct Task {
    pub id: Uuid,
    #[resource(belongs_to(project: Project), filter)]
    pub project_id: Uuid,
    #[resource(length(1..=20), filter, sort, search)]
    pub title: String,
    #[resource(default = Status::Open, filter, sort)]
    pub status: Status,
    #[resource(default = 3, range(1..=5), filter, sort)]
    pub priority: i32,
    #[resource(filter, sort)]
    pub estimate: Option<Decimal>,
    pub created_at: DateTime<Utc>,
}

type MaybeText = Option<String>;

/// The content of a typed JSON field.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
#[serde(crate = "resourceful::serde", deny_unknown_fields)]
pub struct Settings {
    pub theme: String,
    pub size: u8,
}

impl JsonShape for Settings {}

/// One field of every type.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Everything {
    pub id: i32,
    #[resource(filter, sort)]
    pub small: i16,
    #[resource(filter, sort)]
    pub medium: i32,
    #[resource(filter, sort)]
    pub large: i64,
    #[resource(filter, sort)]
    pub single: f32,
    #[resource(filter, sort)]
    pub double: f64,
    #[resource(filter, sort)]
    pub exact: Decimal,
    #[resource(filter, sort, search)]
    pub text: String,
    #[resource(filter, sort)]
    pub flag: bool,
    #[resource(filter, sort)]
    pub key: Uuid,
    #[resource(filter, sort)]
    pub day: NaiveDate,
    #[resource(filter, sort)]
    pub time: NaiveTime,
    #[resource(filter, sort)]
    pub local: NaiveDateTime,
    #[resource(filter, sort)]
    pub moment: DateTime<Utc>,
    #[resource(filter, sort)]
    pub status: Status,
    pub json: Value,
    pub settings: Json<Settings>,
    pub bytes: Vec<u8>,
    #[resource(filter, sort)]
    pub alias: MaybeText,
    #[resource(filter, sort)]
    pub maybe_large: Option<i64>,
    #[resource(filter, sort)]
    pub maybe_exact: Option<Decimal>,
    #[resource(filter, sort)]
    pub maybe_moment: Option<DateTime<resourceful::chrono::FixedOffset>>,
    pub maybe_json: Option<Value>,
    pub maybe_bytes: Option<Vec<u8>>,
    pub maybe_status: Option<Status>,
}

/// Keywords of SQL and of Rust as names.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(table = "order", path = "orders", name = "orders")]
pub struct Keyword {
    pub id: i64,
    #[resource(filter, sort, column = "select")]
    pub order: String,
    #[resource(filter, sort, search)]
    pub user: Option<String>,
    #[resource(filter, sort, unique)]
    pub group: Option<i32>,
    #[resource(filter, sort, rename = "kind")]
    pub r#type: String,
}

/// One field for each rule.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Ledger {
    pub id: i64,
    #[resource(length(3..=5))]
    pub name: String,
    #[resource(range(0.01..1000))]
    pub amount: Decimal,
    #[resource(range(-10..))]
    pub level: i16,
    #[resource(range(0.5..=1.5))]
    pub ratio: f64,
    #[resource(pattern = "^[A-Z]{3}$")]
    pub currency: String,
    #[resource(email)]
    pub email: Option<String>,
    #[resource(url)]
    pub site: Option<String>,
    #[resource(one_of("red", "green"))]
    pub colour: Option<String>,
    #[resource(check = even)]
    pub even: Option<i32>,
    #[resource(length(..=4))]
    pub blob: Option<Vec<u8>>,
}

fn even(number: &i32) -> std::result::Result<(), String> {
    if number % 2 == 0 { Ok(()) } else { Err(format!("must be even; {number} is not")) }
}

/// An id that its creator chooses, and fields that only some callers or some operations may write.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Account {
    pub id: String,
    #[resource(create_only)]
    pub currency: String,
    #[resource(read_only, default = 0)]
    pub balance: i64,
    #[resource(default = "new")]
    pub state: String,
}

/// Only some operations, with other permissions.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(operations(only(list, get, create)), permissions(create = "notes:add"), public(list))]
pub struct Note {
    pub id: Uuid,
    pub text: String,
}

/// A tree: a relation to itself.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(operations(except(bulk_create, search)))]
pub struct Stage {
    pub id: i32,
    #[resource(length(1..=20), filter, sort)]
    pub label: String,
    #[resource(belongs_to(parent: Stage, on_delete = "set_null"), filter)]
    pub parent_id: Option<i32>,
}
