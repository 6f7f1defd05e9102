use resourceful::prelude::*;

#[post("/{id}/activate", require("a:b"))]
async fn activate(id: Path<Uuid>) -> Result<Json<Uuid>> {
    Ok(Json(*id))
}

fn main() {}
