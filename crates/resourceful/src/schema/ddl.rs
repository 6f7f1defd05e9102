//! `CREATE TABLE` and `CREATE INDEX` from the resource's spec.

use sea_orm::DbBackend;

use crate::context::DECIMAL_COLLATION;
use crate::query::full_text::{checksum, kept_column, quoted};
use crate::spec::{FieldRole, FieldSpec, Kind, OnDelete, RelationKind, ResourceSpec};

/// The statements of one table.
#[derive(Debug, Clone)]
pub struct Table {
    /// Its name.
    pub name: &'static str,
    /// `CREATE TABLE`.
    pub create: String,
    /// `CREATE INDEX`, each.
    pub indexes: Vec<String>,
    /// Foreign keys to tables that come later: PostgreSQL adds them when all tables exist.
    pub late_keys: Vec<String>,
    /// Drops these foreign keys again.
    pub drop_late_keys: Vec<String>,
}

/// All statements in an order that works on an empty database.
pub fn statements(backend: DbBackend, specs: &[&'static ResourceSpec]) -> Vec<String> {
    let tables = tables(backend, specs);
    let creates = tables.iter().map(|table| table.create.clone());
    let indexes = tables.iter().flat_map(|table| table.indexes.clone());
    let late = tables.iter().flat_map(|table| table.late_keys.clone());
    creates.chain(late).chain(indexes).collect()
}

/// The tables, those that are referred to first.
pub fn tables(backend: DbBackend, specs: &[&'static ResourceSpec]) -> Vec<Table> {
    let ordered = in_reference_order(specs);
    ordered.iter().enumerate().map(|(place, spec)| table(backend, spec, &ordered[..=place])).collect()
}

/// The name of a constraint or an index; shortened, with a checksum, where it exceeds PostgreSQL's 63 bytes.
pub fn constraint_name(prefix: &str, table: &str, column: &str) -> String {
    let name = format!("{prefix}_{table}_{column}");
    if name.len() <= 63 {
        return name;
    }
    // A short checksum is enough: only the long names of one database must differ.
    let hash = checksum(&name);
    let cut = (0..=46).rev().find(|&at| name.is_char_boundary(at)).unwrap_or_default();
    format!("{}_{hash:016x}", &name[..cut])
}

fn in_reference_order(specs: &[&'static ResourceSpec]) -> Vec<&'static ResourceSpec> {
    let mut ordered: Vec<&'static ResourceSpec> = Vec::with_capacity(specs.len());
    let mut waiting: Vec<&'static ResourceSpec> = specs.to_vec();
    while !waiting.is_empty() {
        let is_ready = |spec: &&'static ResourceSpec| {
            references(spec).all(|(_, target, _)| {
                target.table == spec.table || !waiting.iter().any(|other| other.table == target.table)
            })
        };
        // In a cycle no table can be created before all others: the first is created without its foreign keys to later
        // tables, which are added at the end.
        let next = waiting.iter().position(is_ready).unwrap_or(0);
        ordered.push(waiting.remove(next));
    }
    ordered
}

fn references(
    spec: &'static ResourceSpec,
) -> impl Iterator<Item = (&'static FieldSpec, &'static ResourceSpec, OnDelete)> {
    spec.relations.iter().filter_map(move |relation| match relation.kind {
        RelationKind::BelongsTo { field, on_delete, .. } => {
            Some((spec.field(field)?.1, (relation.target)(), on_delete))
        }
        _ => None,
    })
}

fn table(backend: DbBackend, spec: &'static ResourceSpec, earlier: &[&'static ResourceSpec]) -> Table {
    let mut lines: Vec<String> = spec.fields.iter().map(|field| column(backend, field)).collect();
    let mut indexes = Vec::new();
    let mut late_keys = Vec::new();
    let mut drop_late_keys = Vec::new();
    let index = |column: &str| {
        let name = constraint_name("ix", spec.table, column);
        format!("CREATE INDEX {} ON {} ({})", quoted(&name), quoted(spec.table), quoted(column))
    };
    for field in spec.fields.iter().filter(|field| field.unique && field.role != FieldRole::Id) {
        let name = constraint_name("uq", spec.table, field.column);
        lines.push(format!("CONSTRAINT {} UNIQUE ({})", quoted(&name), quoted(field.column)));
    }
    for columns in spec.unique_columns() {
        let name = constraint_name("uq", spec.table, &columns.join("_"));
        let columns: Vec<String> = columns.into_iter().map(quoted).collect();
        lines.push(format!("CONSTRAINT {} UNIQUE ({})", quoted(&name), columns.join(", ")));
    }
    for (field, target, on_delete) in references(spec) {
        let key = foreign_key(spec, field, target, on_delete);
        // SQLite looks references up when rows are written, PostgreSQL when the table is made.
        if backend == DbBackend::Sqlite || earlier.iter().any(|known| known.table == target.table) {
            lines.push(key);
        } else {
            late_keys.push(format!("ALTER TABLE {} ADD {key}", quoted(spec.table)));
            let name = quoted(&constraint_name("fk", spec.table, field.column));
            drop_late_keys.push(format!("ALTER TABLE {} DROP CONSTRAINT {name}", quoted(spec.table)));
        }
    }
    for field in spec.fields {
        let is_reference = references(spec).any(|(referring, ..)| referring.name == field.name);
        let has_one = field.unique || field.role == FieldRole::Id || spec.leads_unique(field);
        if (field.index || is_reference) && !has_one {
            indexes.push(index(field.column));
        }
    }
    if let (DbBackend::Postgres, Some((column, document))) = (backend, kept_column(spec)) {
        lines.insert(spec.fields.len(), search_column(&column, &document));
        indexes.push(format!("CREATE INDEX {} ON {}", quoted(&search_index(spec)), search_key(spec, &column)));
    }
    let create = format!("CREATE TABLE {} (\n    {}\n)", quoted(spec.table), lines.join(",\n    "));
    Table { name: spec.table, create, indexes, late_keys, drop_late_keys }
}

/// The column that stores the document of full-text search. Without the word STORED newer servers would compute it for each
/// row that is read.
pub(super) fn search_column(column: &str, document: &str) -> String {
    format!("{} tsvector GENERATED ALWAYS AS ({document}) STORED", quoted(column))
}

pub(super) fn search_index(spec: &ResourceSpec) -> String {
    constraint_name("ft", spec.table, "kept")
}

pub(super) fn search_key(spec: &ResourceSpec, column: &str) -> String {
    format!("{} USING gin ({})", quoted(spec.table), quoted(column))
}

fn foreign_key(spec: &ResourceSpec, field: &FieldSpec, target: &ResourceSpec, on_delete: OnDelete) -> String {
    let action = match on_delete {
        OnDelete::Restrict => "RESTRICT",
        OnDelete::Cascade => "CASCADE",
        OnDelete::SetNull => "SET NULL",
    };
    format!(
        "CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}) ON DELETE {action}",
        quoted(&constraint_name("fk", spec.table, field.column)),
        quoted(field.column),
        quoted(target.table),
        quoted(target.id_field().column),
    )
}

fn column(backend: DbBackend, field: &FieldSpec) -> String {
    let mut line = format!("{} {}", quoted(field.column), column_type(backend, &field.ty.kind));
    if field.role == FieldRole::Id {
        line.push_str(match (backend, &field.ty.kind) {
            (DbBackend::Sqlite, Kind::I32 | Kind::I64) => " NOT NULL PRIMARY KEY AUTOINCREMENT",
            (_, Kind::I32 | Kind::I64) => " GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY",
            _ => " NOT NULL PRIMARY KEY",
        });
    } else if !field.ty.nullable {
        line.push_str(" NOT NULL");
    }
    if let Some(default) = field.default_sql {
        line.push_str(" DEFAULT ");
        line.push_str(default);
    }
    if let Kind::Enum(spec) = field.ty.kind {
        let values: Vec<String> = spec.variants.iter().map(|variant| text_literal(variant.value)).collect();
        line.push_str(&format!(" CHECK ({} IN ({}))", quoted(field.column), values.join(", ")));
    }
    line
}

fn column_type(backend: DbBackend, kind: &Kind) -> String {
    let name = match (backend, kind) {
        // Text sorts by code point: SQLite's default, PostgreSQL's collation "C".
        (DbBackend::Postgres, Kind::String | Kind::Enum(_)) => "text COLLATE \"C\"",
        (DbBackend::Postgres, kind) => match kind {
            Kind::I16 => "smallint",
            Kind::I32 => "integer",
            Kind::I64 => "bigint",
            Kind::F32 => "real",
            Kind::F64 => "double precision",
            Kind::Decimal => "numeric",
            Kind::Bool => "boolean",
            Kind::Uuid => "uuid",
            Kind::Date => "date",
            Kind::Time => "time",
            Kind::DateTime => "timestamp",
            Kind::Timestamp => "timestamptz",
            Kind::Json(_) => "jsonb",
            Kind::Bytes => "bytea",
            Kind::String | Kind::Enum(_) | Kind::File => "text",
        },
        (_, Kind::I16 | Kind::I32 | Kind::I64) => "integer",
        (_, Kind::F32 | Kind::F64) => "real",
        (_, Kind::Decimal) => return format!("text COLLATE {DECIMAL_COLLATION}"),
        (_, Kind::Bool) => "boolean",
        (_, Kind::Uuid | Kind::Bytes) => "blob",
        (
            _,
            Kind::String
            | Kind::Enum(_)
            | Kind::Date
            | Kind::Time
            | Kind::DateTime
            | Kind::Timestamp
            | Kind::Json(_)
            | Kind::File,
        ) => "text",
    };
    name.to_owned()
}

fn text_literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
