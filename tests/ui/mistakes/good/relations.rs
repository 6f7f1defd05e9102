use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(has_many(tasks: Task, via = project_id), has_one(cover: Cover), has_many(children: Project, via = parent_id))]
#[resource(many_to_many(tags: Tag, through = Task), owner = owner.id)]
pub struct Project {
    pub id: Uuid,
    #[resource(belongs_to(owner: User, on_delete = "cascade", visible = "any"))]
    pub owner_id: String,
    #[resource(belongs_to(parent: Project, on_delete = "set_null"))]
    pub parent_id: Option<Uuid>,
}

#[derive(Clone, Debug, Resource)]
#[resource(owner = id)]
pub struct User {
    pub id: String,
}

#[derive(Clone, Debug, Resource)]
pub struct Tag {
    pub id: i32,
}

#[derive(Clone, Debug, Resource)]
pub struct Task {
    pub id: i64,
    #[resource(belongs_to(project: Project))]
    pub project_id: Uuid,
    #[resource(belongs_to(tag: Tag))]
    pub tag_id: i32,
}

#[derive(Clone, Debug, Resource)]
pub struct Cover {
    pub id: i64,
    #[resource(belongs_to(project: Project), unique)]
    pub project_id: Uuid,
}
