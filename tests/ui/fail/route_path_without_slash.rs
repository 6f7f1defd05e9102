use resourceful::prelude::*;

#[post("activate", public)]
async fn activate(id: Path<Uuid>) -> Result<Json<Uuid>> {
    Ok(Json(*id))
}

fn main() {}
