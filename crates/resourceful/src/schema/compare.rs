//! What is different between two schemas.

use std::fmt;

use sea_orm::DbBackend;

use super::fit::is_kept;
use super::model::{Check, CheckRule, Column, ForeignKey, Index, Schema, Source, Table, Unique};
use super::render::constraint_name;

/// How two schemas are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Everything is compared.
    Exact,
    /// The first is that of a database, the second that of resources. What somebody has made by hand and resources work
    /// well with is no difference: types with a limit, further indexes and constraints under names of their own, an index
    /// that serves as well as the wanted one.
    Resources,
}

/// One difference between a schema and a wanted one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The table.
    pub table: String,
    /// What is different.
    pub what: What,
}

/// What is different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// There is no such table.
    TableMissing,
    /// The table is not wanted.
    TableExtra,
    /// There is no such column.
    ColumnMissing(Column),
    /// The column is not wanted.
    ColumnExtra(Column),
    /// The column has another type or collation; first the one that was found, then the wanted one.
    Type(Column, Column),
    /// The column can be null and should not, or the other way round: the wanted column.
    Nullable(Column),
    /// The column has another default, or none: the found and the wanted one.
    Default(Column, Column),
    /// The values come from somewhere else: the found and the wanted column.
    Source(Column, Column),
    /// The primary key has other columns: the wanted ones.
    PrimaryKey(Vec<String>),
    /// A part of the table does not exist.
    Missing(Part),
    /// A part of the table is not wanted.
    Extra(Part),
}

/// A part of a table that is neither column nor primary key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A unique constraint.
    Unique(Unique),
    /// A check.
    Check(Check),
    /// A foreign key.
    ForeignKey(ForeignKey),
    /// An index.
    Index(Index),
}

/// What is different between what was found and what is wanted, in the order of the wanted tables.
pub fn differences(found: &Schema, wanted: &Schema, mode: Mode) -> Vec<Difference> {
    let mut all = Vec::new();
    for table in wanted.tables.iter().filter(|table| !table.is_view) {
        match found.table(&table.name) {
            None => all.push(Difference { table: table.name.clone(), what: What::TableMissing }),
            Some(own) => {
                let between = of_table(wanted.backend, own, table, mode);
                all.extend(between.into_iter().map(|what| Difference { table: table.name.clone(), what }));
            }
        }
    }
    let is_extra = |table: &&Table| !table.is_view && wanted.table(&table.name).is_none();
    let extra = found.tables.iter().filter(is_extra);
    all.extend(extra.map(|table| Difference { table: table.name.clone(), what: What::TableExtra }));
    all
}

fn of_table(backend: DbBackend, found: &Table, wanted: &Table, mode: Mode) -> Vec<What> {
    let mut all = Vec::new();
    for column in &wanted.columns {
        match found.column(&column.name) {
            None => all.push(What::ColumnMissing(column.clone())),
            Some(own) => all.extend(of_column(found, own, column, mode)),
        }
    }
    let extra = found.columns.iter().filter(|column| wanted.column(&column.name).is_none());
    all.extend(extra.map(|column| What::ColumnExtra(column.clone())));
    // Of a view nothing further is known.
    if found.is_view {
        return all;
    }
    if found.primary_key != wanted.primary_key {
        all.push(What::PrimaryKey(wanted.primary_key.clone()));
    }
    let (here, there) = (parts(found), parts(wanted));
    for part in &there {
        let is_there = here.iter().any(|own| is_same(own, part));
        let is_good_enough = mode == Mode::Resources && is_served(found, part);
        if !is_there && !is_good_enough {
            all.push(What::Missing(part.clone()));
        }
    }
    for part in &here {
        let is_wanted = there.iter().any(|other| is_same(part, other));
        if !is_wanted && (mode == Mode::Exact || is_ours(backend, found, part)) {
            all.push(What::Extra(part.clone()));
        }
    }
    all
}

