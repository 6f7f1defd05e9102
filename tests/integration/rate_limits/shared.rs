//! Budgets that processes share through Redis, and what happens when Redis is away or has something else in their place.

use resourceful::testing::{TestApp, TestDatabase};

use super::{build, left, start, too_many, user};
use crate::cache_redis::server::Server;

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(future)
}

/// How many of these requests are let in, sent to both processes at the same time.
fn let_in(processes: [&TestApp; 2], id: &str, each: usize) -> usize {
    std::thread::scope(|scope| {
        let clients = (0..8).map(|place: usize| {
            let app = processes[place % 2];
            let send = move || {
                let ada = user(app, id);
                let statuses: Vec<u16> = (0..each).map(|_| ada.get("/api/v1/tickets").status).collect();
                assert!(statuses.iter().all(|status| [200, 429].contains(status)), "{statuses:?}");
                statuses.into_iter().filter(|status| *status == 200).count()
            };
            scope.spawn(send)
        });
        clients.collect::<Vec<_>>().into_iter().map(|client| client.join().expect("no panic")).sum()
    })
}

/// Repeats something that sends requests until all of them were counted by Redis. On a busy machine Redis may be too slow, so
/// that a process counts for itself.
fn counted_by_redis<T>(processes: &[&TestApp], mut send: impl FnMut(usize) -> T) -> T {
    let alone = || processes.iter().map(|app| app.requests_counted_alone()).sum::<u64>();
    for round in 0..50 {
        let before = alone();
        let found = send(round);
        if alone() == before {
            return found;
        }
        // A process does not ask Redis for a second after a failure.
        std::thread::sleep(std::time::Duration::from_secs(1));
    }
    panic!("Redis was too slow in every round");
}

#[test]
fn two_processes_share_one_budget_exactly() {
    let mut server = run(Server::start());
    let url = server.url();
    let settings = [("RATE_LIMIT", "50/day"), ("RATE_LIMIT_READ", "60/day"), ("REDIS_URL", &url)];
    let one = TestApp::start_with(TestDatabase::Sqlite, &settings, build);
    let two = one.another_with(&settings, build);
    let in_turn = counted_by_redis(&[&one, &two], |round| {
        let grace = format!("grace {round}");
        [&one, &two, &one].map(|app| left(&user(app, &grace).get("/api/v1/tickets"))[0].1)
    });
    assert_eq!(in_turn, [49, 48, 47]);
    for number in 0..5 {
        let let_in =
            counted_by_redis(&[&one, &two], |round| let_in([&one, &two], &format!("ada {number} {round}"), 20));
        assert_eq!(let_in, 50);
    }
    // Applications that use the same Redis do not share.
    let other = start(&[&settings[..], &[("CACHE_NAMESPACE", "other")]].concat());
    let of_other =
        counted_by_redis(&[&other], |round| left(&user(&other, &format!("ada 0 {round}")).get("/api/v1/tickets"))[0].1);
    assert_eq!(of_other, 49);
    // A Redis that was restarted has forgotten the budgets, and counts again.
    server.kill();
    run(server.restart());
    let grace = user(&one, "auth0|grace");
    let begun = std::time::Instant::now();
    let found = |found: &[String]| found.iter().any(|key| key.ends_with(":user"));
    while !found(&run(server.run::<Vec<String>>(&["KEYS", "resourceful:rates:*"]))) {
        assert!(begun.elapsed().as_secs() < 60, "Redis is used again");
        assert!([200, 429].contains(&grace.get("/api/v1/tickets").status));
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
}

#[test]
fn without_redis_each_process_counts_for_itself() {
    let mut server = run(Server::down());
    let url = server.url();
    let settings = [("RATE_LIMIT", "20/day"), ("REDIS_URL", &url)];
    let one = TestApp::start_with(TestDatabase::Sqlite, &settings, build);
    let two = one.another_with(&settings, build);
    assert_eq!(let_in([&one, &two], "auth0|ada", 10), 40, "20 in each process");
    too_many(&user(&one, "auth0|ada").get("/api/v1/tickets"), "user");
    // A Redis that takes connections and answers nothing
    run(server.restart());
    server.pause();
    let answers: Vec<u16> = (0..5).map(|_| user(&one, "auth0|grace").get("/api/v1/tickets").status).collect();
    assert_eq!(answers, [200; 5]);
    server.resume();
}

#[test]
fn what_somebody_else_has_stored_under_a_key_is_replaced() {
    let server = run(Server::start());
    let url = server.url();
    let app = start(&[("RATE_LIMIT", "3/day"), ("REDIS_URL", &url)]);
    let ada = user(&app, "auth0|ada");
    assert_eq!(counted_by_redis(&[&app], |_| ada.get("/api/v1/tickets").status), 200);
    let keys: Vec<String> = run(server.run(&["KEYS", "*"]));
    let [key] = &keys[..] else { panic!("one key: {keys:?}") };
    assert!(key.starts_with("resourceful:rates:") && !key.contains("ada") && key.len() < 120, "{key}");
    for junk in [
        &["SET", key, "junk"][..],
        &["SET", key, ""],
        &["SET", key, "nan"],
        &["SET", key, "inf"],
        &["SET", key, "-1e300"],
        &["SET", key, "1e300"],
        &["SET", key, "99999999999999999999999999"],
        &["LPUSH", key, "a"],
        &["HSET", key, "a", "b"],
        &["SADD", key, "a"],
    ] {
        let found = counted_by_redis(&[&app], |_| {
            let _: i64 = run(server.run(&["DEL", key]));
            let _: resourceful::redis::Value = run(server.run(junk));
            [(); 3].map(|()| left(&ada.get("/api/v1/tickets"))[0].1)
        });
        assert_eq!(found, [2, 1, 0], "{junk:?}");
        let left: i64 = run(server.run(&["PTTL", key]));
        assert!((1..=86_400_000).contains(&left), "it expires when the budget is full again: {left} ms");
    }
}
