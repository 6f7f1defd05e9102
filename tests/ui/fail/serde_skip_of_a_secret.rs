use resourceful::prelude::*;

#[derive(Clone, Debug, Resource, resourceful::serde::Serialize)]
#[serde(crate = "resourceful::serde")]
pub struct Member {
    pub id: i64,
    #[serde(skip)]
    pub password: Option<String>,
    #[serde(rename = "fullName")]
    pub name: Option<String>,
    #[serde(skip)]
    #[resource(write_only)]
    pub pin: Option<String>,
    #[serde(rename = "born")]
    #[resource(rename = "birthday")]
    pub born_at: Option<i32>,
}

fn main() {}
