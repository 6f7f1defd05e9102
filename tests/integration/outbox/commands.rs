//! The command `mail`: status, retry, purge.

use std::process::Command;

use resourceful::context::{Context, DatabaseSettings, Options};
use resourceful::events::{self, OutboxSettings, Undelivered, Worker};
use resourceful::mail::Email;
use resourceful::testing::{TestApp, TestDatabase};
use resourceful::uuid::Uuid;

use super::BOTH;

/// A database with the table of the outbox, whose path the program gets.
struct Place {
    folder: tempfile::TempDir,
    /// Another database on a server, if it is not a file.
    url: Option<String>,
}

impl Place {
    fn url(&self) -> String {
        let file = || format!("sqlite://{}?mode=rwc", self.folder.path().join("app.db").display());
        self.url.clone().unwrap_or_else(file)
    }

    fn mail(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_commands-program"))
            .arg("mail")
            .args(arguments)
            .env_clear()
            .current_dir(self.folder.path())
            .env("ENVIRONMENT", "production")
            .env("DATABASE_URL", self.url())
            .output()
            .expect("the program runs");
        let text = if output.status.success() { output.stdout } else { output.stderr };
        (output.status.success(), String::from_utf8_lossy(&text).trim().to_owned())
    }

    #[track_caller]
    fn printed(&self, arguments: &[&str]) -> String {
        let (is_done, text) = self.mail(arguments);
        assert!(is_done, "{arguments:?}: {text}");
        text
    }

    #[track_caller]
    fn refused(&self, arguments: &[&str]) -> String {
        let (is_done, text) = self.mail(arguments);
        assert!(!is_done, "{arguments:?}: {text}");
        text
    }
}

/// Runs a test on both databases, with a context of the same database.
fn on_both(test: impl AsyncFn(&Place, &Context)) {
    for database in BOTH {
        let folder = tempfile::tempdir().expect("a folder");
        // It makes a database on the server, and removes it.
        let app = (database == TestDatabase::Postgres).then(|| TestApp::start_on(database, |app| app));
        let url = app.as_ref().map(|app| {
            let name = app.block_on(name_of(app));
            let server = std::env::var("TEST_POSTGRES_URL").expect("a server");
            format!("{}/{name}", server.rsplit_once('/').expect("a path").0)
        });
        let place = Place { folder, url };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let settings = DatabaseSettings::new(place.url());
            let ctx = Context::builder(Options::default()).connect(&settings).await.expect("a context");
            test(&place, &ctx).await;
        });
    }
}

async fn name_of(app: &TestApp) -> String {
    use resourceful::sea_orm::{ConnectionTrait, DbBackend, Statement};
    let query = Statement::from_string(DbBackend::Postgres, "SELECT current_database()::text");
    let row = app.ctx().db().query_one_raw(query).await.expect("a query").expect("a row");
    row.try_get_by_index(0).expect("a name")
}

/// Stores a mail, and lets its delivery end in this way; `None`: it waits.
async fn store(ctx: &Context, to: &str, subject: &str, ends: Option<Result<(), Undelivered>>) -> Uuid {
    let id = ctx.mailer().send(Email::to(to).subject(subject).text("A secret text")).await.expect("stored");
    let Some(ends) = ends else { return id };
    let (done, mut is_done) = tokio::sync::mpsc::channel(1);
    // Later attempts are not part of the test.
    let settings = OutboxSettings { retry: std::time::Duration::from_secs(1000), ..OutboxSettings::default() };
    let worker = Worker::builder(ctx).settings(settings).deliver("mail", move |_, _| {
        let (ends, done) = (ends.clone(), done.clone());
        async move {
            let _ = done.send(()).await;
            ends
        }
    });
    let worker = worker.start().await.expect("a worker");
    is_done.recv().await.expect("a delivery");
    worker.stop().await;
    id
}

