//! Mail through the outbox: in hooks, transactions, services and endpoints.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use resourceful::JsonShape;
use resourceful::mail::{Email, Prepared, Provider, Refused, SendError};
use resourceful::prelude::*;
use resourceful::sea_orm::ActiveValue;
use resourceful::serde::Deserialize;
use resourceful::serde_json::json;
use resourceful::testing::{Caller, TestApp, TestDatabase};

use super::{BOTH, QUICK, rows, states, text, until};
use crate::support::{created, refused};

/// A provider that answers what its table says about recipients, and keeps what it has taken.
#[derive(Clone, Default)]
pub(super) struct Post {
    taken: Arc<Mutex<Vec<(String, Vec<String>)>>>,
    /// How often each recipient is refused, and whether for good.
    refuses: Arc<Mutex<Vec<(&'static str, u32, bool)>>>,
}

impl Post {
    /// Refuses a recipient so many times.
    fn refusing(self, address: &'static str, times: u32, for_good: bool) -> Self {
        self.refuses.lock().expect("the table").push((address, times, for_good));
        self
    }

    /// What each recipient got: Message-ID and address.
    fn got(&self) -> Vec<(String, String)> {
        let taken = self.taken.lock().expect("mails");
        let each = taken.iter().flat_map(|(id, to)| to.iter().map(|to| (id.clone(), to.clone())));
        each.collect()
    }

    fn recipients(&self) -> Vec<String> {
        self.got().into_iter().map(|(_, to)| to).collect()
    }
}

impl Provider for Post {
    fn name(&self) -> &str {
        "post"
    }

    async fn send(&self, mail: &Prepared) -> Result<Vec<Refused>, SendError> {
        let mut refused = Vec::new();
        for address in mail.recipients() {
            let mut table = self.refuses.lock().expect("the table");
            let entry = table.iter_mut().find(|(known, times, _)| known == address && *times > 0);
            if let Some((_, times, is_permanent)) = entry {
                *times -= 1;
                let reason = if *is_permanent { "550 no such user" } else { "450 try later" };
                refused.push(Refused { address: address.clone(), reason: reason.into(), is_permanent: *is_permanent });
            }
        }
        let taken = mail.recipients().iter().filter(|to| !refused.iter().any(|refused| refused.address == **to));
        let taken: Vec<String> = taken.cloned().collect();
        if !taken.is_empty() {
            self.taken.lock().expect("mails").push((mail.message_id().to_owned(), taken));
        }
        Ok(refused)
    }
}

/// Something that somebody has to do.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(hooks, public(create, patch, bulk_create, count))]
pub struct Chore {
    pub id: Uuid,
    #[resource(length(1..=100))]
    pub title: String,
    pub assignee: Option<String>,
}

impl Hooks for Chore {
    async fn after_create(chore: &Self, hook: &HookContext) -> Result<()> {
        chore.tell(hook).await
    }

    async fn before_update(_: &Self, row: &mut chore::ActiveModel, _: &HookContext) -> Result<()> {
        match &row.title {
            ActiveValue::Set(title) if title == "refused" => Err(Error::conflict("refused", "Not this title")),
            _ => Ok(()),
        }
    }

