//! The database: whether it answers, its version, clock and order of texts, migrations, tables and indexes.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use super::report::{Level, Report};
use crate::app::application::App;
use crate::app::cli::with_causes;
use crate::app::tables as app_tables;
use crate::context::{Backend, Context};
use crate::env::Environment;
use crate::schema::{self, Facts};

const PART: &str = "database";

/// Beyond this difference, times that the server and the database write do not fit together.
const CLOCKS_DIFFER: f64 = 2.0;

/// Whether the database can be asked.
pub(super) async fn reach(app: &App, report: &mut Report) -> bool {
    let settings = &app.settings.database;
    if let Some(file) = settings.missing_file() {
        let (level, advice) = match app.settings.environment {
            _ if !settings.url.contains("mode=rwc") => {
                (Level::Problem, "it is not created, because DATABASE_URL does not end with ?mode=rwc")
            }
            Environment::Production => (Level::Problem, "run `migrate up`"),
            _ => (Level::Note, "the first start creates it"),
        };
        report.add(level, PART, format!("there is no file {} yet; {advice}", file.display()));
        return false;
    }
    match Context::is_there(settings).await {
        Ok(true) => true,
        Ok(false) => {
            report.add(Level::Problem, PART, "does not answer; check DATABASE_URL, the network, and whether it runs");
            false
        }
        Err(error) => {
            report.add(Level::Problem, PART, error.to_string());
            false
        }
    }
}

pub(super) async fn check(app: &App, ctx: &Context, report: &mut Report) {
    let begun = Instant::now();
    let facts = match ctx.ping().await {
        Ok(()) => schema::facts(ctx.db(), &app.api.specs()).await,
        Err(error) => Err(error),
    };
    let facts = match facts {
        Ok(facts) => facts,
        Err(error) => return report.add(Level::Problem, PART, format!("cannot be read: {}", with_causes(&error))),
    };
    about(&facts, begun.elapsed(), report);
    #[cfg(feature = "postgres")]
    replicas(ctx, report).await;
    between(app, report).await;
    migrations(app, ctx, report).await;
    tables(app, ctx, report).await;
    indexes(app, ctx.backend(), &facts.indexes, report);
}

fn about(facts: &Facts, took: Duration, report: &mut Report) {
    let level = if facts.is_supported { Level::Ok } else { Level::Problem };
    let advice = if facts.is_supported {
        ""
    } else {
        ", which is too old: PostgreSQL 13 to 18 and SQLite from 3.35 on are supported"
    };
    report.add(level, PART, format!("{} answers, in {} ms{advice}", facts.product, took.as_millis()));
    if let Some(ahead) = facts.clock_ahead
        && ahead.abs() > CLOCKS_DIFFER
    {
        let text = format!(
            "the clock of the database is {ahead:+.1} s from that of this machine; let both take the time from NTP servers"
        );
        report.add(Level::Warning, "clock", text);
    }
    if facts.collation_changed {
        let text = "the database was created with another version of the library that sorts texts, so indexes on texts may be wrong\n\
                    Run REINDEX DATABASE, then ALTER DATABASE .. REFRESH COLLATION VERSION";
        report.add(Level::Warning, "collation", text);
    }
    if !facts.other_order.is_empty() {
        let text = format!(
            "these texts are not sorted by code point, as lists promise: {}\n\
             ALTER TABLE .. ALTER COLUMN .. TYPE text COLLATE \"C\" changes it, and writes the table again",
            facts.other_order.join(", ")
        );
        report.add(Level::Warning, "collation", text);
    }
    if facts.is_superuser {
        let text = "the server connects as a superuser; give it a role of its own that may read and write the tables";
        report.add(Level::Note, "database", text);
    }
}

/// The replicas. The server works without them, so none of this keeps it from starting.
#[cfg(feature = "postgres")]
async fn replicas(ctx: &Context, report: &mut Report) {
    let Some(replicas) = ctx.replicas() else { return };
    for (place, found) in replicas.check().await {
        match found {
            Ok(lag) => {
                report.ok("replica", format!("{place} answers, and is at most {:.1} s behind", lag.as_secs_f32()))
            }
            Err(problem) => report.add(
                Level::Warning,
                "replica",
                format!(
                    "{place} is not used: it {problem}\nCheck DATABASE_READ_URL, and pg_stat_replication on the primary"
                ),
            ),
        }
    }
}

/// What is between the application and PostgreSQL, if the settings name a pooler.
async fn between(app: &App, report: &mut Report) {
    match app.settings.database.shares_sessions().await {
        None => {}
        Some(Ok(true)) => {
            report.ok("pooler", "one in transaction mode is in between: each statement runs in a transaction")
        }
        Some(Ok(false)) => {
            let text = "DATABASE_POOLER is transaction, and no pooler in transaction mode was noticed. Without one, \
                        DATABASE_POOLER=none saves three round trips for each statement";
            report.add(Level::Note, "pooler", text);
        }
        Some(Err(error)) => report.add(Level::Problem, "pooler", error),
    }
}

#[cfg(feature = "migrate")]
async fn migrations(app: &App, ctx: &Context, report: &mut Report) {
    let Some(migrations) = &app.migrations else {
        return report.add(
            Level::Note,
            "migrations",
            "the application has none; `migrate new NAME --from-resources` writes the first",
        );
    };
    let found = match migrations.status(ctx).await {
        Ok(all) => {
            let pending: Vec<&str> =
                all.iter().filter(|(_, applied)| !applied).map(|(name, _)| name.as_str()).collect();
            match pending.as_slice() {
                [] => Ok(format!("all {} are applied", all.len())),
                pending => Err(format!("pending: {}; run `migrate up`", pending.join(", "))),
            }
        }
        Err(error) => Err(error.to_string()),
    };
    report.result("migrations", found);
}

#[cfg(not(feature = "migrate"))]
async fn migrations(_: &App, _: &Context, _: &mut Report) {}

async fn tables(app: &App, ctx: &Context, report: &mut Report) {
    let specs = app.api.specs();
    let wanted = app_tables::wanted(app, ctx.backend(), &specs);
    let found = match schema::check(ctx.db(), &wanted).await {
        Ok(check) => {
            for note in check.notes {
                report.add(Level::Note, "tables", note);
            }
            match check.problems {
                wrong if wrong.is_empty() => Ok(format!("those of all {} resources are there", specs.len())),
                wrong => Err(format!("{}\nWrite a migration (`migrate diff NAME`)", wrong.join("\n"))),
            }
        }
        Err(error) => Err(with_causes(&error)),
    };
    report.result("tables", found);
}

fn indexes(app: &App, backend: Backend, existing: &HashSet<String>, report: &mut Report) {
    let advised = schema::index_advice(backend, &app.api.specs());
    let missing = advised.iter().filter(|advice| !existing.contains(&advice.name)).count();
    match missing {
        0 => report.ok("indexes", format!("all {} recommended indexes exist", advised.len())),
        _ => {
            let text = format!(
                "{missing} of {} recommended indexes do not exist; `indexes` prints them with their reasons",
                advised.len()
            );
            report.add(Level::Note, "indexes", text);
        }
    }
}
