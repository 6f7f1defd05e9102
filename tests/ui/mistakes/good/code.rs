use resourceful::prelude::*;
use resourceful::sea_orm::ColumnTrait;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ResourceEnum)]
#[resource(rename_all = "snake_case")]
pub enum Status {
    Open,
    #[resource(rename = "finished")]
    Done,
}

#[derive(Clone, Debug, Resource)]
#[resource(policy, hooks)]
pub struct Project {
    pub id: Uuid,
    pub name: String,
    #[resource(default = Status::Open, filter)]
    pub status: Status,
    #[resource(read_only, default = 0)]
    pub size: i32,
    pub seen: Option<Status>,
}

impl Policy for Project {
    fn rows(_: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        Rows::when("open", project::Column::Status.eq(Status::Open))
    }
}

impl Hooks for Project {
    async fn before_create(_: &mut project::ActiveModel, _: &HookContext) -> Result<()> {
        Ok(())
    }
}

pub struct Summary {
    pub total: i32,
}

#[post("/{id}/activate", requires("projects:admin"))]
pub async fn activate(id: Path<Uuid>, projects: project::Service) -> Result<Out<Project>> {
    projects.patch(*id, project::Patch::new().name("active")).await.map(Out)
}

#[get("/{id}/name/{other}", any(project::permissions::READ, "projects:admin"), query = "any")]
pub async fn name(ids: Path<(Uuid, i32)>, body: Json<i32>) -> Result<Json<i32>> {
    Ok(Json(ids.1 + body.0))
}

#[cached(ttl = "5m", key = "name:{id}", tags("names"))]
pub async fn cached_name(ctx: &Context, id: i32) -> Result<String> {
    let _ = ctx;
    Ok(id.to_string())
}
