//! The schema that a plan leads to: what was found, changed as far as resources need it.

use sea_orm::DbBackend;

use super::conversion::conversion;
use crate::schema::compare::{Difference, Part, What, is_same};
use crate::schema::model::{CheckRule, Column, Schema, Table};

/// Where a plan leads.
pub(super) struct Target {
    /// Without a loss.
    pub(super) kept: Schema,
    /// With everything that would lose something.
    pub(super) destructive: Schema,
    /// What would be lost.
    pub(super) losses: Vec<String>,
    /// What the plan cannot do.
    pub(super) by_hand: Vec<String>,
}

pub(super) fn target(found: &Schema, differences: &[Difference], wanted: &Schema) -> Target {
    let backend = wanted.backend;
    let mut target =
        Target { kept: found.clone(), destructive: Schema::empty(backend), losses: Vec::new(), by_hand: Vec::new() };
    for difference in differences {
        match wanted.table(&difference.table).filter(|_| difference.what == What::TableMissing) {
            Some(table) => target.kept.tables.push(table.clone()),
            None => target.change(difference, backend),
        }
    }
    target.destructive = target.kept.clone();
    for difference in differences {
        target.lose(difference, backend);
    }
    target
}

impl Target {
    /// Makes the change, unless it loses something.
    fn change(&mut self, difference: &Difference, backend: DbBackend) {
        let by_hand = match &difference.what {
            What::Source(..) | What::PrimaryKey(_) => Some(difference.to_string()),
            What::Type(found, wanted) => {
                let is_key = self.kept.tables.iter().any(|table| is_key(table, &difference.table, &wanted.name));
                let is_integer = |column: &Column| matches!(column.ty.as_str(), "smallint" | "integer" | "bigint");
                let is_possible = conversion(backend, found, wanted).is_some()
                    && (!is_key || found.ty == wanted.ty || (is_integer(found) && is_integer(wanted)));
                (!is_possible).then(|| difference.to_string())
            }
            _ => None,
        };
        if let Some(sentence) = by_hand {
            self.by_hand.push(sentence);
            return;
        }
        let Some(table) = self.kept.table_mut(&difference.table) else { return };
        match &difference.what {
            What::ColumnMissing(column) => table.columns.push(column.clone()),
            What::ColumnExtra(column) if column.is_derived() => remove_column(table, &column.name),
            What::ColumnExtra(column) if !column.can_be_left_out() => {
                change(table, &column.name, |column| column.nullable = true)
            }
            What::Type(found, wanted)
                if conversion(backend, found, wanted).is_some_and(|conversion| conversion.loses.is_none()) =>
            {
                change(table, &wanted.name, |column| retype(column, wanted));
            }
            What::Nullable(wanted) => change(table, &wanted.name, |column| {
                column.nullable = wanted.nullable;
                column.backfill.clone_from(&wanted.backfill);
            }),
            What::Default(_, wanted) => {
                change(table, &wanted.name, |column| column.default.clone_from(&wanted.default))
            }
            What::Missing(part) => add(table, part),
            What::Extra(part) => remove(table, part),
            _ => {}
        }
    }

    /// Makes the change that loses something.
    fn lose(&mut self, difference: &Difference, backend: DbBackend) {
        let name = &difference.table;
        match &difference.what {
            What::TableExtra => {
                self.destructive.tables.retain(|table| table.name != *name);
                for table in &mut self.destructive.tables {
                    table.foreign_keys.retain(|key| key.target != *name);
                }
                self.losses.push(format!("every row of `{name}`"));
            }
            What::ColumnExtra(column) if !column.is_derived() => {
                if let Some(table) = self.destructive.table_mut(name) {
                    remove_column(table, &column.name);
                }
                self.losses.push(format!("every value of `{name}.{}`", column.name));
            }
            What::Type(found, wanted) if !self.by_hand.contains(&difference.to_string()) => {
                if let Some(loses) = conversion(backend, found, wanted).and_then(|conversion| conversion.loses) {
                    if let Some(table) = self.destructive.table_mut(name) {
                        change(table, &wanted.name, |column| retype(column, wanted));
                    }
                    self.losses.push(format!("{loses} of `{name}.{}`", wanted.name));
                }
            }
            _ => {}
        }
    }
}

/// Whether the column of this table is part of a key: rows are found by it.
fn is_key(table: &Table, name: &str, column: &str) -> bool {
    let has = |columns: &[String]| columns.iter().any(|own| own == column);
    let is_own = table.name == name;
    (is_own && has(&table.primary_key))
        || table
            .foreign_keys
            .iter()
            .any(|key| (is_own && has(&key.columns)) || (key.target == name && has(&key.target_columns)))
}

fn retype(column: &mut Column, wanted: &Column) {
    column.ty.clone_from(&wanted.ty);
    column.collation.clone_from(&wanted.collation);
}

fn change(table: &mut Table, name: &str, change: impl FnOnce(&mut Column)) {
    if let Some(column) = table.column_mut(name) {
        change(column);
    }
}

fn add(table: &mut Table, part: &Part) {
    match part {
        Part::Unique(unique) => table.uniques.push(unique.clone()),
        Part::Check(check) => {
            // Another list of values replaces the one that the column has.
            if let CheckRule::OneOf { column, .. } = &check.rule {
                let is_other = |own: &crate::schema::model::Check| matches!(&own.rule, CheckRule::OneOf { column: other, .. } if other == column);
                table.checks.retain(|own| !is_other(own));
            }
            table.checks.push(check.clone());
        }
        Part::ForeignKey(key) => {
            table.foreign_keys.retain(|own| own.columns != key.columns || own.target != key.target);
            table.foreign_keys.push(key.clone());
        }
        Part::Index(index) => {
            table.indexes.retain(|own| own.name != index.name);
            table.indexes.push(index.clone());
        }
    }
}

fn remove(table: &mut Table, part: &Part) {
    let is_it = |other: &Part| is_same(part, other);
    table.uniques.retain(|own| !is_it(&Part::Unique(own.clone())));
    table.checks.retain(|own| !is_it(&Part::Check(own.clone())));
    table.foreign_keys.retain(|own| !is_it(&Part::ForeignKey(own.clone())));
    table.indexes.retain(|own| !is_it(&Part::Index(own.clone())));
}

/// Removes a column with everything that is about it.
fn remove_column(table: &mut Table, name: &str) {
    let has = |columns: &[String]| columns.iter().any(|own| own == name);
    table.columns.retain(|column| column.name != name);
    table.uniques.retain(|unique| !has(&unique.columns));
    table.foreign_keys.retain(|key| !has(&key.columns));
    table.indexes.retain(|index| !has(&index.columns));
    table.checks.retain(|check| !matches!(&check.rule, CheckRule::OneOf { column, .. } if column == name));
}
