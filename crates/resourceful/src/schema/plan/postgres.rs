//! The steps on PostgreSQL.

use sea_orm::DbBackend;

use super::conversion::conversion;
use super::{Fills, Step};
use crate::query::full_text::quoted;
use crate::schema::compare::{Mode, Part, What, differences, plain};
use crate::schema::model::{Column, Schema, Table};
use crate::schema::render::{
    add_check, add_column, add_foreign_key, add_unique, check_name, column_type, create, create_index,
    in_reference_order, late_keys,
};

const PG: DbBackend = DbBackend::Postgres;

/// What a step locks, in words.
mod locks {
    pub(super) const MOMENT: &str = "Locks the table for a moment.";
    pub(super) const NEW: &str = "Nothing else uses it yet.";
    pub(super) const READS: &str = "Reads every row; reads and writes of the table wait until it is done.";
    pub(super) const REWRITES: &str = "Writes every row again; reads and writes of the table wait until it is done.";
    pub(super) const WRITES: &str = "Reads every row; writes of the table wait until it is done.";
}

/// The steps of a change, in the order in which they are taken.
#[derive(Default)]
struct Phases {
    dropped_parts: Vec<Step>,
    created: Vec<Step>,
    columns: Vec<Step>,
    added_parts: Vec<Step>,
    dropped_tables: Vec<Step>,
}

pub(super) fn steps(from: &Schema, to: &Schema, fills: &Fills<'_>) -> Vec<Step> {
    let mut phases = Phases::default();
    let all = differences(from, to, Mode::Exact);
    let tables = |wanted: &What, of: &Schema| {
        let named = all.iter().filter(|difference| difference.what == *wanted);
        in_reference_order(named.filter_map(|difference| of.table(&difference.table).cloned()).collect())
    };
    phases.create(&tables(&What::TableMissing, to));
    phases.drop(&tables(&What::TableExtra, from));
    // The changes of one column follow each other.
    for difference in &all {
        let (Some(old), Some(new)) = (from.table(&difference.table), to.table(&difference.table)) else { continue };
        phases.change(old, new, &difference.what, fills);
    }
    let Phases { dropped_parts, created, columns, added_parts, dropped_tables } = phases;
    dropped_parts.into_iter().chain(created).chain(columns).chain(added_parts).chain(dropped_tables).collect()
}

impl Phases {
    fn create(&mut self, tables: &[Table]) {
        for (place, table) in tables.iter().enumerate() {
            let late = late_keys(PG, tables, place);
            let about = format!("Creates the table `{}`. {}", table.name, locks::NEW);
            self.created.push(Step::sql(about, create(PG, table, &late)));
            for key in late {
                let about = format!("Adds the foreign key from `{}` to `{}`. {}", table.name, key.target, locks::NEW);
                self.added_parts.push(Step::sql(about, add_foreign_key(&table.name, key)));
            }
            for index in &table.indexes {
                let about = format!("Creates the index `{}`. {}", index.name, locks::NEW);
                self.added_parts.push(Step::sql(about, create_index(&table.name, index)));
            }
        }
    }

    fn drop(&mut self, tables: &[Table]) {
        for (place, table) in tables.iter().enumerate().rev() {
            // Tables that refer to each other in a circle
            for key in late_keys(PG, tables, place) {
                self.dropped_parts.push(drop_constraint(&table.name, &key.name));
            }
            let about = format!("Drops the table `{}`.", table.name);
            self.dropped_tables.push(Step::sql(about, format!("DROP TABLE {}", quoted(&table.name))));
        }
    }

