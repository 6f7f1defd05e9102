//! The steps on SQLite, which cannot alter most of a table: such a table is rebuilt.

use sea_orm::DbBackend;

use super::conversion::conversion;
use super::{Action, Fills, Step};
use crate::query::full_text::quoted;
use crate::schema::compare::{Difference, Mode, Part, What, differences};
use crate::schema::model::{CheckRule, Column, Schema, Source, Table};
use crate::schema::render::{add_column, create, create_index, in_reference_order};

const SQLITE: DbBackend = DbBackend::Sqlite;

/// Writers take turns on SQLite, so what matters is how long a step takes.
const MOMENT: &str = "Takes a moment.";
const READS: &str = "Reads every row; writes wait until it is done.";
const REBUILDS: &str = "Copies every row; writes wait until it is done.";

pub(super) fn steps(from: &Schema, to: &Schema, fills: &Fills<'_>) -> Vec<Step> {
    let all = differences(from, to, Mode::Exact);
    let tables = |wanted: &What, of: &Schema| {
        let named = all.iter().filter(|difference| difference.what == *wanted);
        in_reference_order(named.filter_map(|difference| of.table(&difference.table).cloned()).collect())
    };
    let mut steps = Vec::new();
    let created = tables(&What::TableMissing, to);
    for table in &created {
        let about = format!("Creates the table `{}`. {MOMENT}", table.name);
        steps.push(Step::sql(about, create(SQLITE, table, &[])));
    }
    for table in &created {
        steps.extend(table.indexes.iter().map(|index| {
            Step::sql(format!("Creates the index `{}`. {MOMENT}", index.name), create_index(&table.name, index))
        }));
    }
    for table in &to.tables {
        let own: Vec<&Difference> = all.iter().filter(|difference| difference.table == table.name).collect();
        if let Some(old) = from.table(&table.name) {
            steps.extend(change(old, table, &own, fills));
        }
    }
    for table in tables(&What::TableExtra, from).iter().rev() {
        let about = format!("Drops the table `{}`. {MOMENT}", table.name);
        steps.push(Step::sql(about, format!("DROP TABLE {}", quoted(&table.name))));
    }
    steps
}

fn change(old: &Table, table: &Table, differences: &[&Difference], fills: &Fills<'_>) -> Vec<Step> {
    let name = &table.name;
    let mut steps = Vec::new();
    let mut created = Vec::new();
    let mut added = Vec::new();
    let mut needs_rebuild = false;
    for Difference { what, .. } in differences {
        match what {
            What::Extra(Part::Index(index)) => {
                let about = format!("Drops the index `{}` of `{name}`. {MOMENT}", index.name);
                steps.push(Step::sql(about, format!("DROP INDEX {}", quoted(&index.name))));
            }
            What::Missing(Part::Index(index)) => {
                let about = format!("Creates the index `{}` of `{name}`. {READS}", index.name);
                created.push(Step::sql(about, create_index(name, index)));
            }
            What::ColumnMissing(column) if can_be_added(column) => added.push(column),
            // It is written with its column.
            What::Missing(Part::Check(check)) if check.name.is_none() && is_added(&check.rule, differences) => {}
            _ => needs_rebuild = true,
        }
    }
    if needs_rebuild {
        steps.push(rebuild(old, table, differences, fills));
    } else {
        steps.extend(added.into_iter().map(|column| {
            Step::sql(format!("Adds the column `{name}.{}`. {MOMENT}", column.name), add_column(SQLITE, table, column))
        }));
    }
    steps.extend(created);
    steps
}

/// Whether `ALTER TABLE .. ADD COLUMN` can add it: existing rows get null or a constant.
fn can_be_added(column: &Column) -> bool {
    let is_constant = |text: &String| !text.starts_with('(') && !text.to_ascii_lowercase().starts_with("current_");
    column.source == Source::Given
        && (column.nullable || column.default.is_some())
        && column.default.iter().all(is_constant)
}

fn is_added(rule: &CheckRule, differences: &[&Difference]) -> bool {
    let CheckRule::OneOf { column: checked, .. } = rule else { return false };
    differences
        .iter()
        .any(|difference| matches!(&difference.what, What::ColumnMissing(column) if column.name == *checked))
}

fn rebuild(old: &Table, table: &Table, differences: &[&Difference], fills: &Fills<'_>) -> Step {
    let mut fill: Vec<(String, String)> = Vec::new();
    let mut words = Vec::new();
    for Difference { what, .. } in differences {
        match what {
            What::ColumnMissing(column) => {
                words.push(format!("adds `{}`", column.name));
                let is_given = column.source == Source::Given;
                // An absent value is the column's default.
                if is_given && !(column.nullable || column.default.is_some()) {
                    fill.push((column.name.clone(), fills.value(table, column)));
                }
            }
            What::ColumnExtra(column) => words.push(format!("drops `{}`", column.name)),
            What::Type(found, wanted) => {
                words.push(format!("changes the type of `{}` to {}", wanted.name, wanted.type_text()));
                let using = conversion(SQLITE, found, wanted).map(|conversion| conversion.using);
                if let Some(using) = using.filter(|using| *using != quoted(&found.name)) {
                    fill.push((wanted.name.clone(), using));
                }
            }
            What::Nullable(wanted) if wanted.nullable => words.push(format!("lets `{}` be null", wanted.name)),
            What::Nullable(wanted) => {
                words.push(format!("requires a value in `{}`", wanted.name));
                let value = fills.value(table, wanted);
                let before = fill.iter().position(|(column, _)| *column == wanted.name).map(|at| fill.remove(at).1);
                let before = before.unwrap_or_else(|| quoted(&wanted.name));
                fill.push((wanted.name.clone(), format!("coalesce({before}, {value})")));
            }
            What::Default(_, wanted) => words.push(format!("changes the default of `{}`", wanted.name)),
            What::Missing(Part::Index(_)) | What::Extra(Part::Index(_)) => {}
            What::Missing(part) => words.push(format!("adds {part}")),
            What::Extra(part) => words.push(format!("drops {part}")),
            _ => {}
        }
    }
    let open = fill.iter().any(|(_, value)| value == "NULL" || value.ends_with(", NULL)"));
    let note =
        if open { " Rows need a value where NULL stands: as it is, this fails if there are such rows." } else { "" };
    let about = format!("Rebuilds the table `{}`: {}. {REBUILDS}{note}", old.name, words.join(", "));
    // The indexes are created again from what the database has.
    Step { about, action: Action::Rebuild { create: create(SQLITE, table, &[]), fill }, loses: None }
}
