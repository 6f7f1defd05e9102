//! What the person at the terminal, and the log, read while a command takes long.

use std::pin::pin;
use std::time::{Duration, Instant};

use tokio::time::timeout;

/// When the first line comes, and the longest time until the next.
const FIRST: Duration = Duration::from_secs(5);
const LONGEST: Duration = Duration::from_secs(60);

/// Does a piece of work that may take long. Says after five seconds that it goes on, then less and less often, and at last how
/// long it took. `what` is its name: `the migrations are applied`.
pub(super) async fn progress<T>(what: &str, work: impl Future<Output = T>) -> T {
    told(what, FIRST, &mut say, work).await
}

async fn told<T>(what: &str, first: Duration, say: &mut impl FnMut(String), work: impl Future<Output = T>) -> T {
    let (begun, mut wait, mut work) = (Instant::now(), first, pin!(work));
    let mut is_long = false;
    loop {
        let done = timeout(wait, &mut work).await;
        let seconds = begun.elapsed().as_secs();
        match done {
            Ok(done) if is_long => {
                say(format!("{what}: done after {seconds} seconds"));
                return done;
            }
            Ok(done) => return done,
            Err(_) => say(format!("{what}: {seconds} seconds so far")),
        }
        is_long = true;
        wait = (wait * 2).min(LONGEST);
    }
}

/// To the log, or to standard error for commands that have none. Standard output is for results.
pub(super) fn say(line: String) {
    if tracing::enabled!(tracing::Level::INFO) {
        tracing::info!("{line}");
    } else {
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), "{line}");
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[tokio::test]
    async fn only_long_work_is_told() {
        let lines = RefCell::new(Vec::new());
        let mut say = |line: String| lines.borrow_mut().push(line);
        assert_eq!(told("short work", Duration::from_secs(600), &mut say, async { 7 }).await, 7);
        assert!(lines.borrow().is_empty());
        let long = async {
            while lines.borrow().len() < 2 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        };
        told("long work", Duration::from_millis(1), &mut say, long).await;
        let lines = lines.borrow();
        let (last, others) = lines.split_last().expect("lines");
        assert!(last.starts_with("long work: done after "), "{last}");
        assert!(others.len() >= 2 && others.iter().all(|line| line.ends_with(" seconds so far")), "{others:?}");
    }
}
