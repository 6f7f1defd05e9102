//! Poolers between the application and PostgreSQL: one that shares sessions between clients is refused at the start unless
//! the settings name it, because clients would receive each other's answers.

use std::time::{Duration, Instant};

use crate::harness::{Postgres, block_on, pause, post, text};
use crate::pgbouncer::PgBouncer;
use crate::startup::Program;

const PASSES_ALL: &str = "ignore_startup_parameters = extra_float_digits,options";

/// What the start says, or that it succeeds.
type Outcome = Result<(), &'static [&'static str]>;

#[test]
fn a_pooler_that_shares_sessions_is_refused_unless_the_settings_name_it() {
    block_on(async {
        let database = Postgres::new().await;
        let shared: Outcome = Err(&["pooler", "DATABASE_URL", "DATABASE_POOLER=transaction"]);
        let statement: Outcome = Err(&["allows no transactions", "`pool_mode = transaction`"]);
        let cases: &[(&str, &str, Outcome)] = &[
            ("pool_mode = transaction", "none", shared),
            (&format!("pool_mode = transaction\n{PASSES_ALL}"), "none", shared),
            (
                &format!("pool_mode = transaction\nserver_round_robin = 1\ndefault_pool_size = 3\n{PASSES_ALL}"),
                "none",
                shared,
            ),
            (&format!("pool_mode = transaction\ndefault_pool_size = 1\n{PASSES_ALL}"), "none", shared),
            (&format!("pool_mode = statement\n{PASSES_ALL}"), "none", shared),
            (&format!("pool_mode = session\n{PASSES_ALL}"), "none", Ok(())),
            ("pool_mode = transaction\ndefault_pool_size = 1", "transaction", Ok(())),
            ("pool_mode = session", "transaction", Ok(())),
            ("pool_mode = statement", "transaction", statement),
        ];
        for (number, (settings, pooler, outcome)) in cases.iter().enumerate() {
            let what = format!("{settings}, DATABASE_POOLER={pooler}");
            let address = database.address();
            let (host, port) = address.split_once(':').expect("host and port");
            let pgbouncer = PgBouncer::start(host, port, settings);
            let url = database.url_through(pgbouncer.port);
            let mut program = Program::start_with("serve", &url, &[("DATABASE_POOLER", pooler)]);
            if let Err(sentences) = outcome {
                let ended = program.end(Duration::from_secs(20)).await;
                assert_eq!(ended, Some(false), "{what}: {}", program.said());
                let said = program.said();
                assert!(sentences.iter().all(|sentence| said.contains(sentence)), "{what}: {said}");
                assert!(said.contains(&format!("127.0.0.1:{}", pgbouncer.port)), "{what}: {said}");
                continue;
            }
            let begun = Instant::now();
            let mark = text(&format!("through {number}"));
            while post(program.address, "marks", &mark).await.map_or(0, |answer| answer.status) != 201 {
                assert!(begun.elapsed() < Duration::from_secs(15), "{what}: {}", program.said());
                pause(50).await;
            }
        }
        database.remove().await;
    });
}
