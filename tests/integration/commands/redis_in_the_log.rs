//! What the server writes to its log when Redis is lost and when it is back.

use std::sync::{Arc, Mutex};

use resourceful::serde_json::json;

use super::*;
use crate::cache_redis::server::{Server, eventually};

#[tokio::test]
async fn the_loss_of_redis_is_one_line_and_its_return_another() {
    let mut redis = Server::start().await;
    // A user without a password accepts any.
    let (url, address) = (redis.url().replace("//", "//default:hunter2@"), redis.url().replace("redis://", ""));
    let mut serving = Serving::start_with(&[("LOG_LEVEL", "info"), ("REDIS_URL", &url)]);
    let log = Arc::new(Mutex::new(String::new()));
    let errors = serving.child.stderr.take().expect("its log");
    let reading = std::thread::spawn({
        let log = log.clone();
        move || {
            for line in BufReader::new(errors).lines().map_while(Result::ok) {
                let mut log = log.lock().expect("the log");
                log.push_str(&line);
                log.push('\n');
            }
        }
    });
    let lines = |words: &str| {
        let log = log.lock().expect("the log");
        log.lines().filter(|line| line.contains(words)).map(str::to_owned).collect::<Vec<_>>()
    };
    let get = || serving.send(b"GET /api/v1/notices HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    // Slow commands of a machine under load are failures too, so that there may be more changes than this test makes.
    let changes = || lines("Redis ").iter().map(|line| line.contains("cannot be used")).collect::<Vec<_>>();
    for _ in 0..2 {
        eventually("a kept answer", async || {
            assert!(get().starts_with("HTTP/1.1 200"));
            redis.run::<Vec<String>>(&["KEYS", "*:v:*"]).await.len() == 1
        })
        .await;
        redis.kill();
        eventually("a warning", async || changes().last() == Some(&true)).await;
        for _ in 0..20 {
            assert!(get().starts_with("HTTP/1.1 200"));
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        redis.restart().await;
        eventually("the end", async || get().starts_with("HTTP/1.1 200") && changes().last() == Some(&false)).await;
    }
    let changes = changes();
    assert!(changes.len() >= 4 && changes.iter().enumerate().all(|(at, lost)| *lost == (at % 2 == 0)), "{changes:?}");
    for line in lines("Redis cannot be used") {
        let line: Value = resourceful::serde_json::from_str(&line).expect("a line of JSON");
        let fields = line.get("fields").unwrap_or(&line);
        assert_eq!((&line["level"], &fields["address"]), (&json!("WARN"), &json!(address)), "{line}");
        assert!(fields["error"].as_str().is_some_and(|cause| !cause.is_empty()), "{line}");
    }
    assert!(lines("Redis responds again").iter().all(|line| line.contains("INFO") && line.contains(&address)));
    assert!(lines("hunter2").is_empty());
    let _ = serving.child.kill();
    let _ = serving.child.wait();
    let _ = std::fs::remove_dir_all(&serving.folder);
    reading.join().expect("the whole log");
}