    async fn after_update(before: &Self, after: &Self, hook: &HookContext) -> Result<()> {
        if before.assignee != after.assignee { after.tell(hook).await } else { Ok(()) }
    }
}

impl Chore {
    async fn tell(&self, hook: &HookContext) -> Result<()> {
        let Some(assignee) = &self.assignee else { return Ok(()) };
        let mail = Email::to(assignee).subject(format!("Yours: {}", self.title)).text("Please do it.");
        hook.mailer().send(mail).await.map(drop)
    }
}

impl chore::Service {
    /// Creates a chore and tells somebody about it, and then fails if it is asked to.
    async fn order(&self, title: &str, boss: &str, fails: bool) -> Result<()> {
        self.transaction(async |tx| {
            let chores = self.within(&tx);
            chores.create(chore::Create::new(title)).await?;
            chores.mailer().send_email(boss, "A chore was ordered", title).await?;
            if fails { Err(Error::conflict("too-much", "There are too many chores")) } else { Ok(()) }
        })
        .await
    }
}

/// Whom to invite.
#[derive(Debug, Deserialize)]
#[serde(crate = "resourceful::serde")]
pub struct Invitation {
    to: String,
    #[serde(default)]
    copies: Vec<String>,
    subject: String,
    #[serde(default)]
    name: Option<String>,
}

impl JsonShape for Invitation {}

/// Invites somebody.
#[post("/invite", public)]
async fn invite(body: Json<Invitation>, chores: chore::Service) -> Result<Json<String>> {
    let body = body.0;
    let mail = match body.name {
        Some(name) => Email::to((name, body.to)),
        None => Email::to(body.to),
    };
    let mail = body.copies.into_iter().fold(mail, |mail, copy| mail.cc(copy));
    let id = chores.ctx().mailer().send(mail.subject(body.subject).text("Come!")).await?;
    Ok(Json(id.to_string()))
}

fn start(database: TestDatabase, settings: &[(&str, &str)], post: &Post) -> TestApp {
    let post = post.clone();
    TestApp::start_with(database, settings, move |app| {
        app.mail().mailer(post).resource_with::<Chore>(|routes| routes.service(invite))
    })
}

fn chore(caller: &Caller<'_>, title: &str, assignee: Option<&str>) -> String {
    let row = created(caller.post("/api/v1/chores", json!({"title": title, "assignee": assignee})));
    format!("/api/v1/chores/{}", text(&row, "id"))
}

#[test]
fn a_hook_sends_mail_with_its_write() {
    for database in BOTH {
        let post = Post::default();
        let app = start(database, &[("OUTBOX_INTERVAL", "3600")], &post);
        let caller = app.anonymous();
        let path = chore(&caller, "wash up", Some("ann@example.org"));
        chore(&caller, "nobody's", None);
        until("the assignee is told", || post.recipients() == ["ann@example.org"]);
        assert_eq!(caller.patch(&path, json!({"title": "dry up"})).status, 200);
        assert_eq!(caller.patch(&path, json!({"assignee": "bob@example.org"})).status, 200);
        until("the next one is told", || post.recipients() == ["ann@example.org", "bob@example.org"]);
        let both = json!({"title": "refused", "assignee": "eve@example.org"});
        refused(&caller.patch(&path, both), 409, "refused", "a write that a hook refuses");
        let items = json!([{"title": "a", "assignee": "x@example.org"}, {"title": "a".repeat(101), "assignee": "y@example.org"}]);
        refused(&caller.post("/api/v1/chores/bulk", items), 422, "validation-error", "the second item");
        let items = json!([{"title": "a", "assignee": "x@example.org"}, {"title": "b", "assignee": "not an address"}]);
        let answer = caller.post("/api/v1/chores/bulk", items);
        refused(&answer, 422, "invalid-email", "the mail of the second item");
        assert_eq!(answer.json()["errors"][0]["pointer"], "/1/to/0", "{}", answer.text());
        until("both are recorded", || states(&app) == ["sent", "sent"]);
        assert_eq!(post.recipients().len(), 2, "{:?}", post.recipients());
        let ids: Vec<String> = post.got().into_iter().map(|(id, _)| id).collect();
        assert!(ids[0] != ids[1] && ids.iter().all(|id| id.contains('@')), "{ids:?}");
    }
}

#[test]
fn services_send_within_their_transaction() {
    for database in BOTH {
        let post = Post::default();
        let app = start(database, QUICK, &post);
        app.block_on(async {
            let chores = chore::Service::as_system(app.ctx());
            let failed = chores.order("iron", "boss@example.org", true).await.expect_err("an error");
            assert_eq!(failed.slug(), "too-much");
            chores.order("sweep", "boss@example.org", false).await.expect("an order");
            let mail = Email::to("ann@example.org").subject("Directly").text("Hello");
            let sent = app.ctx().mailer().send_now(&mail).await.expect("sent");
            assert!(sent.refused().is_empty());
        });
        until("it is sent", || states(&app) == ["sent"]);
        let mut recipients = post.recipients();
        recipients.sort();
        assert_eq!(recipients, ["ann@example.org", "boss@example.org"]);
    }
}

#[test]
fn the_usual_mails_are_one_call() {
    let post = Post::default();
    let app = start(TestDatabase::Sqlite, QUICK, &post);
    app.block_on(async {
        let mailer = app.ctx().mailer();
        mailer.send_email("ann@example.org", "Hello", "How are you?").await.expect("stored");
        mailer.send_verification_email("bob@example.org", "493817").await.expect("stored");
        mailer.send_password_reset_email("eve@example.org", "a-token").await.expect("stored");
        let refused = mailer.send_verification_email("nobody", "1").await.expect_err("no address");
        assert_eq!(refused.slug(), "invalid-email");
    });
    until("all are sent", || states(&app) == ["sent"; 3]);
    let mails = app.ctx().mailer().sent();
    let text = |to: &str| {
        let mail = mails.iter().find(|sent| sent.mail.recipients() == [to]).expect(to);
        mail.mail.email().plain_text().expect("a text").to_owned()
    };
    assert_eq!(text("ann@example.org"), "How are you?");
    assert!(text("bob@example.org").contains("493817") && text("eve@example.org").contains("a-token"));
}

#[test]
fn the_same_mail_twice_is_two_mails_and_an_own_message_id_stays() {
    let post = Post::default();
    let app = start(TestDatabase::Sqlite, QUICK, &post);
    let mail = Email::to("ann@example.org").subject("Hello").text("Hello");
    const LIKE_OURS: &str = "018f0000-0000-7000-8000-000000000000";
    let ids: Vec<Uuid> = app.block_on(async {
        let first = app.ctx().mailer().send(mail.clone()).await.expect("stored");
        let second = app.ctx().mailer().send(mail.clone()).await.expect("stored");
        app.ctx().mailer().send(mail.clone().message_id("order-17@example.org")).await.expect("stored");
        app.ctx().mailer().send(mail.message_id(LIKE_OURS)).await.expect("stored");
        vec![first, second]
    });
    until("all are sent", || post.got().len() == 4);
    let found: Vec<String> = post.got().into_iter().map(|(id, _)| id).collect();
    for id in ids {
        assert_eq!(found.iter().filter(|found| found.starts_with(&id.to_string())).count(), 1, "{id}: {found:?}");
    }
    assert!(found.contains(&"order-17@example.org".to_owned()), "{found:?}");
    assert!(found.contains(&format!("{LIKE_OURS}@localhost")), "{found:?}");
}

/// The Message-ID and the date are those of the time at which a mail was stored, whatever the settings are later.
#[test]
fn a_mail_stays_the_same_until_it_is_sent() {
    let post = Post::default().refusing("ann@example.org", 1, false);
    let first = [("EMAIL_FROM", "shop@first.example"), ("OUTBOX_RETRY", "0.01"), ("OUTBOX_INTERVAL", "3600")];
    let app = start(TestDatabase::Sqlite, &first, &post);
    app.block_on(app.ctx().mailer().send_email("ann@example.org", "Hello", "Hello")).expect("stored");
    until("an attempt fails", || !rows(&app)[0]["last_error"].is_empty() && rows(&app)[0]["lease"].is_empty());
    let source = |app: &TestApp| String::from_utf8_lossy(app.ctx().mailer().sent()[0].source()).into_owned();
    let before = source(&app);
    // A `Date` has whole seconds.
    std::thread::sleep(Duration::from_millis(1100));
    let other = post.clone();
    let second = app.another_with(&[("EMAIL_FROM", "shop@second.example"), QUICK[0], QUICK[1]], move |app| {
        app.mail().mailer(other).resource_with::<Chore>(|routes| routes.service(invite))
    });
    until("it is sent", || states(&app) == ["sent"]);
    let after = source(&second);
    for name in ["Message-ID: ", "Date: "] {
        let header = |text: &str| text.lines().find(|line| line.starts_with(name)).map(str::to_owned);
        assert!(header(&before).is_some() && header(&before) == header(&after), "{name}: {before}\n{after}");
    }
    assert!(before.contains("@first.example>"), "{before}");
}

/// A code that is valid for ten minutes is of no use after a day.
#[test]
fn a_mail_is_not_sent_after_its_time() {
    for database in BOTH {
        let post = Post::default();
        let app = start(database, QUICK, &post);
        let mail =
            || Email::to("ann@example.org").subject("Your code").text("482913").expires_in(Duration::from_secs(60));
        let old = "2020-01-01T00:00:00Z";
        app.block_on(async {
            app.ctx()
                .transaction(async |tx| {
                    use resourceful::sea_orm::{ConnectionTrait, Statement};
                    let id = tx.mailer().send(mail()).await?;
                    let row = tx.db().query_one_raw(Statement::from_string(
                        tx.db().get_database_backend(),
                        "SELECT payload FROM resourceful_outbox",
                    ));
                    let payload: String = row.await?.expect("a row").try_get("", "payload")?;
                    let mut stored: resourceful::serde_json::Value =
                        resourceful::serde_json::from_str(&payload).expect("JSON");
                    stored["email"]["date"] = json!(old);
                    let changed = Statement::from_sql_and_values(
                        tx.db().get_database_backend(),
                        "UPDATE resourceful_outbox SET payload = $1 WHERE id = $2",
                        [stored.to_string().into(), id.into()],
                    );
                    tx.db().execute_raw(changed).await?;
                    tx.mailer().send(mail()).await
                })
                .await
                .expect("stored");
        });
        until("both end", || states(&app) == ["failed", "sent"]);
        assert!(rows(&app)[0]["last_error"].contains("expires_in"), "{:?}", rows(&app)[0]);
        assert_eq!(post.recipients().len(), 1);
    }
}

#[test]
fn a_mail_for_nobody_is_422() {
    let app = start(TestDatabase::Sqlite, QUICK, &Post::default());
    for remaining in [vec![], vec!["eve@example.org".to_owned()]] {
        let mail = Email::to("ann@example.org").subject("Hello").text("Hello").remaining(remaining);
        let error = app.block_on(app.ctx().mailer().send(mail)).expect_err("nobody");
        assert_eq!(error.slug(), "invalid-email", "{error:?}");
        assert_eq!(error.errors()[0].message, "no recipient of the mail remains");
    }
    assert!(rows(&app).is_empty());
}

/// Providers write addresses in a spelling of their own, and report what nobody has asked.
#[test]
fn whom_a_provider_means_is_found_out_or_nobody_is_forgotten() {
    struct Odd(Post, &'static str);

    impl Provider for Odd {
        fn name(&self) -> &str {
            "odd"
        }

        async fn send(&self, mail: &Prepared) -> Result<Vec<Refused>, SendError> {
            let mut refused = self.0.send(mail).await?;
            for one in &mut refused {
                one.address = if self.1.is_empty() { one.address.to_uppercase() } else { self.1.to_owned() };
            }
            Ok(refused)
        }
    }

    for (reported, remaining) in [("", Some(json!(["later@example.org"]))), ("who@example.net", None)] {
        let post = Post::default().refusing("later@example.org", u32::MAX, false);
        let own = Odd(post.clone(), reported);
        let app =
            TestApp::start_with(TestDatabase::Sqlite, &[("OUTBOX_RETRY", "1000")], move |app| app.mail().mailer(own));
        let mail = Email::to("ann@example.org").cc("later@example.org").subject("Hello").text("Hello");
        app.block_on(app.ctx().mailer().send(mail)).expect("stored");
        until("an attempt ends", || !rows(&app)[0]["last_error"].is_empty());
        let stored: resourceful::serde_json::Value =
            resourceful::serde_json::from_str(&rows(&app)[0]["payload"]).expect("JSON");
        assert_eq!(stored["email"].get("remaining").cloned(), remaining, "{stored}");
    }
}

/// Logs often have what `{:?}` writes.
#[test]
fn nothing_of_a_mail_is_in_its_debug_text() {
    use resourceful::mail::Attachment;
    let app = start(TestDatabase::Sqlite, QUICK, &Post::default());
    let mail = Email::to("ann@example.org")
        .subject("canary-subject")
        .text("canary-text")
        .html("canary-html")
        .attach(Attachment::new("canary.txt", "text/plain", b"canary".to_vec()));
    app.block_on(app.ctx().mailer().send_now(&mail)).expect("sent");
    let sent = app.ctx().mailer().sent();
    let undelivered = resourceful::events::Undelivered::temporary("later").remaining(&"canary");
    let all = format!("{mail:?} {sent:?} {:?} {undelivered:?}", sent[0].mail);
    assert!(!all.contains("canary") && !all.contains("ann@") && all.contains("text/plain"), "{all}");
}

#[test]
fn who_has_a_mail_does_not_get_it_again() {
    for database in BOTH {
        let post = Post::default().refusing("later@example.org", 2, false).refusing("nobody@example.org", 1, true);
        let app = start(database, QUICK, &post);
        let mail = Email::to("ann@example.org").cc("later@example.org").bcc("nobody@example.org");
        app.block_on(app.ctx().mailer().send(mail.subject("Hello").text("Hello"))).expect("stored");
        until("it comes to an end", || states(&app) == ["failed"]);
        assert_eq!(post.recipients(), ["ann@example.org", "later@example.org"]);
        let ids: Vec<String> = post.got().into_iter().map(|(id, _)| id).collect();
        assert_eq!(ids[0], ids[1], "the Message-ID does not change");
        let row = &rows(&app)[0];
        assert_eq!(row["last_error"], "refused: nobody@example.org: 550 no such user");
        assert!(row["payload"].contains("\"remaining\":[\"nobody@example.org\"]"), "{}", row["payload"]);
    }
}

#[test]
fn the_mail_server_decides_whether_a_mail_is_tried_again() {
    /// A provider that fails as a whole, once.
    struct Down(Mutex<Option<SendError>>, Post);

    impl Provider for Down {
        fn name(&self) -> &str {
            "down"
        }

        async fn send(&self, mail: &Prepared) -> Result<Vec<Refused>, SendError> {
            let error = self.0.lock().expect("an error").take();
            match error {
                Some(error) => Err(error),
                None => self.1.send(mail).await,
            }
        }
    }

    for (error, state, arrived) in [
        (SendError::temporary("the connection was refused"), "sent", 1),
        (SendError::permanent("554 spam"), "failed", 0),
    ] {
        let post = Post::default();
        let (own, first) = (post.clone(), error.clone());
        let app = TestApp::start_with(TestDatabase::Sqlite, QUICK, move |app| {
            app.mail().mailer(Down(Mutex::new(Some(first)), own))
        });
        app.block_on(app.ctx().mailer().send_email("ann@example.org", "Hello", "Hello")).expect("stored");
        until("it comes to an end", || states(&app) == [state]);
        assert_eq!(post.got().len(), arrived, "{error}");
        let reason = if state == "failed" { error.reason() } else { "" };
        assert_eq!(rows(&app)[0]["last_error"], reason);
    }
}

#[test]
fn an_invalid_mail_is_422_and_nothing_is_stored() {
    // A field of the body; the field of the mail that is named.
    let many: Vec<String> = (0..10_000).map(|number| format!("a{number}@example.org")).collect();
    let cases = [
        (json!({"to": "ann@example.org\r\nBcc: eve@example.org", "subject": "x"}), "/to/0"),
        (json!({"to": "ann@example.org", "subject": "x\r\nBcc: eve@example.org"}), "/subject"),
        (json!({"to": "ann@example.org, eve@example.org", "subject": "x"}), "/to/0"),
        (json!({"to": "\"x\" <eve@example.org>", "subject": "x"}), "/to/0"),
        (json!({"to": "ann@example.org", "name": "x\" <eve@example.org>, \"y", "subject": "x"}), "/to/0"),
        (json!({"to": "-oQ/tmp/x@example.org", "subject": "x"}), "/to/0"),
        (json!({"to": "a@[127.0.0.1]", "subject": "x"}), "/to/0"),
        (json!({"to": format!("{}@example.org", "a".repeat(300)), "subject": "x"}), "/to/0"),
        (json!({"to": "ann@example.org", "copies": ["fine@example.org", "no address"], "subject": "x"}), "/cc/1"),
        (json!({"to": "ann@example.org", "copies": many, "subject": "x"}), "/to"),
        (json!({"to": "ann@example.org", "subject": ""}), "/subject"),
    ];
    for database in BOTH {
        let post = Post::default();
        let app = start(database, QUICK, &post);
        for (body, field) in &cases {
            let answer = app.anonymous().post("/api/v1/chores/invite", body);
            refused(&answer, 422, "invalid-email", field);
            assert_eq!(answer.json()["errors"][0]["pointer"], *field, "{}", answer.text());
        }
        assert!(rows(&app).is_empty() && post.got().is_empty());
        let fine = json!({"to": "ann@example.org", "name": "Ann", "subject": "Grüße"});
        assert_eq!(app.anonymous().post("/api/v1/chores/invite", fine).status, 200);
        until("a valid one arrives", || post.recipients() == ["ann@example.org"]);
    }
}

#[test]
fn a_mail_that_cannot_be_read_again_does_not_stop_the_others() {
    let post = Post::default();
    let app = start(TestDatabase::Sqlite, QUICK, &post);
    app.block_on(async {
        resourceful::events::Outbox::add(app.ctx(), "mail", &json!({"email": {"to": 7}})).await.expect("stored");
        // Not through `send`, so it was not checked before.
        let stored =
            json!({"email": {"message_id": "x", "to": [{"address": "a@b.c\r\nd@e.f"}], "subject": "x", "text": "x"}});
        resourceful::events::Outbox::add(app.ctx(), "mail", &stored).await.expect("stored");
        app.ctx().mailer().send_email("ann@example.org", "Hello", "Hello").await.expect("stored");
    });
    // A newer version of the application may be able to read the first one.
    until("the others come to an end", || states(&app) == ["waiting", "failed", "sent"]);
    until("the reason is kept", || rows(&app)[0]["last_error"].starts_with("the payload cannot be read"));
    assert_eq!(post.recipients(), ["ann@example.org"]);
}

#[test]
fn without_app_mail_sending_is_an_error_that_says_so() {
    let app = TestApp::start(|app| app.resource_with::<Chore>(|routes| routes.service(invite)));
    let body = json!({"to": "ann@example.org", "subject": "Hello"});
    let answer = app.anonymous().post("/api/v1/chores/invite", body);
    refused(&answer, 500, "internal-error", "no outbox");
    let error = app.block_on(app.ctx().mailer().send_email("ann@example.org", "Hello", "Hello"));
    assert!(format!("{:?}", error.expect_err("an error")).contains("App::mail()"));
}
