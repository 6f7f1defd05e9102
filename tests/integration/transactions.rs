//! Transactions of typed code: everything is committed together, or nothing is.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Barrier, Mutex};

use resourceful::prelude::*;
use resourceful::sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait};
use resourceful::testing::{TestApp, TestDatabase};

/// A purse with money.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Purse {
    pub id: i32,
    #[resource(unique)]
    pub holder: String,
    #[resource(range(0..))]
    pub cents: i64,
}

/// A transfer between purses.
#[derive(Clone, Debug, PartialEq, Resource)]
pub struct Transfer {
    pub id: Uuid,
    #[resource(belongs_to(payer: Purse))]
    pub payer_id: i32,
    #[resource(belongs_to(payee: Purse))]
    pub payee_id: i32,
    pub cents: i64,
}

impl purse::Service {
    /// Moves money, and records the transfer.
    async fn transfer(&self, payer: i32, payee: i32, cents: i64) -> Result<Transfer> {
        self.transaction(async |tx| {
            let purses = self.within(&tx);
            let from = purses.get_for_update(payer).await?;
            let to = purses.get_for_update(payee).await?;
            purses.patch(to.id, purse::Patch::new().cents(to.cents + cents)).await?;
            purses.patch(from.id, purse::Patch::new().cents(from.cents - cents)).await?;
            let transfers = purses.sibling::<transfer::Service>();
            transfers.create(transfer::Create::new(payer, payee, cents)).await
        })
        .await
    }
}

fn on_both(test: impl Fn(&TestApp, TestDatabase)) {
    for database in [TestDatabase::Sqlite, TestDatabase::Postgres] {
        println!("on {database:?}");
        let app = TestApp::start_on(database, |app| app.resource::<Purse>().resource::<Transfer>());
        test(&app, database);
    }
}

async fn purse(ctx: &Context, holder: &str, cents: i64) -> i32 {
    let purses = purse::Service::as_system(ctx);
    purses.create(purse::Create::new(holder, cents)).await.expect("a purse").id
}

async fn cents(ctx: &Context, id: i32) -> i64 {
    purse::Service::as_system(ctx).get_by_id(id).await.expect("a purse").cents
}

async fn purses(ctx: &Context) -> u64 {
    purse::Service::as_system(ctx).count(Query::new()).await.expect("a count")
}

#[test]
fn services_share_a_transaction() {
    on_both(|app, _| {
        app.block_on(async {
            let ctx = app.ctx();
            let (ada, eve) = (purse(ctx, "ada", 100).await, purse(ctx, "eve", 0).await);
            let service = purse::Service::as_system(ctx);
            let moved = service.transfer(ada, eve, 60).await.expect("a transfer");
            assert_eq!((moved.cents, cents(ctx, ada).await, cents(ctx, eve).await), (60, 40, 60));
            let refused = service.transfer(ada, eve, 60).await.expect_err("not enough");
            assert_eq!(refused.slug(), "validation-error");
            assert_eq!((cents(ctx, ada).await, cents(ctx, eve).await), (40, 60), "neither half has happened");
            assert_eq!(transfer::Service::as_system(ctx).count(Query::new()).await.expect("a count"), 1);
            assert_eq!(service.transfer(ada, 999, 1).await.expect_err("no such row").status(), 404);
        });
    });
}

#[test]
fn closures_borrow_and_their_futures_can_move_between_threads() {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    on_both(|app, _| {
        app.block_on(async {
            let (ctx, holder, mut seen) = (app.ctx(), String::from("ada"), Vec::new());
            let work = ctx.transaction(async |tx| {
                let row = purse::Service::as_system(&tx).create(purse::Create::new(&holder, 5)).await?;
                seen.push(row.holder);
                Ok(row.cents)
            });
            assert_eq!(is_send(work).await.expect("a purse"), 5);
            assert_eq!(seen, [holder.as_str()]);
            let again = ctx.transaction_retrying(async |tx| {
                let count = purse::Entity::find().count(&tx).await?;
                Ok((count, holder.len()))
            });
            assert_eq!(is_send(again).await.expect("a count"), (1, 3));
            let service = purse::Service::as_system(ctx);
            drop(is_send(service.transfer(1, 2, 3)));
        });
    });
}

