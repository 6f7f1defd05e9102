//! Duplicate registrations (resources, routes, extensions) are start-up errors that name the duplicate.

use resourceful::context::{DatabaseSettings, Options};
use resourceful::migration::{MigrationTrait, MigratorTrait};
use resourceful::prelude::*;
use resourceful::rbac::RbacSettings;
use resourceful::testing::TestApp;

use crate::resources::{Member, Note, member};

struct NoMigrations;

impl MigratorTrait for NoMigrations {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        Vec::new()
    }
}

/// The start-up error of an application.
#[track_caller]
fn refused(build: fn(App) -> App) -> String {
    let panic = std::panic::catch_unwind(|| TestApp::start(build)).err().expect("it does not start");
    panic.downcast_ref::<String>().cloned().unwrap_or_default()
}

fn provisioned(app: App) -> App {
    app.provision::<Member>(|caller| member::Create::new(&caller.id))
}

fn with_roles(app: App) -> App {
    app.rbac(RbacSettings::new(["notes:*"]))
}

#[test]
fn a_duplicate_registration_is_a_startup_error() {
    let table: [(fn(App) -> App, &str); 6] = [
        (|app| provisioned(provisioned(app.resource::<Member>())), "a row for each caller (`App::provision`)"),
        (|app| with_roles(with_roles(app)), "roles and permissions (`App::rbac`)"),
        (|app| app.seed(async |_| Ok(())).seed(async |_| Ok(())), "a seed (`App::seed`)"),
        (
            |app| app.migrations::<NoMigrations>().migrations::<NoMigrations>(),
            "a list of migrations (`App::migrations`)",
        ),
        (|app| app.resource::<Note>().resource::<Note>(), "Note and Note have the same path, `notes`"),
        (|app| app.explain_access().explain_access(), "two scopes have the same path, `/access`"),
    ];
    for (build, what) in table {
        let said = refused(build);
        assert!(said.contains(what), "{said}");
        assert!(
            said.contains("is registered twice; keep one of the two registrations") || said.contains("the same path")
        );
    }
    let both = refused(|app| with_roles(provisioned(with_roles(provisioned(app)))));
    assert!(both.contains("`App::provision`") && both.contains("`App::rbac`"), "all at once: {both}");
}

/// A table whose name is so long that its folder is that of [`TwoWords`].
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(
    table = "words_words_words_words_words_words_words_words_words_words_words_words_words_words_words_words_wordone",
    path = "dotted",
    public(get)
)]
pub struct Dotted {
    pub id: i32,
    #[resource(file(max = "1KiB", types("text/plain")))]
    pub page: Option<FileRef>,
}

/// See [`Dotted`].
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(
    table = "words_words_words_words_words_words_words_words_words_words_words_words_words_words_words_words_wordtwo",
    public(get)
)]
pub struct TwoWords {
    pub id: i32,
    #[resource(file(max = "1KiB", types("text/plain")))]
    pub page: Option<FileRef>,
}

#[test]
fn fields_that_would_share_a_folder_are_a_startup_error() {
    let said = refused(|app| app.resource::<Dotted>().resource::<TwoWords>());
    assert!(said.contains("the files of Dotted.page and TwoWords.page would be in the same folder"), "{said}");
}

async fn context() -> Context {
    let database = DatabaseSettings::new("sqlite::memory:");
    Context::builder(Options::default()).connect(&database).await.expect("a context")
}

#[tokio::test]
async fn an_open_context_refuses_a_second_registration() {
    let ctx = context().await;
    let provision = || ctx.provision::<Member>(|caller| member::Create::new(&caller.id));
    provision().expect("the first");
    let said = provision().expect_err("the second").to_string();
    assert!(said.starts_with("a row for each caller (`provision`) is registered twice"), "{said}");

    ctx.use_rbac(RbacSettings::new(["notes:*"])).expect("the first");
    let said = ctx.use_rbac(RbacSettings::new(["tasks:*"])).expect_err("the second").to_string();
    assert!(said.contains("`use_rbac`") && said.contains("is registered twice"), "{said}");
    let grants = ctx.grants().expect("the first stays");
    assert!(grants.allows("notes:read") && !grants.allows("tasks:read"));
}

#[tokio::test]
async fn a_context_has_one_extension_of_each_type() {
    #[derive(Debug, PartialEq)]
    struct Mailer(u8);
    struct Unknown;

    let database = DatabaseSettings::new("sqlite::memory:");
    let builder = || Context::builder(Options::default()).extension(Mailer(1));
    let ctx = builder().connect(&database).await.expect("a context");
    assert_eq!(ctx.extension::<Mailer>().as_deref(), Some(&Mailer(1)));
    assert!(ctx.extension::<Unknown>().is_none());

    let said = builder().extension(Mailer(2)).connect(&database).await.expect_err("two mailers").to_string();
    assert!(said.contains("Mailer") && said.contains("is registered twice"), "{said}");
    let roles = || RbacSettings::new(["notes:*"]);
    let twice = builder().use_rbac(roles()).use_rbac(roles()).over(ctx.pool().expect("no pooler").clone());
    let said = twice.expect_err("two sources of grants").to_string();
    assert!(said.contains("is registered twice"), "{said}");
}