fn of_column(table: &Table, found: &Column, wanted: &Column, mode: Mode) -> Vec<What> {
    let mut all = Vec::new();
    let is_same_type = found.ty == wanted.ty && found.collation == wanted.collation;
    let is_good_enough = mode == Mode::Resources && is_kept(found, wanted);
    if !is_same_type && !is_good_enough {
        all.push(What::Type(found.clone(), wanted.clone()));
    }
    if table.is_view {
        return all;
    }
    // How the database fills a column is not the resource's business, and neither is what follows from that.
    if wanted.source == Source::Filled {
        return all;
    }
    let is_key = table.primary_key == [found.name.clone()];
    if found.nullable != wanted.nullable && !is_key {
        all.push(What::Nullable(wanted.clone()));
    }
    let defaults = (found.default.as_deref().map(plain), wanted.default.as_deref().map(plain));
    // An expression that somebody has written by hand, such as `now()`, does no harm: the server always writes a value.
    let is_by_hand = defaults.1.is_none() && defaults.0.as_deref().is_some_and(|default| !is_literal(default));
    if defaults.0 != defaults.1 && !(mode == Mode::Resources && is_by_hand) {
        all.push(What::Default(found.clone(), wanted.clone()));
    }
    let is_derived = (found.is_derived(), wanted.is_derived());
    let is_counted = (found.source == Source::Identity, wanted.source == Source::Identity);
    // An `integer PRIMARY KEY` of SQLite counts without being told, and what is counted by hand is not our business.
    if is_derived.0 != is_derived.1 || (mode == Mode::Exact && is_counted.0 != is_counted.1) {
        all.push(What::Source(found.clone(), wanted.clone()));
    }
    all
}

fn parts(table: &Table) -> Vec<Part> {
    let uniques = table.uniques.iter().cloned().map(Part::Unique);
    let checks = table.checks.iter().cloned().map(Part::Check);
    let keys = table.foreign_keys.iter().cloned().map(Part::ForeignKey);
    let indexes = table.indexes.iter().cloned().map(Part::Index);
    uniques.chain(checks).chain(keys).chain(indexes).collect()
}

/// Whether two parts do the same. Names matter only where nothing else is understood.
pub(super) fn is_same(one: &Part, other: &Part) -> bool {
    match (one, other) {
        (Part::Unique(one), Part::Unique(other)) => one.columns == other.columns,
        (Part::Check(one), Part::Check(other)) => one.rule == other.rule,
        (Part::ForeignKey(one), Part::ForeignKey(other)) => {
            let action = |key: &ForeignKey| match key.on_delete.as_str() {
                // They differ only within a transaction that corrects the reference itself.
                "NO ACTION" => "RESTRICT".to_owned(),
                other => other.to_owned(),
            };
            (&one.columns, &one.target, &one.target_columns) == (&other.columns, &other.target, &other.target_columns)
                && action(one) == action(other)
        }
        (Part::Index(one), Part::Index(other)) if one.name == other.name => {
            one.columns == other.columns
                && one.unique == other.unique
                && one.condition.is_some() == other.condition.is_some()
        }
        _ => false,
    }
}

/// Whether the table has something else that does what the part is for.
fn is_served(table: &Table, part: &Part) -> bool {
    match part {
        Part::Index(wanted) if wanted.method.is_none() && wanted.condition.is_none() && !wanted.unique => {
            let begins = |columns: &[String]| columns.starts_with(&wanted.columns);
            let other = |index: &Index| index.condition.is_none() && index.method.is_none() && begins(&index.columns);
            table.indexes.iter().any(other) || table.uniques.iter().any(|unique| begins(&unique.columns))
        }
        // A unique index does what a unique constraint does.
        Part::Unique(wanted) => table
            .indexes
            .iter()
            .any(|index| index.unique && index.condition.is_none() && index.columns == wanted.columns),
        _ => false,
    }
}

/// Whether the name is one that only this crate gives, so that the part was made from a resource.
fn is_ours(backend: DbBackend, table: &Table, part: &Part) -> bool {
    let own = |prefix: &str, columns: &[String]| constraint_name(prefix, &table.name, &columns.join("_"));
    // SQLite cannot rename a constraint, so there it may have the name from before a column or a table was renamed.
    let is_renamed = |name: &str, prefix: &str| backend == DbBackend::Sqlite && name.starts_with(prefix);
    match part {
        Part::Unique(unique) => unique.name == own("uq", &unique.columns) || is_renamed(&unique.name, "uq_"),
        Part::ForeignKey(key) => key.name == own("fk", &key.columns) || is_renamed(&key.name, "fk_"),
        Part::Index(index) => {
            let is_search = index.method.as_deref() == Some("gin")
                && index.columns.iter().all(|column| column.starts_with("resourceful_search_"));
            index.name == own("ix", &index.columns)
                || (is_search && index.name == constraint_name("ft", &table.name, "kept"))
        }
        // PostgreSQL names a check after the table and the column, which may have had other names then.
        Part::Check(Check { name, rule: CheckRule::OneOf { .. } }) => {
            name.as_ref().is_none_or(|name| name.starts_with("ck_") || name.ends_with("_check"))
        }
        Part::Check(_) => false,
    }
}