#[test]
fn a_transaction_inside_another_joins_it() {
    on_both(|app, _| {
        app.block_on(async {
            let ctx = app.ctx();
            let (ada, eve) = (purse(ctx, "ada", 100).await, purse(ctx, "eve", 0).await);
            let undone = ctx.transaction(async |tx| {
                purse::Service::as_system(&tx).transfer(ada, eve, 10).await?;
                tx.transaction(async |tx| purse::Service::as_system(&tx).transfer(ada, eve, 10).await).await?;
                Err::<(), _>(Error::conflict("changed-my-mind", "No"))
            });
            assert_eq!(undone.await.expect_err("an error").status(), 409);
            assert_eq!(cents(ctx, eve).await, 0);
            let half = ctx.transaction(async |tx| {
                let inner = tx.transaction(async |tx| {
                    purse::Service::as_system(&tx).transfer(ada, eve, 10).await?;
                    Err::<(), _>(Error::conflict("changed-my-mind", "No"))
                });
                assert!(inner.await.is_err());
                Ok(())
            });
            assert_eq!(half.await.expect_err("a part that failed cannot be left out").status(), 500);
            assert_eq!(cents(ctx, eve).await, 0);
        });
    });
}

#[test]
fn the_error_of_a_write_cannot_be_ignored() {
    on_both(|app, _| {
        app.block_on(async {
            let ctx = app.ctx();
            purse(ctx, "ada", 1).await;
            let done = ctx.transaction(async |tx| {
                let purses = purse::Service::as_system(&tx);
                purses.create(purse::Create::new("eve", 1)).await?;
                assert_eq!(purses.create(purse::Create::new("ada", 1)).await.expect_err("taken").status(), 409);
                Ok(())
            });
            let error = done.await.expect_err("PostgreSQL would say COMMIT and roll back");
            assert_eq!(error.slug(), "internal-error");
            assert_eq!(purses(ctx).await, 1);
            let done = ctx.transaction(async |tx| {
                let purses = purse::Service::as_system(&tx);
                assert_eq!(purses.get_by_id(999).await.expect_err("no such row").status(), 404);
                assert_eq!(purses.delete(999).await.expect_err("no such row").status(), 404);
                purses.create(purse::Create::new("eve", 1)).await
            });
            done.await.expect("what was not found has not failed");
            assert_eq!(purses(ctx).await, 2);
        });
    });
}

#[test]
fn a_transaction_cannot_outlive_its_closure() {
    on_both(|app, _| {
        app.block_on(async {
            let (ctx, mut kept) = (app.ctx(), None);
            let done = ctx.transaction(async |tx| {
                purse::Service::as_system(&tx).create(purse::Create::new("ada", 1)).await?;
                kept = Some(tx);
                Ok(())
            });
            let error = done.await.expect_err("a clone is alive");
            let source = std::error::Error::source(&error).expect("what is wrong").to_string();
            assert!(source.contains("still exists"), "{source}");
            let kept = kept.expect("the clone");
            let late = purse::Service::as_system(&kept).create(purse::Create::new("eve", 1)).await;
            assert_eq!(late.expect_err("it is over").status(), 500);
            assert!(kept.execute_unprepared("DELETE FROM purses").await.is_err());
            let service = ctx.transaction(async |tx| Ok(purse::Service::as_system(&tx))).await;
            assert_eq!(service.map(drop).expect_err("a service is alive").status(), 500);
            assert_eq!(purses(ctx).await, 0);
            purse(ctx, "ada", 1).await;
            drop(kept);
            assert_eq!(purses(ctx).await, 1);
        });
    });
}

