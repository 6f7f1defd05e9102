//! The settings of the outbox.

use std::time::Duration;

use crate::env::{Reader, Setting};

/// The settings of the outbox, each with its environment variable.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboxSettings {
    /// `OUTBOX_INTERVAL` (seconds): how often a worker looks for messages that another process has stored, and for those
    /// whose next attempt is due; 5 by default. Messages of its own process it delivers at once.
    pub interval: Duration,
    /// `OUTBOX_CONCURRENCY`: how many messages of each kind a process delivers at the same time; 4 by default
    pub concurrency: usize,
    /// `OUTBOX_TIMEOUT` (seconds): the longest time of one delivery, except of mail, whose limits are `EMAIL_TIMEOUT` and
    /// `EMAIL_CONFIRM_TIMEOUT`; 60 by default. A message whose process has ended is delivered by another one after one and
    /// a half times this time, and at least one second more than it.
    pub timeout: Duration,
    /// `OUTBOX_RETRY` (seconds): the wait after the first attempt that has failed; 15 by default. It doubles with each
    /// attempt, up to an hour, and varies by a fifth.
    pub retry: Duration,
    /// `OUTBOX_GIVE_UP` (seconds): how long after it was stored a message that could not be delivered becomes a failed
    /// one; four days by default, as RFC 5321 section 4.5.4.1 advises for mail
    pub give_up: Duration,
    /// `OUTBOX_KEEP_SENT` (seconds): how long a delivered message remains in the table, without its content; seven days
    /// by default
    pub keep_sent: Duration,
    /// `OUTBOX_KEEP_FAILED` (seconds): how long a failed message remains in the table, with its content; 30 days by
    /// default
    pub keep_failed: Duration,
}

const DAY: u64 = 24 * 60 * 60;

/// The longest time that a setting can say: ten years.
const LONGEST: f64 = 10.0 * 365.0 * 86_400.0;

/// The shortest.
const SHORTEST: f64 = 0.001;

/// The longest interval: messages of other processes wait that long.
const HOUR: f64 = 3600.0;

impl Default for OutboxSettings {
    fn default() -> Self {
        Self {
            interval: Duration::from_secs(5),
            concurrency: 4,
            timeout: Duration::from_secs(60),
            retry: Duration::from_secs(15),
            give_up: Duration::from_secs(4 * DAY),
            keep_sent: Duration::from_secs(7 * DAY),
            keep_failed: Duration::from_secs(30 * DAY),
        }
    }
}

impl OutboxSettings {
    pub(crate) fn variables() -> Vec<Setting> {
        let usual = Self::default();
        let seconds = |name, meaning, usual: Duration| Setting::new(name, meaning).default(usual.as_secs().to_string());
        vec![
            seconds(
                "OUTBOX_INTERVAL",
                "How often, in seconds, a worker looks for messages of other processes and for attempts that are due.",
                usual.interval,
            ),
            Setting::new("OUTBOX_CONCURRENCY", "How many messages of each kind a process delivers at the same time.")
                .default(usual.concurrency.to_string()),
            seconds(
                "OUTBOX_TIMEOUT",
                "The longest time of one delivery, in seconds, except of mail. When a process has ended, another one delivers \
                 its messages after one and a half times this time.",
                usual.timeout,
            ),
            seconds(
                "OUTBOX_RETRY",
                "The wait after the first attempt that failed, in seconds. It doubles each time, up to an hour.",
                usual.retry,
            ),
            seconds("OUTBOX_GIVE_UP", "How long a message is tried, in seconds.", usual.give_up),
            seconds(
                "OUTBOX_KEEP_SENT",
                "How long a delivered message is kept, without its content, in seconds.",
                usual.keep_sent,
            ),
            seconds(
                "OUTBOX_KEEP_FAILED",
                "How long a message that could not be delivered is kept, with its content, in seconds.",
                usual.keep_failed,
            ),
        ]
    }