/// A default without what databases add when they write it back: `'none'::text`, `FALSE`, `'-5'::integer`, `(1)`.
pub(super) fn plain(default: &str) -> String {
    let mut text = default.trim();
    while let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        text = inner.trim();
    }
    if let Some(at) = text.rfind("::")
        && text[at + 2..].chars().all(|c| c.is_alphanumeric() || "_ \"()[],".contains(c))
    {
        text = text[..at].trim();
    }
    while let Some(inner) = text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        text = inner.trim();
    }
    let inner = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    match inner {
        Some(number) if number.parse::<f64>().is_ok() => number.to_owned(),
        None if text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false") => text.to_ascii_lowercase(),
        _ => text.to_owned(),
    }
}

/// Whether a default is a literal, as a struct can have it.
fn is_literal(default: &str) -> bool {
    default.starts_with('\'') || default.parse::<f64>().is_ok() || ["true", "false"].contains(&default)
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let table = &self.table;
        let null = |nullable: bool| if nullable { "can be null" } else { "cannot be null" };
        match &self.what {
            What::TableMissing => write!(f, "there is no table `{table}`"),
            What::TableExtra => write!(f, "the table `{table}` belongs to no resource"),
            What::ColumnMissing(column) => {
                write!(f, "the table `{table}` lacks the column `{}` ({})", column.name, column.type_text())
            }
            What::ColumnExtra(column) => {
                write!(f, "the column `{table}.{}` belongs to no field", column.name)
            }
            What::Type(found, wanted) => write!(
                f,
                "the column `{table}.{}` has the type {}, and its field needs {}",
                wanted.name,
                found.type_text(),
                wanted.type_text()
            ),
            What::Nullable(wanted) => write!(
                f,
                "the column `{table}.{}` {}, and its field {}",
                wanted.name,
                null(!wanted.nullable),
                null(wanted.nullable)
            ),
            What::Default(found, wanted) => {
                let of = |column: &Column| {
                    column.default.as_ref().map_or("no default".to_owned(), |text| format!("the default {text}"))
                };
                write!(f, "the column `{table}.{}` has {}, and its field {}", wanted.name, of(found), of(wanted))
            }
            What::Source(_, wanted) => {
                let source = if wanted.is_derived() { "should be computed" } else { "should not be computed" };
                write!(f, "the column `{table}.{}` {source} by the database", wanted.name)
            }
            What::PrimaryKey(columns) => {
                write!(f, "the primary key of the table `{table}` is not {}", columns.join(", "))
            }
            What::Missing(part) => write!(f, "the table `{table}` lacks {part}"),
            What::Extra(part) => write!(f, "the table `{table}` has {part}, which no field asks for"),
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unique(unique) => write!(f, "the unique constraint on {}", unique.columns.join(", ")),
            Self::ForeignKey(key) => write!(
                f,
                "the foreign key from {} to `{}` (ON DELETE {})",
                key.columns.join(", "),
                key.target,
                key.on_delete
            ),
            Self::Index(index) => write!(f, "the index `{}`", index.name),
            Self::Check(Check { rule: CheckRule::OneOf { column, values }, .. }) => {
                write!(f, "the check that `{column}` is one of {}", values.join(", "))
            }
            Self::Check(Check { rule: CheckRule::Expression(text), .. }) => write!(f, "the check {text}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn defaults_are_compared_without_what_databases_add() {
        for (one, other) in [
            ("'none'::text", "'none'"),
            ("false", "FALSE"),
            ("'-5'::integer", "-5"),
            ("(-5)", "-5"),
            ("'-5'::integer", "(-5)::bigint"),
            ("1.50", "'1.50'::numeric"),
            ("'a::b'", "'a::b'"),
            ("'medium'::character varying", "'medium'"),
        ] {
            assert_eq!(plain(one), plain(other));
        }
        for (one, other) in [("'a'", "'b'"), ("1", "10"), ("'TRUE'", "'true'"), ("'a::b'", "'a'")] {
            assert_ne!(plain(one), plain(other));
        }
    }
}