#[test]
fn after_commit_callbacks_run_only_after_the_commit() {
    on_both(|app, _| {
        app.block_on(async {
            let (ctx, seen) = (app.ctx(), Arc::new(Mutex::new(Vec::new())));
            let queue = |tx: &Tx, what: &'static str| {
                let seen = seen.clone();
                tx.after_commit(move |ctx| async move {
                    let count = purse::Service::as_system(&ctx).count(Query::new()).await?;
                    seen.lock().expect("a list").push((what, count));
                    assert_ne!(what, "second", "a panic has no effect on the others");
                    Err(Error::conflict("nobody-sees-this", "Nor an error"))
                });
            };
            let undone = ctx.transaction(async |tx| {
                queue(&tx, "never");
                Err::<(), _>(Error::not_found())
            });
            assert!(undone.await.is_err());
            let done = ctx.transaction(async |tx| {
                for what in ["first", "second", "third"] {
                    queue(&tx, what);
                }
                purse::Service::as_system(&tx).create(purse::Create::new("ada", 1)).await?;
                assert!(seen.lock().expect("a list").is_empty());
                Ok(())
            });
            done.await.expect("committed");
            assert_eq!(*seen.lock().expect("a list"), [("first", 1), ("second", 1), ("third", 1)]);
        });
    });
}

#[test]
fn a_panic_rolls_back() {
    on_both(|app, _| {
        app.block_on(async {
            let work = app.ctx().transaction(async |tx| {
                purse::Service::as_system(&tx).create(purse::Create::new("ada", 1)).await?;
                if tx.ctx().options().limits.body_bytes > 0 {
                    panic!("in the middle");
                }
                Ok(())
            });
            let work = std::panic::AssertUnwindSafe(work);
            assert!(futures_util::FutureExt::catch_unwind(work).await.is_err());
            assert_eq!(purses(app.ctx()).await, 0);
            purse(app.ctx(), "ada", 1).await;
        });
    });
}

#[test]
fn get_for_update_works_only_in_transactions() {
    on_both(|app, database| {
        app.block_on(async {
            let ctx = app.ctx();
            let (ada, outside) = (purse(ctx, "ada", 1).await, purse::Service::as_system(ctx));
            let error = outside.get_for_update(ada).await.expect_err("nothing would be held");
            assert_eq!(error.slug(), "internal-error");
            // A write outside of the transaction, made in its closure, would wait for it for ever
            let begun = std::time::Instant::now();
            let crossed = ctx.transaction(async |tx| {
                purse::Service::as_system(&tx).create(purse::Create::new("eve", 1)).await?;
                outside.create(purse::Create::new("bob", 1)).await
            });
            match (database, crossed.await) {
                (TestDatabase::Sqlite, Err(error)) => assert_eq!(error.slug(), "internal-error"),
                (TestDatabase::Postgres, Ok(_)) => {}
                (_, other) => panic!("{other:?}"),
            }
            assert!(begun.elapsed().as_secs() < 2, "it waited for itself");
        });
    });
}

/// Two threads lock the same two rows in opposite order: the one that the database aborts is retried.
#[test]
fn deadlocked_transactions_are_retried() {
    on_both(|app, database| {
        let ctx = app.ctx();
        let (ada, eve) = app.block_on(async { (purse(ctx, "ada", 0).await, purse(ctx, "eve", 0).await) });
        let (both, attempts) = (Barrier::new(2), AtomicUsize::new(0));
        let runtimes = [runtime(), runtime()];
        let cross = |runtime: &tokio::runtime::Handle, first: i32, second: i32| {
            let met = AtomicUsize::new(0);
            runtime.block_on(ctx.transaction_retrying(async |tx| {
                attempts.fetch_add(1, Ordering::SeqCst);
                let purses = purse::Service::as_system(&tx);
                let one = purses.get_for_update(first).await?;
                // SQLite begins the second only when the first has ended.
                if database == TestDatabase::Postgres && met.fetch_add(1, Ordering::SeqCst) == 0 {
                    both.wait();
                }
                let two = purses.get_for_update(second).await?;
                purses.patch(first, purse::Patch::new().cents(one.cents + 1)).await?;
                purses.patch(second, purse::Patch::new().cents(two.cents + 1)).await?;
                Ok(())
            }))
        };
        std::thread::scope(|scope| {
            let [one, two] = &runtimes;
            let threads = [scope.spawn(|| cross(one, ada, eve)), scope.spawn(|| cross(two, eve, ada))];
            for thread in threads {
                thread.join().expect("no panic").expect("both succeed in the end");
            }
        });
        assert_eq!(app.block_on(async { (cents(ctx, ada).await, cents(ctx, eve).await) }), (2, 2));
        let expected = if database == TestDatabase::Postgres { 3 } else { 2 };
        assert_eq!(attempts.into_inner(), expected);
    });
}

