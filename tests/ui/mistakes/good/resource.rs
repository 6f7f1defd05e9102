use resourceful::prelude::*;

#[derive(Clone, Debug, Resource)]
#[resource(table = "projects", path = "projects", tag = "Projects", name = "projects", module = project)]
#[resource(owner = owner_id, sort = "-created_at,name", page(default = 20, max = 100), search = "substring")]
#[resource(operations(except(bulk_create)), permissions(list = "projects:browse"), public(get))]
#[resource(computed(is_late: bool, open), check = in_order, unique(name, stars), cache(ttl = "60s"))]
pub struct Project {
    pub id: Uuid,
    #[resource(length(1..=255), filter, sort, search, pattern = "^[a-z]", column = "title")]
    pub name: String,
    #[resource(default = 3, range(0..=5))]
    pub stars: i16,
    #[resource(one_of("low", "high"), default = "low", rename = "urgency")]
    pub priority: String,
    #[resource(read = "projects:budget", write = "projects:budget")]
    pub budget: Option<Decimal>,
    #[resource(read_only)]
    pub views: Option<i64>,
    #[resource(hidden)]
    pub secret: Option<String>,
    #[resource(file(max = "10MiB", types("image/png"), thumbs("20x20")))]
    pub plan: Option<FileRef>,
    #[resource(check = polite)]
    pub note: Option<String>,
    pub settings: Option<Json<Vec<i32>>>,
    pub version: i64,
    pub owner_id: String,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl Project {
    fn is_late(&self) -> bool {
        false
    }
}

fn in_order(_: &Project) -> std::result::Result<(), String> {
    Ok(())
}

fn polite(_: &String) -> std::result::Result<(), String> {
    Ok(())
}
