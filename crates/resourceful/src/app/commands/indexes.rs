//! `indexes`: advice on indexes that filters, sort orders and cursors could use.

use std::fmt::Write;

use crate::app::application::App;
use crate::app::cli::{Arguments, print};
use crate::app::settings::Settings;
use crate::context::Backend;
use crate::error::StartupError;
use crate::http::Api;
use crate::rules;
use crate::schema::index_advice;

pub(super) fn run(app: &App, mut arguments: Arguments) -> Result<(), StartupError> {
    let named = arguments.option("database")?;
    arguments.finish()?;
    print(&script(&app.api, backend(&app.settings, named.as_deref())?));
    Ok(())
}

/// The kind of database that is named, or that of the settings. The database does not need to exist.
fn backend(settings: &Settings, named: Option<&str>) -> Result<Backend, StartupError> {
    let known = ["sqlite", "postgres"];
    match named {
        Some("sqlite") => Ok(Backend::Sqlite),
        Some("postgres") => Ok(Backend::Postgres),
        Some(other) => Err(StartupError::new(rules::unknown("database", other, &known))),
        None if settings.database.url.starts_with("sqlite:") => Ok(Backend::Sqlite),
        None => Ok(Backend::Postgres),
    }
}

/// The advised indexes as an SQL script, each with its reason. Statements that need a decision first are comments.
fn script(api: &Api, backend: Backend) -> String {
    let (name, in_use) = match backend {
        Backend::Sqlite => ("SQLite", ""),
        _ => ("PostgreSQL", "-- On tables in use write CREATE INDEX CONCURRENTLY, outside of a transaction.\n"),
    };
    let mut out = format!(
        "-- Indexes for the lists of the resources on {name}, in addition to those that their tables have.\n\
         -- Each index makes writes slightly slower: create those whose queries run often.\n{in_use}"
    );
    for advice in index_advice(backend, &api.specs()) {
        let _ = write!(out, "\n-- {}: {}\n", advice.table, advice.reason);
        let comment = match &advice.caution {
            Some(caution) => {
                let _ = writeln!(out, "-- Consider before you create it: {caution}");
                "-- "
            }
            None => "",
        };
        for statement in &advice.statements {
            let _ = writeln!(out, "{comment}{statement};");
        }
    }
    out.trim_end().to_owned()
}