    /// Reads the settings of the outbox.
    pub(crate) fn from_env(reader: &mut Reader<'_>) -> Self {
        let usual = Self::default();
        let settings = Self {
            interval: seconds(reader, "OUTBOX_INTERVAL", usual.interval),
            concurrency: reader.positive::<u16>("OUTBOX_CONCURRENCY").map_or(usual.concurrency, usize::from),
            timeout: seconds(reader, "OUTBOX_TIMEOUT", usual.timeout),
            retry: seconds(reader, "OUTBOX_RETRY", usual.retry),
            give_up: seconds(reader, "OUTBOX_GIVE_UP", usual.give_up),
            keep_sent: seconds(reader, "OUTBOX_KEEP_SENT", usual.keep_sent),
            keep_failed: seconds(reader, "OUTBOX_KEEP_FAILED", usual.keep_failed),
        };
        if settings.interval > Duration::from_secs(3600) {
            reader
                .problem("OUTBOX_INTERVAL is longer than an hour (3600); mail of other processes would wait that long");
        }
        settings
    }

    /// What is wrong with settings that a program has made.
    pub(super) fn problems(&self) -> Vec<String> {
        let times = [
            ("interval", self.interval, HOUR),
            ("timeout", self.timeout, LONGEST),
            ("retry", self.retry, LONGEST),
            ("give_up", self.give_up, LONGEST),
            ("keep_sent", self.keep_sent, LONGEST),
            ("keep_failed", self.keep_failed, LONGEST),
        ];
        let mut problems: Vec<String> = times
            .into_iter()
            .filter(|(_, time, most)| !(SHORTEST..=*most).contains(&time.as_secs_f64()))
            .map(|(name, time, most)| {
                format!("OutboxSettings::{name} is {time:?}; it must be between a millisecond and {most} seconds")
            })
            .collect();
        if self.concurrency == 0 {
            problems.push("OutboxSettings::concurrency is 0; it must be at least 1".to_owned());
        }
        problems
    }

    /// How long a worker has a message for itself. It is longer than a delivery, so that a delivery has ended before
    /// another worker begins one; where a delivery may take longer, the worker renews the lease meanwhile.
    pub(super) fn lease(&self) -> Duration {
        self.timeout + (self.timeout / 2).max(Duration::from_secs(1))
    }
}

/// A number of seconds above 0, perhaps with a fraction.
fn seconds(reader: &mut Reader<'_>, name: &str, usual: Duration) -> Duration {
    let expected = "a number of seconds above 0, such as 5 or 0.5, and at most ten years";
    let Some(given) = reader.parsed::<f64>(name, expected) else { return usual };
    if !(SHORTEST..=LONGEST).contains(&given) {
        reader.problem(format!("{name} is {given}; it must be {expected}"));
        return usual;
    }
    Duration::from_secs_f64(given)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn which_values_are_accepted() {
        for (name, value, problem) in [
            ("OUTBOX_INTERVAL", "0.25", None),
            ("OUTBOX_INTERVAL", "7200", Some("OUTBOX_INTERVAL is longer than an hour")),
            ("OUTBOX_INTERVAL", "0", Some("OUTBOX_INTERVAL is 0; it must be a number of seconds above 0")),
            ("OUTBOX_TIMEOUT", "-1", Some("OUTBOX_TIMEOUT is -1;")),
            ("OUTBOX_TIMEOUT", "NaN", Some("OUTBOX_TIMEOUT is NaN;")),
            ("OUTBOX_GIVE_UP", "inf", Some("OUTBOX_GIVE_UP is inf;")),
            ("OUTBOX_KEEP_SENT", "a week", Some("OUTBOX_KEEP_SENT is `a week`; it must be a number of seconds")),
            ("OUTBOX_CONCURRENCY", "0", Some("OUTBOX_CONCURRENCY is 0; it must be a whole number above 0")),
            ("OUTBOX_CONCURRENCY", "16", None),
        ] {
            let lookup = |asked: &str| (asked == name).then(|| value.to_owned());
            let mut reader = Reader::new(&lookup);
            let settings = OutboxSettings::from_env(&mut reader);
            let problems = reader.finish();
            match problem {
                None => assert!(problems.is_empty() && settings != OutboxSettings::default(), "{name}: {problems:?}"),
                Some(start) => assert!(problems[0].starts_with(start) && problems.len() == 1, "{name}: {problems:?}"),
            }
        }
        let settings = OutboxSettings::default();
        assert!(settings.lease() > settings.timeout);
    }
}
