use resourceful::prelude::*;

#[post("/{id}/activate", public, role("admin"))]
async fn activate(id: Path<Uuid>) -> Result<Json<Uuid>> {
    Ok(Json(*id))
}

fn main() {}
