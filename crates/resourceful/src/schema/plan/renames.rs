//! Tables and columns that get another name, because a resource says what they were called before.

use std::collections::BTreeMap;

use sea_orm::DbBackend;

use super::Step;
use crate::query::full_text::quoted;
use crate::schema::model::{Schema, Table, rename_column, rename_table};
use crate::schema::render::{constraint_name, create_index};

/// Renames, and the schema after them.
pub(super) struct Renames {
    pub(super) after: Schema,
    pub(super) up: Vec<Step>,
    pub(super) down: Vec<Step>,
    pub(super) sentences: Vec<String>,
}

/// The renames that the wanted tables and columns ask for and that have not happened yet.
pub(super) fn renames(found: &Schema, wanted: &Schema) -> Renames {
    let mut all = Renames { after: found.clone(), up: Vec::new(), down: Vec::new(), sentences: Vec::new() };
    let mut origins: BTreeMap<&str, Table> = BTreeMap::new();
    // Each may take the name that another gives up, so the last of such a chain is the first.
    while let Some((table, was)) = wanted.tables.iter().find_map(|table| {
        let was = table.was.as_deref()?;
        let is_open = all.after.table(&table.name).is_none() && all.after.table(was).is_some();
        is_open.then_some((table, was))
    }) {
        origins.extend(all.after.table(was).cloned().map(|origin| (table.name.as_str(), origin)));
        all.table(was, &table.name);
    }
    for table in &wanted.tables {
        let origin = origins.remove(table.name.as_str()).or_else(|| all.after.table(&table.name).cloned());
        let Some(origin) = origin else { continue };
        while let Some((name, was)) = table.columns.iter().find_map(|column| {
            let (was, now) = (column.was.as_deref()?, all.after.table(&table.name)?);
            let is_open = now.column(&column.name).is_none() && now.column(was).is_some();
            is_open.then_some((&column.name, was))
        }) {
            all.column(&table.name, was, name);
        }
        all.names(&origin, &table.name);
    }
    all
}

impl Renames {
    fn table(&mut self, from: &str, to: &str) {
        let moment = moment(self.after.backend);
        let rename = |from: &str, to: &str| {
            Step::sql(
                format!("Renames the table `{from}` to `{to}`. {moment}"),
                format!("ALTER TABLE {} RENAME TO {}", quoted(from), quoted(to)),
            )
        };
        self.up.push(rename(from, to));
        self.down.insert(0, rename(to, from));
        self.sentences.push(format!("the table `{from}` is called `{to}` now"));
        rename_table(&mut self.after, from, to);
    }

    fn column(&mut self, table: &str, from: &str, to: &str) {
        let moment = moment(self.after.backend);
        let rename = |from: &str, to: &str| {
            Step::sql(
                format!("Renames the column `{table}.{from}` to `{to}`. {moment}"),
                format!("ALTER TABLE {} RENAME COLUMN {} TO {}", quoted(table), quoted(from), quoted(to)),
            )
        };
        self.up.push(rename(from, to));
        self.down.insert(0, rename(to, from));
        self.sentences.push(format!("the column `{table}.{from}` is called `{to}` now"));
        rename_column(&mut self.after, table, from, to);
    }

    /// Constraints and indexes that are named after what was renamed get the new name too: the engine finds out by the name
    /// which field is meant, and another column may get the old name.
    fn names(&mut self, before: &Table, name: &str) {
        let backend = self.after.backend;
        let moment = moment(backend);
        let Some(after) = self.after.table(name).cloned() else { return };
        let mut renamed = after.clone();
        let of = |prefix: &str, table: &str, columns: &[String]| constraint_name(prefix, table, &columns.join("_"));
        for ((old, new), changed) in before.indexes.iter().zip(&after.indexes).zip(&mut renamed.indexes) {
            let next = of("ix", name, &new.columns);
            if old.name != of("ix", &before.name, &old.columns) || old.name == next {
                continue;
            }
            changed.name = next;
            changed.statement = None;
            let about = format!("Renames the index `{}`. {moment}", old.name);
            match backend {
                DbBackend::Sqlite => {
                    let drop = |name: &str| Step::sql(about.clone(), format!("DROP INDEX {}", quoted(name)));
                    self.up.push(drop(&old.name));
                    self.up.push(Step::sql("Creates it again, under its new name.", create_index(name, changed)));
                    let mut back = new.clone();
                    back.statement = None;
                    self.down.insert(0, Step::sql("Creates it again, under its old name.", create_index(name, &back)));
                    self.down.insert(0, drop(&changed.name));
                }
                _ => {
                    let rename =
                        |from: &str, to: &str| format!("ALTER INDEX {} RENAME TO {}", quoted(from), quoted(to));
                    self.up.push(Step::sql(about.clone(), rename(&old.name, &changed.name)));
                    self.down.insert(0, Step::sql(about, rename(&changed.name, &old.name)));
                }
            }
        }
        if backend != DbBackend::Sqlite {
            let uniques = before.uniques.iter().zip(&mut renamed.uniques);
            let uniques = uniques.map(|(old, new)| ("uq", &old.name, &old.columns, &new.columns, &mut new.name));
            let keys = before.foreign_keys.iter().zip(&mut renamed.foreign_keys);
            let keys = keys.map(|(old, new)| ("fk", &old.name, &old.columns, &new.columns, &mut new.name));
            for (prefix, old, columns, next_columns, changed) in uniques.chain(keys) {
                let next = of(prefix, name, next_columns);
                if *old == of(prefix, &before.name, columns) && *old != next {
                    changed.clone_from(&next);
                    self.constraint(name, old, &next);
                }
            }
            if let Some(old) = &before.primary_key_name
                && *old == format!("{}_pkey", before.name)
                && before.name != name
            {
                let next = format!("{name}_pkey");
                self.constraint(name, old, &next);
                renamed.primary_key_name = Some(next);
            }
        }
        if let Some(table) = self.after.table_mut(name) {
            *table = renamed;
        }
    }

    fn constraint(&mut self, table: &str, from: &str, to: &str) {
        let moment = moment(self.after.backend);
        let rename = |from: &str, to: &str| {
            Step::sql(
                format!("Renames the constraint `{from}`. {moment}"),
                format!("ALTER TABLE {} RENAME CONSTRAINT {} TO {}", quoted(table), quoted(from), quoted(to)),
            )
        };
        self.up.push(rename(from, to));
        self.down.insert(0, rename(to, from));
    }
}

/// What a rename locks.
fn moment(backend: DbBackend) -> &'static str {
    if backend == DbBackend::Sqlite { "Takes a moment." } else { "Locks the table for a moment." }
}
