use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Project {
    pub id: Uuid,
    pub owner_id: String,
}

#[derive(Clone, Debug, Resource)]
#[resource(owner = project.ownr_id)]
pub struct Task {
    pub id: Uuid,
    #[resource(belongs_to(project: Project))]
    pub project_id: Uuid,
}

fn main() {}
