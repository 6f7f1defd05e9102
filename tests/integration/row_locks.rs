//! Concurrent requests that lock the same rows: all of them succeed.

use resourceful::prelude::*;
use resourceful::sea_orm::ConnectionTrait;
use resourceful::serde_json::json;
use resourceful::testing::{TestApp, TestDatabase};

/// An order with the sum of its items.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(public(list, get, create, delete), hooks)]
pub struct Basket {
    pub id: i32,
    #[resource(default = 0)]
    pub total: i64,
}

impl Hooks for Basket {}

/// One item of an order.
#[derive(Clone, Debug, PartialEq, Resource)]
#[resource(public(list, get, create, delete), hooks)]
pub struct Item {
    pub id: i32,
    #[resource(belongs_to(basket: Basket))]
    pub basket_id: i32,
    pub cents: i64,
}

impl Hooks for Item {
    async fn after_create(row: &Self, hook: &HookContext) -> Result<()> {
        add(row.basket_id, row.cents, hook).await
    }

    async fn after_delete(row: &Self, hook: &HookContext) -> Result<()> {
        add(row.basket_id, -row.cents, hook).await
    }
}

async fn add(basket: i32, cents: i64, hook: &HookContext) -> Result<()> {
    let baskets = hook.service::<basket::Service>();
    let row = baskets.get_for_update(basket).await?;
    baskets.patch(basket, basket::Patch::new().total(row.total + cents)).await.map(drop)
}

/// A row whose writes are one statement.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Pot {
    pub id: i32,
    pub total: i64,
}

fn app(database: TestDatabase) -> TestApp {
    TestApp::start_on(database, |app| app.resource::<Basket>().resource::<Item>().resource::<Pot>())
}

fn on_both(test: impl Fn(&TestApp)) {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        println!("on {database:?}");
        test(&app(database));
    }
}