    fn change(&mut self, old: &Table, table: &Table, what: &What, fills: &Fills<'_>) {
        let name = &table.name;
        let alter = |column: &Column, rest: &str| {
            format!("ALTER TABLE {} ALTER COLUMN {} {rest}", quoted(name), quoted(&column.name))
        };
        match what {
            What::ColumnMissing(column) => self.add(table, column, fills),
            What::ColumnExtra(column) => {
                let about = format!("Drops the column `{name}.{}`. {}", column.name, locks::MOMENT);
                let sql = format!("ALTER TABLE {} DROP COLUMN {}", quoted(name), quoted(&column.name));
                // What replaces it is added first: columns of the same name do not exist.
                self.dropped_tables.push(Step::sql(about, sql));
            }
            What::Type(found, wanted) => {
                let Some(conversion) = conversion(PG, found, wanted) else { return };
                if found.default.is_some() {
                    self.columns.push(Step::sql(
                        format!("The default of `{name}.{}` has the old type.", wanted.name),
                        alter(wanted, "DROP DEFAULT"),
                    ));
                }
                let typed = column_type(PG, &Column { name: String::new(), ..wanted.clone() });
                let typed = typed.trim_start_matches("\"\"").trim();
                let about = format!(
                    "Changes the type of `{name}.{}` from {} to {}. {}",
                    wanted.name,
                    found.type_text(),
                    wanted.type_text(),
                    locks::REWRITES
                );
                self.columns
                    .push(Step::sql(about, alter(wanted, &format!("TYPE {typed} USING ({})", conversion.using))));
                let unchanged = found.default.is_some()
                    && table.column(&wanted.name).is_some_and(|now| now.default == found.default);
                if let Some(default) = found.default.as_ref().filter(|_| unchanged) {
                    let default = plain(default);
                    self.columns
                        .push(Step::sql("Sets the default again.", alter(wanted, &format!("SET DEFAULT {default}"))));
                }
            }
            What::Nullable(wanted) if wanted.nullable => {
                let about = format!("Lets `{name}.{}` be null. {}", wanted.name, locks::MOMENT);
                self.columns.push(Step::sql(about, alter(wanted, "DROP NOT NULL")));
            }
            What::Nullable(wanted) => self.fill(table, wanted, fills),
            What::Default(_, wanted) => {
                let set =
                    wanted.default.as_ref().map_or("DROP DEFAULT".to_owned(), |text| format!("SET DEFAULT {text}"));
                let about = format!("Changes the default of `{name}.{}`. {}", wanted.name, locks::MOMENT);
                self.columns.push(Step::sql(about, alter(wanted, &set)));
            }
            What::Missing(part) => self.add_part(name, part),
            What::Extra(part) => self.drop_part(old, part),
            _ => {}
        }
    }

    /// Adds a column, with a value for the rows that exist.
    fn add(&mut self, table: &Table, column: &Column, fills: &Fills<'_>) {
        let name = &table.name;
        // The table's list of values is a part of its own.
        let bare = Table { checks: Vec::new(), ..table.clone() };
        if column.can_be_left_out() {
            let lock = if column.is_derived() { locks::REWRITES } else { locks::MOMENT };
            let about = format!("Adds the column `{name}.{}`. {lock}", column.name);
            self.columns.push(Step::sql(about, add_column(PG, &bare, column)));
            return;
        }
        let about = format!("Adds the column `{name}.{}`, without values at first. {}", column.name, locks::MOMENT);
        let nullable = Column { nullable: true, ..column.clone() };
        self.columns.push(Step::sql(about, add_column(PG, &bare, &nullable)));
        self.fill(table, column, fills);
    }

    /// Gives existing rows without a value one, and requires one from then on.
    fn fill(&mut self, table: &Table, column: &Column, fills: &Fills<'_>) {
        let (name, value) = (&table.name, fills.value(table, column));
        let (own, own_table) = (quoted(&column.name), quoted(name));
        if value == "NULL" {
            self.columns.push(Step::sql(
                format!(
                    "Rows without a value in `{name}.{}` need one: write it in place of the first NULL. As it is, the next step \
                     fails if there are such rows",
                    column.name
                ),
                format!("UPDATE {own_table} SET {own} = NULL WHERE {own} IS NULL"),
            ));
        } else {
            let about = format!(
                "Gives rows without a value in `{name}.{}` one. Locks these rows until the migration is done.",
                column.name
            );
            self.columns.push(Step::sql(about, format!("UPDATE {own_table} SET {own} = {value} WHERE {own} IS NULL")));
        }
        let about = format!("Requires a value in `{name}.{}`. {}", column.name, locks::READS);
        self.columns.push(Step::sql(about, format!("ALTER TABLE {own_table} ALTER COLUMN {own} SET NOT NULL")));
    }

    fn add_part(&mut self, table: &str, part: &Part) {
        let (sql, lock) = match part {
            Part::Unique(unique) => (add_unique(table, unique), locks::READS),
            Part::Check(check) => (add_check(table, check), locks::READS),
            Part::ForeignKey(key) => (add_foreign_key(table, key), locks::WRITES),
            Part::Index(index) => (create_index(table, index), locks::WRITES),
        };
        self.added_parts.push(Step::sql(format!("Adds {part} to `{table}`. {lock}"), sql));
    }

    fn drop_part(&mut self, table: &Table, part: &Part) {
        let name = &table.name;
        let step = match part {
            Part::Index(index) => {
                let sql = format!("DROP INDEX {}", quoted(&index.name));
                Step::sql(format!("Drops the index `{}` of `{name}`. {}", index.name, locks::MOMENT), sql)
            }
            Part::Unique(unique) => drop_constraint(name, &unique.name),
            Part::ForeignKey(key) => drop_constraint(name, &key.name),
            Part::Check(check) => drop_constraint(name, &check_name(name, check)),
        };
        self.dropped_parts.push(step);
    }
}

fn drop_constraint(table: &str, name: &str) -> Step {
    let about = format!("Drops the constraint `{name}` of `{table}`. {}", locks::MOMENT);
    Step::sql(about, format!("ALTER TABLE {} DROP CONSTRAINT {}", quoted(table), quoted(name)))
}
