//! The way from the schema that a database has to the one that resources need, as steps that a migration takes, and the
//! way back.
//!
//! Nothing that loses values happens by itself: a column or a table that belongs to no resource remains, and a change of a
//! type that loses something is not made. Such steps are in the plan, marked with what they lose.

mod conversion;
mod postgres;
mod renames;
mod sqlite;
mod target;

use std::collections::BTreeMap;

use sea_orm::DbBackend;

use super::compare::{Difference, Mode, What, differences};
use super::model::{CheckRule, Column, Schema, Table};
use super::render::text_literal;
use crate::context::DECIMAL_COLLATION;

/// What a plan is made with.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// For `table.column`: the SQL expression that existing rows get where a value is needed.
    pub fills: BTreeMap<String, String>,
    /// Whether the steps that lose something are taken too.
    pub destructive: bool,
}

/// The way from one schema to another.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// The differences that the steps remove, in words.
    pub changes: Vec<String>,
    /// What the database has and no resource needs. It remains, unless the plan is destructive.
    pub leftovers: Vec<Leftover>,
    /// What somebody must do by hand.
    pub by_hand: Vec<String>,
    /// What may be meant otherwise.
    pub hints: Vec<String>,
    /// The steps of the migration.
    pub up: Vec<Step>,
    /// The steps that revert it.
    pub down: Vec<Step>,
}

/// Something that the database has and no resource needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// `table` or `table.column`.
    pub name: String,
    /// What it is.
    pub text: String,
}

/// One step of a migration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// What it does, and what it locks.
    pub about: String,
    /// What is executed.
    pub action: Action,
    /// What it would lose. It is written as a comment and not taken.
    pub loses: Option<String>,
}

/// What a step executes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A statement.
    Sql(String),
    /// A rebuild of a table of SQLite: the new `CREATE TABLE`, and the expressions that fill columns.
    Rebuild {
        /// `CREATE TABLE`.
        create: String,
        /// Columns and the expressions of the old row that fill them.
        fill: Vec<(String, String)>,
    },
}

impl Step {
    pub(super) fn sql(about: impl Into<String>, sql: impl Into<String>) -> Self {
        Self { about: about.into(), action: Action::Sql(sql.into()), loses: None }
    }
}

impl Plan {
    /// Whether nothing is different.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.by_hand.is_empty()
    }
}

/// Plans the way from the schema of a database to the one that resources need.
pub fn plan(found: &Schema, wanted: &Schema, options: &PlanOptions) -> Plan {
    let renames = renames::renames(found, wanted);
    let differences = differences(&renames.after, wanted, Mode::Resources);
    let target = target::target(&renames.after, &differences, wanted);
    let goal = if options.destructive { &target.destructive } else { &target.kept };
    let mut up = renames.up.clone();
    up.extend(steps(&renames.after, goal, &Fills { named: &options.fills, stand_in: false }));
    if !options.destructive {
        let losing = steps(goal, &target.destructive, &Fills { named: &options.fills, stand_in: true });
        up.extend(losing.into_iter().map(|step| {
            let loses = target.losses.join("; ");
            Step { loses: Some(loses), ..step }
        }));
    }
    let mut down = steps(goal, &renames.after, &Fills { named: &options.fills, stand_in: true });
    down.extend(renames.down.clone());
    let is_left = |difference: &&Difference| is_leftover(&difference.what);
    let remain = if options.destructive { Vec::new() } else { differences.iter().filter(is_left).collect() };
    let left = |difference: &&Difference| Leftover {
        name: match &difference.what {
            What::ColumnExtra(column) => format!("{}.{}", difference.table, column.name),
            _ => difference.table.clone(),
        },
        text: difference.to_string(),
    };
    let is_change = |difference: &&Difference| options.destructive || is_needed(&difference.what);
    let changes = differences.iter().filter(is_change).map(ToString::to_string);
    Plan {
        changes: renames.sentences.into_iter().chain(changes).collect(),
        leftovers: remain.iter().map(left).collect(),
        by_hand: target.by_hand,
        hints: hints(&renames.after, wanted, &differences),
        up,
        down,
    }
}