#[test]
fn mails_are_shown_tried_again_and_removed() {
    on_both(async |place, ctx| {
        assert!(place.refused(&["status"]).contains("no table `resourceful_outbox`"));
        events::create_missing(ctx).await.expect("the table");
        events::Outbox::open(ctx).await.expect("it is there");
        assert_eq!(place.printed(&["status"]), "waiting        0\nsent           0\nfailed         0");

        store(ctx, "ann.lee@example.org", "One", Some(Ok(()))).await;
        let failed = Err(Undelivered::permanent("refused: bob.day@example.org: 550 no such user"));
        let failed = store(ctx, "bob.day@example.org", "Two", Some(failed)).await;
        let late =
            store(ctx, "eve@example.org", "Three", Some(Err(Undelivered::temporary("connection refused")))).await;
        let status = place.printed(&["status"]);
        for line in [
            "waiting        1   the oldest is ",
            "sent           1   the oldest is ",
            "failed         1   the oldest is ",
            &format!("{failed}  failed, 1 attempt, "),
            " old, to b..@example.org",
            "    reason:  refused: b..@example.org: 550 no such user",
            &format!("{late}  waiting, 1 attempt, "),
            "    reason:  connection refused",
        ] {
            assert!(status.contains(line), "{line} is not in:\n{status}");
        }
        assert!(
            !["secret", "Two", "Three", "ann", "bob.day", "eve@"].iter().any(|word| status.contains(word)),
            "{status}"
        );

        for (arguments, says) in [
            (&["retry"][..], "which mail? `mail retry ID`, or `mail retry --all`"),
            (&["retry", "x"], "`x` is not the id of a mail"),
            (&["retry", "--all", "x"], "`x` is not a valid argument"),
            (&["retry", "018f0000-0000-7000-8000-000000000000"], "no mail with the id 018f0000"),
            (&["purge"], "waiting mails are never removed"),
            (&["purge", "--sent", "--older-than", "a week"], "`a week` is not a time"),
            (&["purge", "--sent", "--waiting"], "`--waiting` is not a valid argument"),
            (&["stat"], "unknown command `stat`; did you mean `status`?"),
            (&[], "a command of `mail` is missing; allowed: status, retry, purge"),
        ] {
            let said = place.refused(arguments);
            assert!(said.contains(says), "{arguments:?}: {said}");
        }

        assert_eq!(place.printed(&["purge", "--sent", "--failed", "--older-than=1h"]), "0 mails were removed");
        assert_eq!(place.printed(&["retry", "--all"]), "1 mail is tried again as soon as a process runs");
        assert_eq!(place.printed(&["retry", "--all"]), "0 mails are tried again as soon as a process runs");
        assert_eq!(place.printed(&["retry", &late.to_string()]), "1 mail is tried again as soon as a process runs");
        let status = place.printed(&["status"]);
        assert!(status.contains("waiting        2") && status.contains("failed         0"), "{status}");
        let worker = Worker::builder(ctx).deliver("mail", |_, _| async { Ok(()) }).start().await.expect("a worker");
        for _ in 0..500 {
            // The worker runs in this thread.
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            if place.printed(&["status"]).contains("sent           3") {
                break;
            }
        }
        worker.stop().await;
        assert_eq!(place.printed(&["purge", "--failed"]), "0 mails were removed");
        assert_eq!(place.printed(&["purge", "--sent", "--older-than", "0s"]), "3 mails were removed");
        assert_eq!(place.printed(&["status"]), "waiting        0\nsent           0\nfailed         0");

        // Other kinds are counted, and each can be asked for.
        events::Outbox::add(ctx, "label", &17).await.expect("stored");
        let status = place.printed(&["status"]);
        assert!(status.ends_with("other kinds (`--kind KIND` shows one):\nlabel  1 waiting"), "{status}");
        assert!(place.printed(&["status", "--kind", "label"]).starts_with("waiting        1"), "{status}");
        let retried = place.printed(&["retry", "--all", "--kind=label"]);
        assert_eq!(retried, "0 messages are tried again as soon as a process runs");
    });
}
