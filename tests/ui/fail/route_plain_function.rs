use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Project {
    pub id: Uuid,
}

async fn forgotten(_id: Path<Uuid>) -> Result<Json<bool>> {
    Ok(Json(true))
}

async fn without_arguments() -> Result<Json<bool>> {
    Ok(Json(true))
}

fn main() {
    let _ = |app: App| {
        app.resource_with::<Project>(|routes| routes.service(forgotten).service(without_arguments))
    };
}