/// Two bulks with the same unique values in opposite order block each other: one is written, the other is answered with
/// the values that are taken, and no answer mentions a deadlock.
#[test]
fn deadlocked_bulks_are_retried() {
    on_both(|app, _| {
        let service = purse::Service::as_system(app.ctx());
        for round in 0..2 {
            let holders: Vec<String> = (0..600).map(|number| format!("{round} {number:03}")).collect();
            let backwards: Vec<String> = holders.iter().rev().cloned().collect();
            let bulk = |holders: &[String]| {
                let inputs = holders.iter().map(|holder| purse::Create::new(holder, 1)).collect();
                runtime().block_on(service.create_bulk(inputs)).map(|rows| rows.len()).map_err(|error| error.status())
            };
            let mut done = std::thread::scope(|scope| {
                let threads = [scope.spawn(|| bulk(&holders)), scope.spawn(|| bulk(&backwards))];
                threads.map(|thread| thread.join().expect("no panic"))
            });
            done.sort();
            assert_eq!(done, [Ok(600), Err(409)]);
        }
    });
}

#[test]
fn retrying_ends_after_three_attempts_with_503() {
    on_both(|app, database| {
        if database == TestDatabase::Sqlite {
            return;
        }
        app.block_on(async {
            let (ctx, attempts) = (app.ctx(), AtomicUsize::new(0));
            let ada = purse(ctx, "ada", 0).await;
            let lost = ctx.transaction_retrying(async |tx| {
                attempts.fetch_add(1, Ordering::SeqCst);
                tx.execute_unprepared("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ").await?;
                let purses = purse::Service::as_system(&tx);
                let row = purses.get_by_id(ada).await?;
                // Another transaction is always faster
                purse::Service::as_system(ctx).patch(ada, purse::Patch::new().cents(row.cents + 1)).await?;
                purses.patch(ada, purse::Patch::new().cents(row.cents + 10)).await
            });
            let error = lost.await.expect_err("never");
            assert_eq!((error.status(), attempts.into_inner()), (503, 3));
            assert!(error.retry_after().is_some());
            assert_eq!(cents(ctx, ada).await, 3);
            let once = AtomicUsize::new(0);
            let refused = ctx.transaction_retrying(async |_| {
                once.fetch_add(1, Ordering::SeqCst);
                Err::<(), _>(Error::conflict("no", "No"))
            });
            assert_eq!((refused.await.expect_err("no").status(), once.into_inner()), (409, 1), "other errors end it");
        });
    });
}

/// PostgreSQL detects some serialization failures only at COMMIT.
#[test]
fn a_serialization_failure_at_commit_is_retried() {
    let app = TestApp::start_on(TestDatabase::Postgres, |app| app.resource::<Purse>().resource::<Transfer>());
    app.block_on(async {
        let (ctx, attempts) = (app.ctx(), AtomicUsize::new(0));
        purse(ctx, "ada", 0).await;
        // Write skew: each counts the rows and adds one; executed one after the other, the second would count more.
        let add = async |holder: &str, tx: &Tx| {
            tx.execute_unprepared("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE").await?;
            let purses = purse::Service::as_system(tx);
            let count = purse::Entity::find().count(tx).await?;
            purses.create(purse::Create::new(holder, i64::try_from(count).unwrap_or_default())).await
        };
        let row = ctx.transaction_retrying(async |tx| {
            let first = attempts.fetch_add(1, Ordering::SeqCst) == 0;
            let row = add("eve", &tx).await?;
            if first {
                ctx.transaction(async |tx| add("bob", &tx).await).await?;
            }
            Ok(row)
        });
        assert_eq!(row.await.expect("the second time").cents, 2);
        assert_eq!(attempts.into_inner(), 2);
    });
}