/// Sends all of these requests at once, each over a separate connection, and counts the answers by their status.
fn at_once(app: &TestApp, requests: Vec<(&'static str, String, Option<String>)>) -> Vec<(u16, usize)> {
    let address = app.address();
    let threads: Vec<_> = std::thread::scope(|scope| {
        let send = |(method, path, body): (&'static str, String, Option<String>)| {
            scope.spawn(move || status(address, method, &path, body.as_deref().unwrap_or_default()))
        };
        let threads: Vec<_> = requests.into_iter().map(send).collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    let mut counts = std::collections::BTreeMap::new();
    threads.into_iter().for_each(|status| *counts.entry(status).or_insert(0) += 1);
    counts.into_iter().collect()
}

fn status(address: std::net::SocketAddr, method: &str, path: &str, body: &str) -> u16 {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(address).expect("a connection");
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all((head + body).as_bytes()).expect("it is sent");
    let mut text = String::new();
    stream.read_to_string(&mut text).expect("an answer");
    text.get(9..12).and_then(|status| status.parse().ok()).expect("a status")
}

/// A hook of a child locks its parent, whose key all other new children lock as well.
#[test]
fn children_created_concurrently_can_lock_their_parent() {
    on_both(|app| {
        let caller = app.anonymous();
        let id = caller.post("/api/v1/baskets", json!({})).json()["id"].clone();
        let create = || ("POST", "/api/v1/items".to_owned(), Some(format!("{{\"basketId\":{id},\"cents\":3}}")));
        assert_eq!(at_once(app, (0..50).map(|_| create()).collect()), [(201, 50)]);
        assert_eq!(caller.get(&format!("/api/v1/baskets/{id}")).json()["total"], 150);
        let items = caller.get("/api/v1/items?size=50").json()["items"].clone();
        let delete = |item: &resourceful::serde_json::Value| ("DELETE", format!("/api/v1/items/{}", item["id"]), None);
        assert_eq!(at_once(app, items.as_array().expect("items").iter().map(delete).collect()), [(204, 50)]);
        assert_eq!(caller.get(&format!("/api/v1/baskets/{id}")).json()["total"], 0);
    });
}

/// A transaction that is going to delete a row locks its key too: no child can be added in the meantime.
#[test]
fn a_parent_that_is_being_deleted_gets_no_children() {
    on_both(|app| {
        let caller = app.anonymous();
        for _ in 0..5 {
            let id = caller.post("/api/v1/baskets", json!({})).json()["id"].clone();
            let create = ("POST", "/api/v1/items".to_owned(), Some(format!("{{\"basketId\":{id},\"cents\":3}}")));
            let delete = ("DELETE", format!("/api/v1/baskets/{id}"), None);
            let answers = at_once(app, vec![create, delete]);
            assert!([[(201, 1), (409, 1)], [(204, 1), (422, 1)]].contains(&[answers[0], answers[1]]), "{answers:?}");
        }
    });
}

/// Twenty transactions lock the same two rows, every second one in the opposite order: with a connection for each or for
/// few of them, and with different times between the locks.
#[test]
fn transactions_that_deadlock_all_succeed() {
    use TestDatabase::{Postgres, Sqlite};
    let cases = [(Sqlite, "8", 20), (Postgres, "30", 20), (Postgres, "8", 0)];
    for (database, connections, pause) in cases {
        let settings = [("DATABASE_MAX_CONNECTIONS", connections)];
        let app = TestApp::start_with(database, &settings, |app| app.resource::<Basket>().resource::<Item>());
        app.block_on(async {
            let ctx = app.ctx();
            let baskets = basket::Service::as_system(ctx);
            let one = baskets.create(basket::Create::new()).await.expect("a basket").id;
            let two = baskets.create(basket::Create::new()).await.expect("a basket").id;
            let cross = async |first: i32, second: i32| {
                ctx.transaction_retrying(async |tx| {
                    let baskets = basket::Service::as_system(&tx);
                    let row = baskets.get_for_update(first).await?;
                    baskets.patch(first, basket::Patch::new().total(row.total + 1)).await?;
                    tokio::time::sleep(std::time::Duration::from_millis(pause)).await;
                    let row = baskets.get_for_update(second).await?;
                    baskets.patch(second, basket::Patch::new().total(row.total + 1)).await
                })
                .await
            };
            let begun = std::time::Instant::now();
            let all = (0..20).map(|number| if number % 2 == 0 { cross(one, two) } else { cross(two, one) });
            let done = futures_util::future::join_all(all).await;
            let failed: Vec<_> = done.into_iter().filter_map(Result::err).collect();
            println!("{database:?}, {connections} connections, {pause} ms: {:?}", begun.elapsed());
            assert!(failed.is_empty(), "{} of 20: {failed:?}", failed.len());
            for id in [one, two] {
                assert_eq!(baskets.get_by_id(id).await.expect("a basket").total, 20);
            }
        });
    }
}

/// A write that does not get a lock in time is repeated once, whether it is one statement or a transaction.
#[test]
fn a_write_is_repeated_after_a_lock_timeout() {
    let app = app(TestDatabase::Postgres);
    let ctx = app.ctx();
    app.block_on(async {
        let (baskets, pots) = (basket::Service::as_system(ctx), pot::Service::as_system(ctx));
        let basket = baskets.create(basket::Create::new()).await.expect("a basket").id;
        let pot = pots.create(pot::Create::new(1)).await.expect("a pot").id;
        let holding = ctx.transaction(async |tx| {
            tx.execute_unprepared(&format!("SELECT 1 FROM baskets WHERE id = {basket} FOR UPDATE")).await?;
            tx.execute_unprepared(&format!("SELECT 1 FROM pots WHERE id = {pot} FOR UPDATE")).await?;
            // Longer than the lock timeout
            tokio::time::sleep(std::time::Duration::from_millis(2_600)).await;
            Ok(())
        });
        let transaction =
            ctx.transaction_retrying(async |tx| basket::Service::as_system(&tx).get_for_update(basket).await.map(drop));
        let (held, done, changed) =
            futures_util::join!(holding, transaction, pots.patch(pot, pot::Patch::new().total(2)));
        held.expect("held");
        done.expect("the lock timed out after 2 seconds and was granted at the second attempt");
        assert_eq!(changed.expect("the same").total, 2);
    });
}
