//! The tables of a database as data, in the words of one of the two databases. They are made from the specs of resources
//! (`wanted`), read back from a database (`read`), compared (`compare`), written as SQL (`render`), and the way from one
//! schema to another is a list of steps (`plan`).

use sea_orm::DbBackend;

/// The tables of a database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schema {
    /// The database whose words these are.
    pub backend: DbBackend,
    /// The tables and views.
    pub tables: Vec<Table>,
}

/// One table, or a view.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The name that it had before, if the resource says so.
    pub was: Option<String>,
    /// Whether it is a view, of which only the columns are known.
    pub is_view: bool,
    /// The columns, in their order.
    pub columns: Vec<Column>,
    /// The columns of the primary key.
    pub primary_key: Vec<String>,
    /// The name of the primary key, where it has one.
    pub primary_key_name: Option<String>,
    /// The unique constraints.
    pub uniques: Vec<Unique>,
    /// The check constraints.
    pub checks: Vec<Check>,
    /// The foreign keys.
    pub foreign_keys: Vec<ForeignKey>,
    /// The indexes that do not belong to a constraint.
    pub indexes: Vec<Index>,
    /// What SQLite has behind the closing parenthesis, such as `STRICT`.
    pub options: String,
}

/// One column.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The name that it had before, if the field says so.
    pub was: Option<String>,
    /// Its type in the short form of the database: `timestamptz`, `varchar(200)`.
    pub ty: String,
    /// Its collation, where it is not the usual one.
    pub collation: Option<String>,
    /// Whether it can be null.
    pub nullable: bool,
    /// Its default, as an SQL expression.
    pub default: Option<String>,
    /// Where its values come from.
    pub source: Source,
    /// What existing rows get when the column is added, if that is known: an SQL expression.
    pub backfill: Option<String>,
}

/// Where the values of a column come from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Source {
    /// From whoever writes the row.
    #[default]
    Given,
    /// The database counts.
    Identity,
    /// From the database, in a way that only the table itself says.
    Filled,
    /// The database computes it with this expression, or stores what the expression gives.
    Generated {
        /// The expression.
        expression: String,
        /// Whether the result is stored.
        stored: bool,
    },
}

/// A unique constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unique {
    /// Its name; empty if SQLite has none.
    pub name: String,
    /// Its columns.
    pub columns: Vec<String>,
}

/// A check constraint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// Its name; `None` if the database chooses it.
    pub name: Option<String>,
    /// What it requires.
    pub rule: CheckRule,
}

/// What a check constraint requires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckRule {
    /// The column has one of these texts.
    OneOf {
        /// The column.
        column: String,
        /// The texts.
        values: Vec<String>,
    },
    /// An expression, which is not understood further.
    Expression(String),
}

/// A foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignKey {
    /// Its name; empty if SQLite has none.
    pub name: String,
    /// The referring columns.
    pub columns: Vec<String>,
    /// The table that they refer to.
    pub target: String,
    /// The columns that they refer to.
    pub target_columns: Vec<String>,
    /// What happens when the other row is deleted: `RESTRICT`, `CASCADE`, `SET NULL`, `NO ACTION`, `SET DEFAULT`.
    pub on_delete: String,
}

/// An index that does not belong to a constraint.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Index {
    /// Its name.
    pub name: String,
    /// Its columns; empty if one of its keys is an expression.
    pub columns: Vec<String>,
    /// Whether it is unique.
    pub unique: bool,
    /// How it is built, where that is not the usual way: `gin`.
    pub method: Option<String>,
    /// Which rows it contains.
    pub condition: Option<String>,
    /// The statement by which the database describes it, for an index that was read.
    pub statement: Option<String>,
}

impl Schema {
    /// No tables.
    pub fn empty(backend: DbBackend) -> Self {
        Self { backend, tables: Vec::new() }
    }

    /// The table of this name.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.name == name)
    }

    /// The table of this name, to change it.
    pub fn table_mut(&mut self, name: &str) -> Option<&mut Table> {
        self.tables.iter_mut().find(|table| table.name == name)
    }
}

impl Table {
    /// The column of this name. SQLite does not distinguish upper and lower case, and neither does this.
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The column of this name, to change it.
    pub fn column_mut(&mut self, name: &str) -> Option<&mut Column> {
        self.columns.iter_mut().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The check that lists the values of this column.
    pub fn values_of(&self, column: &str) -> Option<&Check> {
        let is_it = |check: &&Check| matches!(&check.rule, CheckRule::OneOf { column: own, .. } if own == column);
        self.checks.iter().find(is_it)
    }
}

impl Column {
    /// Whether a row can be inserted without it.
    pub fn can_be_left_out(&self) -> bool {
        self.nullable || self.default.is_some() || self.source != Source::Given
    }

    /// Whether the database computes it from the other columns, so that nothing is lost with it.
    pub fn is_derived(&self) -> bool {
        matches!(self.source, Source::Generated { .. })
    }

    /// The type with its collation, as a person reads it.
    pub fn type_text(&self) -> String {
        match &self.collation {
            None => self.ty.clone(),
            Some(collation) => format!("{} COLLATE \"{collation}\"", self.ty),
        }
    }
}

/// Renames a column in everything that a schema says about it.
pub(super) fn rename_column(schema: &mut Schema, table: &str, from: &str, to: &str) {
    let swap =
        |names: &mut Vec<String>| names.iter_mut().filter(|name| *name == from).for_each(|name| *name = to.into());
    for other in &mut schema.tables {
        let is_target = |key: &&mut ForeignKey| key.target == table;
        other.foreign_keys.iter_mut().filter(is_target).for_each(|key| swap(&mut key.target_columns));
    }
    let Some(table) = schema.table_mut(table) else { return };
    table.columns.iter_mut().filter(|column| column.name == from).for_each(|column| column.name = to.to_owned());
    swap(&mut table.primary_key);
    table.uniques.iter_mut().for_each(|unique| swap(&mut unique.columns));
    table.foreign_keys.iter_mut().for_each(|key| swap(&mut key.columns));
    for index in &mut table.indexes {
        swap(&mut index.columns);
        let texts = [&mut index.statement, &mut index.condition].into_iter().flatten();
        texts.for_each(|text| *text = with_name(text, from, to));
    }
    for check in &mut table.checks {
        match &mut check.rule {
            CheckRule::OneOf { column, .. } if column == from => *column = to.to_owned(),
            CheckRule::OneOf { .. } => {}
            CheckRule::Expression(text) => *text = with_name(text, from, to),
        }
    }
    for column in &mut table.columns {
        if let Source::Generated { expression, .. } = &mut column.source {
            *expression = with_name(expression, from, to);
        }
    }
}

/// Renames a table in everything that a schema says about it.
pub(super) fn rename_table(schema: &mut Schema, from: &str, to: &str) {
    for table in &mut schema.tables {
        table.foreign_keys.iter_mut().filter(|key| key.target == from).for_each(|key| key.target = to.to_owned());
        if table.name == from {
            table.name = to.to_owned();
            let texts = table.indexes.iter_mut().filter_map(|index| index.statement.as_mut());
            texts.for_each(|text| *text = with_name(text, from, to));
        }
    }
}

/// The text with another name where this name stands as a word outside of quotes for texts.
fn with_name(text: &str, from: &str, to: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    let mut in_text = false;
    for c in text.chars().chain(['\0']) {
        if !in_text && (c.is_alphanumeric() || c == '_') {
            word.push(c);
            continue;
        }
        out.push_str(if word == from { to } else { &word });
        word.clear();
        in_text ^= c == '\'';
        if c != '\0' {
            out.push(c);
        }
    }
    out
}
