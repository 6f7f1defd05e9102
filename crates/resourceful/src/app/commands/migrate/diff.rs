//! `migrate diff` and `migrate check`: what the resources need and the migrations do not make.

use super::write::Place;
use crate::app::application::App;
use crate::app::cli::{Arguments, print};
use crate::app::migrations::scratch;
use crate::app::progress::progress;
use crate::app::tables::wanted;
use crate::context::{Backend, DatabaseSettings};
use crate::error::StartupError;
use crate::schema::{Action, Plan, PlanOptions, Schema, plan};

/// Writes the migration that the resources need.
pub(super) async fn diff(app: &App, mut arguments: Arguments) -> Result<(), StartupError> {
    let place = Place::read(&mut arguments, "migrate diff add_priority")?;
    let databases = databases(app, &mut arguments)?;
    let mut options = PlanOptions { destructive: arguments.flag("destructive"), ..PlanOptions::default() };
    while let Some(fill) = arguments.option("fill")? {
        let (column, value) = fill.split_once('=').filter(|(column, _)| column.contains('.')).ok_or_else(|| {
            StartupError::new(format!(
                "`--fill {fill}` is not of the form TABLE.COLUMN=SQL, for example `--fill tasks.rank=0`"
            ))
        })?;
        options.fills.insert(column.trim().to_owned(), value.trim().to_owned());
    }
    arguments.finish()?;
    let plans = plans(app, databases, &options).await?;
    if let Some(column) = options.fills.keys().find(|column| !plans.iter().any(|(_, plan)| takes(plan, column))) {
        return Err(StartupError::new(format!(
            "`--fill {column}=..`: no new or changed column `{column}` needs a value"
        )));
    }
    let lines = |of: fn(&Plan) -> Vec<String>| once(plans.iter().flat_map(|(_, plan)| of(plan)));
    let changes = lines(|plan| plan.changes.clone());
    let by_hand = lines(|plan| plan.by_hand.clone());
    let hints = lines(|plan| plan.hints.clone());
    let remaining: Vec<String> = lines(|plan| plan.leftovers.iter().map(|left| left.name.clone()).collect());
    let is_offered = |name: &String| {
        let loss =
            if name.contains('.') { format!("every value of `{name}`") } else { format!("every row of `{name}`") };
        place.mentions(&loss)
    };
    changes.iter().for_each(|line| print(&format!("- {line}")));
    by_hand.iter().for_each(|line| print(&format!("- by hand: {line}")));
    hints.iter().for_each(|line| print(&format!("note: {line}")));
    let open: Vec<&String> = remaining.iter().filter(|name| !is_offered(name)).collect();
    if changes.is_empty() && by_hand.is_empty() && open.is_empty() {
        print("nothing to do: the migrations make the tables that the resources need");
        told_remaining(&remaining);
        return Ok(());
    }
    told_remaining(&remaining);
    let by_hand = by_hand.iter().map(|line| format!("To be done by hand: {line}"));
    let notes: Vec<String> = hints.iter().cloned().chain(by_hand).collect();
    place.write(&plans, &notes)
}

/// Fails if the migrations do not make the tables that the resources need.
pub(super) async fn check(app: &App, mut arguments: Arguments) -> Result<(), StartupError> {
    let databases = databases(app, &mut arguments)?;
    arguments.finish()?;
    super::registered(app)?;
    let plans = plans(app, databases, &PlanOptions::default()).await?;
    let all = once(plans.iter().flat_map(|(_, plan)| plan.changes.iter().chain(&plan.by_hand).cloned()));
    let remaining = once(plans.iter().flat_map(|(_, plan)| plan.leftovers.iter().map(|left| left.name.clone())));
    told_remaining(&remaining);
    if all.is_empty() {
        print("the migrations make the tables that the resources need");
        return Ok(());
    }
    let list: String = all.iter().map(|line| format!("\n  - {line}")).collect();
    Err(StartupError::new(format!(
        "the migrations do not make the tables that the resources need:{list}\n`migrate diff NAME` writes the migration"
    )))
}

fn told_remaining(remaining: &[String]) {
    if !remaining.is_empty() {
        print(&format!(
            "these remain, although no resource has them: {}. `migrate diff NAME --destructive` writes their removal",
            remaining.join(", ")
        ));
    }
}

/// The database of the settings, and those of `--also`.
fn databases(app: &App, arguments: &mut Arguments) -> Result<Vec<DatabaseSettings>, StartupError> {
    let own = &app.settings.database;
    let mut all = vec![own.clone()];
    while let Some(url) = arguments.option("also")? {
        let url = if url == "sqlite" { "sqlite::memory:".to_owned() } else { url };
        all.push(DatabaseSettings { url, ..own.clone() });
    }
    all.sort_by_key(|database| !database.is_sqlite());
    if all.len() > 1 && all.windows(2).any(|pair| pair[0].is_sqlite() == pair[1].is_sqlite()) {
        return Err(StartupError::new(
            "`--also` names the other kind of database: `--also sqlite` besides PostgreSQL, `--also postgres://..` besides SQLite",
        ));
    }
    Ok(all)
}

async fn plans(
    app: &App,
    databases: Vec<DatabaseSettings>,
    options: &PlanOptions,
) -> Result<Vec<(Backend, Plan)>, StartupError> {
    let specs = app.api.specs();
    let Some(migrations) = &app.migrations else {
        // Nothing exists yet, on neither of the databases.
        let both = [Backend::Sqlite, Backend::Postgres];
        let first = |backend| plan(&Schema::empty(backend), &wanted(app, backend, &specs), options);
        return Ok(both.map(|backend| (backend, first(backend))).into());
    };
    let mut plans = Vec::new();
    for database in databases {
        let backend = if database.is_sqlite() { Backend::Sqlite } else { Backend::Postgres };
        let work = scratch::schema_of(app, migrations, &database);
        let mut found = progress("the migrations are applied to a database of their own", work).await?;
        let wanted = wanted(app, backend, &specs);
        // Tables of parts of the framework that are switched off
        let is_ours = |name: &str| OURS.contains(&name) && wanted.table(name).is_none();
        found.tables.retain(|table| !is_ours(&table.name));
        plans.push((backend, plan(&found, &wanted, options)));
    }
    Ok(plans)
}

/// The tables that migrations of the framework make.
const OURS: [&str; 5] = ["resourceful_outbox", "roles", "permissions", "role_permissions", "user_roles"];

/// Whether a step gives existing rows a value in this `table.column`.
fn takes(plan: &Plan, name: &str) -> bool {
    let Some((table, column)) = name.split_once('.') else { return false };
    plan.up.iter().any(|step| match &step.action {
        Action::Sql(sql) => sql.starts_with(&format!("UPDATE \"{table}\" SET \"{column}\" = ")),
        Action::Rebuild { create, fill } => {
            create.starts_with(&format!("CREATE TABLE \"{table}\" ")) && fill.iter().any(|(own, _)| own == column)
        }
    })
}

/// Each line once, in the order of their first appearance.
fn once(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for line in lines {
        if !all.contains(&line) {
            all.push(line);
        }
    }
    all
}
