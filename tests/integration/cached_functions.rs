//! `#[cached]` on functions and methods: their keys, callers, transactions and handles.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::join_all;
use resourceful::cache::{Cache, CacheSource};
use resourceful::context::{DatabaseSettings, Options};
use resourceful::prelude::*;
use resourceful::sea_orm::ColumnTrait;
use resourceful::serde_json::json;
use resourceful::testing::TestApp;
use tokio::time::sleep;

use crate::support::{created, ok};

/// Notes, of which everyone sees their own.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(module = note, owner = owner_id, policy)]
pub struct Note {
    pub id: Uuid,
    pub text: String,
    #[resource(filter)]
    pub owner_id: String,
}

impl Policy for Note {
    fn rows(user: Option<&CurrentUser>, _: Operation) -> Rows<Self> {
        user.map_or_else(Rows::all, |user| Rows::when("own", note::Column::OwnerId.eq(&user.id)))
    }
}

/// Texts of the notes that the caller sees.
#[cached(ttl = "1h", tags("notes"))]
async fn texts(notes: note::Service) -> Result<Vec<String>> {
    let page = notes.list(Query::new()).await?;
    Ok(page.items.into_iter().map(|note| note.text).collect())
}

#[get("/texts", requires("notes:read"))]
async fn all_texts(notes: note::Service) -> Result<Json<Vec<String>>> {
    texts(notes).await.map(Json)
}

async fn context() -> Context {
    let database = DatabaseSettings::new("sqlite::memory:");
    Context::builder(Options::default()).connect(&database).await.expect("a database")
}

static LOADS: AtomicUsize = AtomicUsize::new(0);

fn loads() -> usize {
    LOADS.swap(0, Ordering::SeqCst)
}

struct Range {
    from: i32,
}

/// A function that says how often it ran.
#[cached(ttl = "1h", key = "sums:{range.from}:{text}:{number}", tags("sums", "text:{text}"), skip(note))]
async fn sum(ctx: &Context, range: Range, mut text: String, number: i32, note: &str) -> Result<String> {
    let _ = (ctx, note);
    LOADS.fetch_add(1, Ordering::SeqCst);
    if number < 0 {
        return Err(Error::conflict("negative", "a number below 0"));
    }
    text.push_str(&format!("+{number}+{}", range.from));
    Ok(text)
}

#[cached(ttl = "1h", key = "sums:{range.from}:{text}:{number}")]
async fn same_key(ctx: &Context, range: Range, text: String, number: i32) -> String {
    let _ = (ctx, range, text, number);
    "another function".to_owned()
}

#[tokio::test]
async fn values_are_kept_by_their_arguments_and_errors_are_not() {
    let ctx = context().await;
    let call = async |text: &str, number| sum(&ctx, Range { from: 1 }, text.to_owned(), number, "").await;
    assert_eq!(call("a", 1).await.expect("a value"), "a+1+1");
    assert_eq!(call("a", 1).await.expect("a value"), "a+1+1");
    assert_eq!(loads(), 1);
    for (text, number) in [("a", 2), ("a:1", 1), ("a%3A1", 1), ("", 1), ("a;", 1)] {
        assert_eq!(call(text, number).await.expect("a value"), format!("{text}+{number}+1"));
        assert_eq!(loads(), 1, "{text}");
    }
    assert!(call("a", -1).await.is_err() && call("a", -1).await.is_err());
    assert_eq!(loads(), 2, "errors are not kept");

    let key = concat!(module_path!(), "::sum:sums:1:a:1");
    assert_eq!(ctx.cache().get::<String>(key).await.as_deref(), Some("a+1+1"));
    // A function with the same text for its key has values of its own.
    let other = same_key(&ctx, Range { from: 1 }, "a".to_owned(), 1).await;
    assert_eq!((other.as_str(), loads()), ("another function", 0));
    assert_eq!(call("a", 1).await.expect("a value"), "a+1+1");
    sum_invalidate(&ctx, Range { from: 1 }, "a".into(), 1, "another note").await;
    call("a", 2).await.expect("a value");
    assert_eq!(loads(), 0, "the other one is still there");
    call("a", 1).await.expect("a value");
    assert_eq!(loads(), 1);
    sum_refresh(&ctx, Range { from: 1 }, "a".into(), 1, "").await.expect("a value");
    assert_eq!(loads(), 1);
    ctx.cache().invalidate_tag("text:a").await;
    call("a", 1).await.expect("a value");
    call("", 1).await.expect("a value");
    assert_eq!(loads(), 1, "the tag is of the first only");

    // Inside a transaction the function runs without the cache.
    let inside = ctx.transaction(async |tx| {
        let first = in_transaction(&tx, 1).await;
        in_transaction_invalidate(&tx, 1).await;
        Ok((first, in_transaction(&tx, 1).await))
    });
    assert_eq!(inside.await.expect("a commit"), (1, 2));
    let key = concat!(module_path!(), "::in_transaction:transactions:1");
    assert_eq!(ctx.cache().get::<usize>(key).await, None);
}