/// The way to tables that do not exist, from an empty database.
pub fn plan_creation(wanted: &Schema) -> Plan {
    plan(&Schema::empty(wanted.backend), wanted, &PlanOptions::default())
}

/// Whether the difference is something that remains without harm.
fn is_leftover(what: &What) -> bool {
    match what {
        What::TableExtra => true,
        What::ColumnExtra(column) => !column.is_derived(),
        _ => false,
    }
}

/// Whether resources do not work without a change.
fn is_needed(what: &What) -> bool {
    match what {
        What::TableExtra => false,
        // Rows could not be inserted any more.
        What::ColumnExtra(column) => column.is_derived() || !column.can_be_left_out(),
        _ => true,
    }
}

fn steps(from: &Schema, to: &Schema, fills: &Fills<'_>) -> Vec<Step> {
    match to.backend {
        DbBackend::Sqlite => sqlite::steps(from, to, fills),
        _ => postgres::steps(from, to, fills),
    }
}

/// Where a value for existing rows comes from.
struct Fills<'a> {
    named: &'a BTreeMap<String, String>,
    /// Whether a column of which nothing is known gets a value that stands in, such as an empty text: on the way back.
    stand_in: bool,
}

impl Fills<'_> {
    /// The value that existing rows get in this column: NULL if nobody has said one, which the database refuses if there are rows.
    fn value(&self, table: &Table, column: &Column) -> String {
        let named = self.named.get(&format!("{}.{}", table.name, column.name)).cloned();
        let known = || column.backfill.clone().or_else(|| column.default.clone());
        named.or_else(known).unwrap_or_else(|| if self.stand_in { stand_in(table, column) } else { "NULL".to_owned() })
    }
}

/// A value of the column's type.
fn stand_in(table: &Table, column: &Column) -> String {
    if let Some(CheckRule::OneOf { values, .. }) = table.values_of(&column.name).map(|check| &check.rule) {
        return values.first().map_or_else(|| "''".to_owned(), |value| text_literal(value));
    }
    match column.ty.split('(').next().unwrap_or_default() {
        "smallint" | "integer" | "bigint" | "real" | "double precision" | "numeric" => "0",
        "boolean" => "FALSE",
        "uuid" => "'00000000-0000-0000-0000-000000000000'",
        "date" => "'1970-01-01'",
        "timestamp" | "timestamptz" => "'1970-01-01 00:00:00'",
        "time" => "'00:00:00'",
        "json" | "jsonb" => "'null'",
        "bytea" => "''",
        // Decimals of SQLite
        "text" if column.collation.as_deref() == Some(DECIMAL_COLLATION) => "'0'",
        "blob" => "x''",
        _ => "''",
    }
    .to_owned()
}

/// What looks like a rename that nobody has asked for.
fn hints(found: &Schema, wanted: &Schema, differences: &[Difference]) -> Vec<String> {
    let mut hints = Vec::new();
    for extra in differences {
        for missing in differences {
            match (&extra.what, &missing.what) {
                (What::ColumnExtra(old), What::ColumnMissing(new))
                    if extra.table == missing.table && old.ty == new.ty && !old.is_derived() && !new.is_derived() =>
                {
                    hints.push(format!(
                        "`{table}.{old}` goes and `{table}.{new}` comes, with the same type. If that is a new name for the \
                         same values, write `#[resource(was = \"{old}\")]` at the field `{new}`",
                        table = extra.table,
                        old = old.name,
                        new = new.name
                    ));
                }
                (What::TableExtra, What::TableMissing) => {
                    let (Some(old), Some(new)) = (found.table(&extra.table), wanted.table(&missing.table)) else {
                        continue;
                    };
                    let same = new.columns.iter().filter(|column| old.column(&column.name).is_some()).count();
                    if same * 2 > new.columns.len() && same * 2 > old.columns.len() {
                        hints.push(format!(
                            "the table `{old}` goes and `{new}` comes, with nearly the same columns. If that is a new name for \
                             the same rows, write `#[resource(was = \"{old}\")]` at the struct",
                            old = old.name,
                            new = new.name
                        ));
                    }
                }
                _ => {}
            }
        }
    }
    hints
}
