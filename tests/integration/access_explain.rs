//! Explained denials: in the answer during development, and at `/access/explain` for administrators.

use resourceful::prelude::*;
use resourceful::sea_orm::ColumnTrait;
use resourceful::serde_json::Value;
use resourceful::testing::{Answer, TestApp, TestDatabase};

mod denials;
mod endpoint;

/// A letter: its writer sends it, and others may read it once it is open.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(policy, owner = writer, sort = "title", has_many(replies: Reply), public(get, list))]
pub struct Letter {
    pub id: Uuid,
    #[resource(filter, sort)]
    pub title: String,
    #[resource(write = "letters:assign", filter)]
    pub writer: String,
    #[resource(default = false)]
    pub is_open: bool,
    #[resource(read = "letters:price", write = "letters:price", filter, sort)]
    pub price: Option<i32>,
    pub notes: Option<Value>,
}

impl Policy for Letter {
    fn rows(user: Option<&CurrentUser>, operation: Operation) -> Rows<Self> {
        let open = || letter::Column::IsOpen.eq(true);
        let Some(user) = user else { return Rows::when("open", open()) };
        if operation.is_write() && user.has_role("suspended") {
            return Rows::none();
        }
        let own = Rows::when("writer", letter::Column::Writer.eq(&user.id));
        if operation.is_write() { own } else { own.or("open", open()) }
    }
}

/// An answer to a letter.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Reply {
    pub id: i32,
    pub text: String,
    #[resource(belongs_to(letter: Letter, on_delete = "cascade"), filter)]
    pub letter_id: Uuid,
}

/// Sends a letter.
#[post("/{id}/send", any("letters:send", "letters:send:self"))]
async fn send(id: Path<Uuid>, letters: letter::Service) -> Result<Out<Letter>> {
    letters.patch(*id, letter::Patch::new().is_open(true)).await.map(Out)
}

/// Refuses with its own explanation.
#[post("/refuse", public)]
async fn refuse() -> Result<Json<Value>> {
    Err(Error::forbidden("too-late", "The post has left").with_explanation("The rule `before-noon` of this test"))
}

fn start(database: TestDatabase, environment: &str) -> TestApp {
    TestApp::start_with(database, &[("ENVIRONMENT", environment)], |app| {
        app.explain_access()
            .resource_with::<Letter>(|routes| {
                routes.service(refuse).scope("", Requirement::Role("clerk"), |routes| routes.service(send))
            })
            .resource::<Reply>()
    })
}

fn on_both(environment: &str, test: impl Fn(&TestApp)) {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        println!("on {database:?}");
        test(&start(database, environment));
    }
}

const ALL: [&str; 9] = [
    "letters:read",
    "letters:write",
    "letters:delete",
    "letters:read:self",
    "letters:write:self",
    "letters:delete:self",
    "replies:read",
    "replies:write",
    "letters:send:self",
];

fn user(id: &str, permissions: &[&str]) -> CurrentUser {
    CurrentUser::new(id).with_permissions(permissions.iter().copied())
}

/// A letter of this writer.
fn letter(app: &TestApp, writer: &str, is_open: bool) -> Uuid {
    let input = letter::Create::new("a letter").is_open(is_open).price(Some(7));
    app.block_on(letter::Service::as_system(app.ctx()).create_for(writer, input)).expect("a letter").id
}

fn sentences(answer: &Answer) -> Vec<String> {
    let problem = answer.json();
    let list = problem["explanation"].as_array().cloned().unwrap_or_default();
    list.iter().map(|sentence| sentence.as_str().expect("a sentence").to_owned()).collect()
}
