use resourceful::prelude::*;

#[post("/{id:[0-9]+}/activate", public)]
async fn activate(id: Path<Uuid>) -> Result<Json<Uuid>> {
    Ok(Json(*id))
}

fn main() {}
