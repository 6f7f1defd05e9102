//! Connections that break during a COMMIT: the answer says that the outcome is unknown.

use crate::harness::{Postgres, Server, block_on, post, rounds, text, texts};
use crate::proxy::{Cut, Proxy};

#[test]
fn an_unknown_commit_outcome_is_reported_as_unknown() {
    let rounds = rounds(60);
    block_on(async {
        let postgres = Postgres::new().await;
        let proxy = Proxy::start(postgres.address()).await;
        let server = Server::start(&postgres.url_through(proxy.port())).await;
        let mut wrong = Vec::new();
        let kinds = [
            (Cut::AfterCommit, "stamps", "after commit"),
            (Cut::BeforeCommit, "stamps", "before commit"),
            (Cut::AfterMarked, "marks", "cut here"),
        ];
        let mut begins = Vec::new();
        for (cut, path, kind) in kinds {
            begins.push(proxy.begins());
            for round in 0..rounds {
                // A connection is open and idle, so that the write is what breaks it.
                let warm = post(server.address, path, &text(&format!("warm {path} {cut:?} {round}")))
                    .await
                    .expect("an answer");
                assert_eq!(warm.status, 201, "after a cut the next write succeeds: {}", warm.body);
                proxy.cut_next(cut);
                let answer = post(server.address, path, &text(&format!("{kind} {round}"))).await.expect("an answer");
                if (answer.status, answer.slug().as_str()) != (503, "commit-unknown") {
                    wrong.push(format!("{kind} {round}: {} {}", answer.status, answer.body));
                }
                proxy.cut_next(Cut::Never);
            }
        }
        let (marks, stamps) = (texts(&postgres.db, "marks").await, texts(&postgres.db, "stamps").await);
        let there = |all: &std::collections::HashMap<String, usize>, kind: &str| {
            all.keys().filter(|key| key.starts_with(kind)).count()
        };
        let plain = there(&marks, "cut here");
        let after = there(&stamps, "after commit");
        println!(
            "{} connections cut; of {rounds} each there are: COMMIT passed on {after}, held back {}, one statement {}; \
             wrong answers: {}",
            proxy.cuts(),
            there(&stamps, "before commit"),
            plain,
            wrong.len()
        );
        assert!(wrong.is_empty(), "{} of {}: {wrong:?}", wrong.len(), 3 * rounds);
        assert_eq!(proxy.cuts(), 3 * rounds);
        begins.push(proxy.begins());
        assert_eq!((begins[1] - begins[0], begins[3] - begins[2]), (2 * rounds, 0), "one statement needs no BEGIN");
        assert_eq!(there(&stamps, "before commit"), 0);
        assert!(after > 0, "what is unknown has happened sometimes");
        postgres.remove().await;
    });
}
