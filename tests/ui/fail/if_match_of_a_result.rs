use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
pub struct Thing {
    pub id: Uuid,
    pub name: String,
}

async fn rename(things: thing::Service, text: &str) -> Result<()> {
    let _ = things.if_match(IfMatch::parse(text));
    Ok(())
}

fn main() {
    let _ = rename;
}