#[test]
fn bulks_beyond_the_limit_of_one_statement_are_one_write() {
    on_both(|app, _| {
        app.block_on(async {
            let (ctx, service) = (app.ctx(), purse::Service::as_system(app.ctx()));
            // More values than PostgreSQL counts with 16 bits
            let many = |last: &str| {
                let holders = (0..33_000).map(|number| format!("holder {number}")).chain([last.to_owned()]);
                holders.enumerate().map(|(place, holder)| purse::Create::new(holder, place as i64)).collect()
            };
            let error = service.create_bulk(many("holder 7")).await.expect_err("one is there twice");
            assert_eq!(error.status(), 409);
            assert_eq!(purses(ctx).await, 0);
            let rows = service.create_bulk(many("last")).await.expect("all of them");
            assert_eq!(rows.len(), 33_001);
            assert!(rows.iter().enumerate().all(|(place, row)| row.cents == place as i64), "in their order");
        });
    });
}

#[test]
fn errors_of_seaorm_become_answers() {
    on_both(|app, _| {
        app.block_on(async {
            let ctx = app.ctx();
            purse(ctx, "ada", 1).await;
            let sql =
                |sql: &'static str| ctx.transaction(async move |tx| Ok(tx.execute_unprepared(sql).await.map(drop)?));
            let taken = sql("INSERT INTO purses (holder, cents) VALUES ('ada', 1)").await;
            assert_eq!(taken.expect_err("taken").slug(), "conflict");
            let wrong = sql("INSERT INTO nowhere VALUES (1)").await;
            assert_eq!(wrong.expect_err("no such table").slug(), "internal-error");
            let null = sql("INSERT INTO purses (holder, cents) VALUES (NULL, 1)").await;
            assert_eq!(null.expect_err("null").slug(), "validation-error");
            sql("INSERT INTO purses (holder, cents) VALUES ('eve', 1)").await.expect("a row");
            assert_eq!(purses(ctx).await, 2);
        });
    });
}

/// A runtime that goes on until the tests end: a connection is of no use once the runtime that opened it has ended, or is not
/// driven any more, and others may use it by then.
fn runtime() -> tokio::runtime::Handle {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let handle = runtime.handle().clone();
    std::thread::spawn(move || runtime.block_on(std::future::pending::<()>()));
    handle
}

/// SQLite rolls the whole transaction back when a write in it is interrupted, so no later write may be committed alone.
#[test]
fn no_write_is_committed_after_an_interrupted_one() {
    on_both(|app, database| {
        let ctx = app.ctx();
        let done = app.block_on(async {
            let ada = purse(ctx, "ada", 1).await;
            let done = ctx
                .transaction(async |tx| {
                    let purses = purse::Service::as_system(&tx);
                    purses.patch(ada, purse::Patch::new().cents(2)).await?;
                    let slow = "UPDATE purses SET cents = (WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL \
                                SELECT n + 1 FROM numbers WHERE n < 400000000) SELECT COUNT(*) FROM numbers)";
                    let slow = tx.execute_unprepared(slow);
                    assert!(tokio::time::timeout(std::time::Duration::from_millis(50), slow).await.is_err());
                    // PostgreSQL ends the statement first, and then the transaction is as it was, or cannot be used.
                    let _ = purses.create(purse::Create::new("eve", 3)).await;
                    Ok(())
                })
                .await;
            (done, cents(ctx, ada).await, purses(ctx).await)
        });
        match database {
            TestDatabase::Sqlite => {
                assert!(done.0.is_err(), "half of it is not committed");
                assert_eq!((done.1, done.2), (1, 1), "nothing of it has happened");
            }
            TestDatabase::Postgres => {
                let whole = if done.0.is_ok() { (2, 2) } else { (1, 1) };
                assert_eq!((done.1, done.2), whole, "all of it or nothing");
            }
        }
    });
}
