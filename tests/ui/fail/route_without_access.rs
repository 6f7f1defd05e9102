use resourceful::prelude::*;

#[post("/{id}/activate")]
async fn activate(id: Path<Uuid>) -> Result<Json<Uuid>> {
    Ok(Json(*id))
}

fn main() {}
