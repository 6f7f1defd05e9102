//! The example of the front page.
#![deny(warnings, missing_docs)]
#![allow(dead_code)]

use resourceful::prelude::*;

/// Somebody with a token.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = id, operations(only(list, get, self_list)), has_many(projects: Project))]
pub struct User {
    /// The token's `sub`.
    pub id: String,
    /// Where to write to.
    #[resource(email, unique, filter)]
    pub email: String,
}

/// A piece of work that one user owns.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = owner_id, sort = "-created_at,name", has_many(tasks: Task), public(list), permissions(get = "projects:look"))]
pub struct Project {
    /// The id.
    pub id: Uuid,
    /// What it is called.
    #[resource(length(1..=255), filter, sort, search)]
    pub name: String,
    /// What it is about.
    #[resource(search)]
    pub description: Option<String>,
    /// Whether anybody works on it.
    #[resource(default = true, filter)]
    pub is_active: bool,
    /// Whose it is.
    #[resource(belongs_to(owner: User))]
    pub owner_id: String,
    /// When it is to be done.
    #[resource(filter, sort)]
    pub due_date: Option<DateTime<Utc>>,
    /// Set when the row is created.
    pub created_at: DateTime<Utc>,
    /// Set whenever the row changes.
    pub updated_at: DateTime<Utc>,
}

/// How far a task is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ResourceEnum)]
pub enum Status {
    /// Nobody has begun.
    Open,
    /// Somebody works on it.
    InProgress,
    /// Done.
    #[resource(rename = "finished")]
    Done,
}

fn even(number: &i16) -> std::result::Result<(), &'static str> {
    if number % 2 == 0 { Ok(()) } else { Err("must be even") }
}

/// A part of a project.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(owner = project.owner_id, page(default = 5))]
pub struct Task {
    /// The id.
    pub id: i64,
    /// What to do.
    #[resource(pattern = "^[A-Z]", default = "Untitled")]
    pub title: String,
    /// How far it is.
    #[resource(default = Status::Open, filter)]
    pub status: Status,
    /// From -2 to 2.
    #[resource(range(-2..=2), default = 0, check = even)]
    pub priority: i16,
    /// What it costs.
    #[resource(range(0.5..), check = positive)]
    pub price: Option<Decimal>,
    /// The project it is a part of.
    #[resource(belongs_to(project: Project, on_delete = "cascade"))]
    pub project_id: Uuid,
}

fn positive(number: &Decimal) -> std::result::Result<(), String> {
    if *number > Decimal::ZERO { Ok(()) } else { Err(format!("{number} is not positive")) }
}

impl project::Service {
    /// Makes it active.
    pub async fn activate(&self, id: Uuid) -> Result<Project> {
        self.patch(id, project::Patch::new().is_active(true).description(None)).await
    }
}

/// Makes a project active.
#[post("/{id}/activate", requires("projects:admin"))]
async fn activate(id: Path<Uuid>, projects: project::Service) -> Result<Out<Project>> {
    projects.activate(*id).await.map(Out)
}

/// Runs what it makes.
pub fn main() {
    use resourceful::sea_orm::{EntityTrait, IdenStatic, Iterable, RelationTrait};
    use resourceful::spec::{FieldRole, Operation, Requirement};

    let create = project::Create::new("A").description(Some("B".to_owned())).is_active(false);
    assert_eq!(create.name, "A");
    let _ = project::Update::new("A");
    let _ = task::Create::new(Uuid::nil()).status(Status::Done).title("T");
    let _ = user::Create::new("auth0|ada", "ada@example.com");

    let spec = <Project as resourceful::Resource>::spec();
    assert_eq!((spec.table, spec.path, spec.tag, spec.name), ("projects", "projects", "Projects", "projects"));
    assert_eq!(spec.doc, "A piece of work that one user owns.");
    assert_eq!(spec.operations.iter().map(|offered| offered.operation).collect::<Vec<_>>(), Operation::ALL);
    assert_eq!(spec.operation(Operation::List).unwrap().requires, Requirement::Public);
    assert_eq!(spec.operation(Operation::Get).unwrap().requires, Requirement::Permission("projects:look"));
    for offered in task::SPEC.operations {
        let permission = format!("tasks:{}", offered.operation.permission_suffix());
        assert_eq!(offered.requires.permissions(), [permission.as_str()]);
    }
    assert_eq!(project::permissions::READ_SELF, "projects:read:self");
    assert_eq!(spec.fields[3].json, "isActive");
    assert_eq!(spec.fields[3].default_sql, Some("TRUE"));
    assert_eq!(task::SPEC.fields[1].default_sql, Some("'Untitled'"));
    assert_eq!(task::SPEC.fields[3].default_sql, Some("0"));
    assert_eq!(spec.fields[6].role, FieldRole::CreatedAt);
    let sort: Vec<_> = spec.sort.iter().map(|key| (key.field, key.descending)).collect();
    assert_eq!(sort, [("created_at", true), ("name", false)]);
    assert_eq!((task::SPEC.page.default, task::SPEC.page.max), (5, 100));
    assert_eq!(task::SPEC.owner.unwrap().path, ["project", "owner_id"]);

    assert_eq!((0..2).filter(|&index| user::SPEC.is_creatable(index)).count(), 1, "the server sets the owner's id");

    assert_eq!(project::Column::iter().map(|column| column.as_str()).collect::<Vec<_>>()[4], "owner_id");
    assert_eq!("owner_id".parse::<project::Column>().unwrap() as usize, 4);
    let owner = project::Relation::Owner.def();
    assert_eq!(format!("{:?}", owner.to_col), format!("{:?}", resourceful::sea_orm::Identity::Unary("id".into())));
    let _ = project::Entity::find();
    assert_eq!(format!("{:?}", task::Relation::iter().collect::<Vec<_>>()), "[Project]");

    use resourceful::__private::Route;
    let endpoint = activate.endpoint();
    assert_eq!((endpoint.method, endpoint.path, endpoint.name), ("POST", "/{id}/activate", "activate"));
    assert_eq!(endpoint.requires, Requirement::Permission("projects:admin"));
    assert_eq!(endpoint.doc, "Makes a project active.");
}