static RUNS: AtomicUsize = AtomicUsize::new(0);

#[cached(ttl = "1h", key = "transactions:{number}")]
async fn in_transaction(tx: &Tx, number: i32) -> usize {
    let _ = (tx, number);
    RUNS.fetch_add(1, Ordering::SeqCst) + 1
}

/// Something with a cache of its own.
struct Weather {
    cache: Cache,
    place: &'static str,
    asked: Arc<AtomicUsize>,
}

impl CacheSource for Weather {
    fn source_cache(&self) -> Cache {
        self.cache.clone()
    }
}

impl Weather {
    /// How warm it is.
    #[cached(ttl = "200ms", key = "weather:{self.place}:{hour}")]
    async fn at(&self, hour: u8) -> usize {
        sleep(Duration::from_millis(20)).await;
        self.asked.fetch_add(1, Ordering::SeqCst) + usize::from(hour)
    }

    /// The same in a cache that is given by an expression, with all arguments in the key.
    #[cached(ttl = "1h", cache = self.cache)]
    async fn later(&self, hour: u8, minute: u8) -> usize {
        self.asked.fetch_add(1, Ordering::SeqCst) + usize::from(hour) + usize::from(minute)
    }
}

#[tokio::test]
async fn methods_are_cached_and_their_values_expire() {
    let here = Weather { cache: Cache::in_memory(1_000_000), place: "here", asked: Arc::default() };
    let there = Weather { cache: here.cache.clone(), place: "there", asked: here.asked.clone() };
    let many = join_all((0..50).map(|_| here.at(12))).await;
    assert!(many.iter().all(|value| *value == 12), "{many:?}");
    assert_eq!((there.at(12).await, here.at(13).await, here.at(12).await), (13, 15, 12));
    here.at_invalidate(12).await;
    assert_eq!((here.at(12).await, there.at(12).await, here.at_refresh(12).await), (15, 13, 16));
    sleep(Duration::from_millis(250)).await;
    assert_eq!(here.at(12).await, 17, "the value expired");

    assert_eq!((here.later(1, 2).await, here.later(1, 2).await, here.later(2, 1).await), (9, 9, 10));
    here.later_invalidate(1, 2).await;
    assert_eq!((here.later(1, 2).await, here.later(2, 1).await), (11, 10));
}

#[test]
fn callers_of_a_service_get_their_own_values() {
    let app = TestApp::start(|app| app.resource_with::<Note>(|routes| routes.service(all_texts)));
    for name in ["ada", "bob"] {
        let caller = CurrentUser::new(format!("auth0|{name}")).with_permissions(["notes:read", "notes:write:self"]);
        let caller = app.as_user(caller);
        created(caller.post("/api/v1/notes/self", json!({"text": format!("of {name}")})));
        // Kept for the next requests of the same caller, whose token is another one
        for _ in 0..2 {
            assert_eq!(ok(caller.get("/api/v1/notes/texts")), json!([format!("of {name}")]));
        }
    }
}
