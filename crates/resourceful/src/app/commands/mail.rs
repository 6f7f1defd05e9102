//! `mail`: shows what is in the outbox, tries failed mails again, and removes old ones. `--kind` names another kind of messages.

use std::fmt::Write;
use std::time::Duration;

use uuid::Uuid;

use crate::app::application::App;
use crate::app::assemble;
use crate::app::cli::{Arguments, DATABASE_WAIT, print, unknown};
use crate::error::{Result, StartupError};
use crate::events::{self, Failure, Records, Summary};

/// How many mails that failed `mail status` lists.
const LISTED: u32 = 20;

pub(super) async fn run(app: &App, mut arguments: Arguments) -> Result<()> {
    let known = ["status", "retry", "purge"];
    let command = arguments.word();
    let order = match command.as_deref() {
        Some("status") => Order::Status,
        Some("retry") => Order::retry(&mut arguments)?,
        Some("purge") => Order::purge(&mut arguments)?,
        other => return Err(unknown("mail", other, &known).into()),
    };
    let kind = arguments.option("kind")?;
    arguments.finish()?;
    app.settings.database.wait(Some(DATABASE_WAIT)).await?;
    let ctx = assemble::database(&app.settings).await?;
    if !events::is_there(&ctx).await? {
        return Err(StartupError::new(format!(
            "the database has no table `{}`; the next start creates it in development, and the migration \
             `resourceful::events::Migration` in production",
            events::TABLE
        ))
        .into());
    }
    let noun = if kind.as_deref().is_none_or(events::is_mail) { "mail" } else { "message" };
    let records = events::records(&ctx, kind);
    print(&order.follow(&records, noun, app.settings.outbox.give_up).await?);
    Ok(())
}

/// What to do.
enum Order {
    Status,
    /// Try this mail again, or all that failed.
    Retry(Option<Uuid>),
    /// Remove mails in these states that ended so long ago.
    Purge(Vec<&'static str>, Duration),
}

impl Order {
    fn retry(arguments: &mut Arguments) -> Result<Self, StartupError> {
        let id = arguments.word();
        match (id, arguments.flag("all")) {
            (None, true) => Ok(Self::Retry(None)),
            (Some(id), false) => match id.parse() {
                Ok(id) => Ok(Self::Retry(Some(id))),
                Err(_) => Err(StartupError::new(format!("`{id}` is not the id of a mail; `mail status` lists them"))),
            },
            _ => Err(StartupError::new("which mail? `mail retry ID`, or `mail retry --all` for all that failed")),
        }
    }

    fn purge(arguments: &mut Arguments) -> Result<Self, StartupError> {
        let mut states = Vec::new();
        for state in ["sent", "failed"] {
            if arguments.flag(state) {
                states.push(state);
            }
        }
        let age = arguments.option("older-than")?;
        let age = age.map_or(Ok(Duration::ZERO), |text| {
            time(&text).ok_or_else(|| {
                StartupError::new(format!(
                    "`{text}` is not a time; write a whole number with its unit: 90s, 15m, 12h or 30d"
                ))
            })
        })?;
        if states.is_empty() {
            return Err(StartupError::new(
                "which mails? `mail purge --sent`, `mail purge --failed`, or both; waiting mails are never removed",
            ));
        }
        Ok(Self::Purge(states, age))
    }

    async fn follow(self, records: &Records, noun: &str, give_up: Duration) -> Result<String> {
        match self {
            Self::Status => {
                let (summary, others) = (records.summary().await?, records.others().await?);
                Ok(report(noun, &summary, &records.failures(LISTED).await?, &others))
            }
            Self::Retry(id) => match (records.retry(id, give_up).await?, id) {
                (0, Some(id)) => Err(StartupError::new(format!(
                    "no {noun} with the id {id} has failed or waits; it may have been sent, or be on its way just now"
                ))
                .into()),
                (count, _) => {
                    Ok(format!("{} again as soon as a process runs", counted(count, noun, "is tried", "are tried")))
                }
            },
            Self::Purge(states, age) => {
                let mut count = 0;
                for state in states {
                    count += records.purge(state, age).await?;
                }
                Ok(counted(count, noun, "was removed", "were removed"))
            }
        }
    }
}

fn counted(count: u64, noun: &str, is: &str, are: &str) -> String {
    match count {
        1 => format!("1 {noun} {is}"),
        count => format!("{count} {noun}s {are}"),
    }
}

/// Counts by state, the messages of which an attempt failed, and counts of the other kinds. Texts, subjects and whole
/// addresses are not shown: they can have codes in them, and who runs commands need not know who got what.
fn report(noun: &str, summary: &[Summary], failures: &[Failure], others: &[(String, String, i64)]) -> String {
    let mut out = String::new();
    for state in ["waiting", "sent", "failed"] {
        let found = summary.iter().find(|summary| summary.state == state);
        let count = found.map_or(0, |summary| summary.count);
        let oldest = found.map(|summary| format!("   the oldest is {} old", age(summary.oldest)));
        let _ = writeln!(out, "{state:<9}{count:>7}{}", oldest.unwrap_or_default());
    }
    if !failures.is_empty() {
        let _ = writeln!(out, "\nthe newest {noun}s of which the last attempt failed:");
    }
    for failure in failures {
        let Failure { id, state, attempts, age: since, reason, label } = failure;
        let attempts = if *attempts == 1 { "1 attempt".to_owned() } else { format!("{attempts} attempts") };
        let to = if label.is_empty() { String::new() } else { format!(", to {}", printable(label)) };
        let _ = writeln!(out, "{id}  {state}, {attempts}, {} old{to}\n    reason:  {}", age(*since), printable(reason));
    }
    if !others.is_empty() {
        out.push_str("\nother kinds (`--kind KIND` shows one):\n");
    }
    for (kind, state, count) in others {
        let _ = writeln!(out, "{}  {count} {state}", printable(kind));
    }
    out.trim_end().to_owned()
}

/// Without characters that control a terminal.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}

/// A time in its largest unit.
fn age(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0..=119 => format!("{seconds} s"),
        120..=7199 => format!("{} min", seconds / 60),
        7200..=172_799 => format!("{} h", seconds / 3600),
        _ => format!("{} days", seconds / 86_400),
    }
}

/// A whole number and its unit: `90s`, `15m`, `12h`, `30d`.
fn time(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return None,
    };
    // Digits only: the type would also read `+5`.
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    let count: u32 = is_number.then(|| number.parse().ok())??;
    Some(Duration::from_secs(u64::from(count) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_ages() {
        for (text, seconds) in [("30d", Some(2_592_000)), ("0s", Some(0)), ("15m", Some(900)), ("12h", Some(43_200))] {
            assert_eq!(time(text).map(|time| time.as_secs()), seconds, "{text}");
        }
        for text in ["", "d", "30", "30 d", "-1d", "+1d", "1.5h", "30ü", "99999999999d", "1w"] {
            assert_eq!(time(text), None, "{text}");
        }
        for (seconds, text) in [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (172_800, "2 days")] {
            assert_eq!(age(Duration::from_secs(seconds)), text);
        }
    }
}
