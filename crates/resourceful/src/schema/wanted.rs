//! The tables that resources need.

use sea_orm::DbBackend;

use super::model::{Check, CheckRule, Column, ForeignKey, Index, Schema, Source, Table, Unique};
use super::render::{constraint_name, create_all};
use crate::context::DECIMAL_COLLATION;
use crate::query::full_text::kept_column;
use crate::spec::{FieldAccess, FieldRole, FieldSpec, Kind, OnDelete, RelationKind, ResourceSpec};

/// The tables of these resources, those that are referred to first.
pub fn wanted(backend: DbBackend, specs: &[&'static ResourceSpec]) -> Schema {
    Schema {
        backend,
        tables: super::render::in_reference_order(specs.iter().map(|spec| table(backend, spec)).collect()),
    }
}

/// All statements that create the tables of these resources, in an order that works on an empty database.
pub fn statements(backend: DbBackend, specs: &[&'static ResourceSpec]) -> Vec<String> {
    create_all(backend, &wanted(backend, specs).tables)
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

fn table(backend: DbBackend, spec: &'static ResourceSpec) -> Table {
    let mut columns: Vec<Column> = spec.fields.iter().map(|field| column(backend, field)).collect();
    let mut indexes = Vec::new();
    let name = |prefix: &str, column: &str| constraint_name(prefix, spec.table, column);
    let alone = spec.fields.iter().filter(|field| field.unique && field.role != FieldRole::Id);
    let alone = alone.map(|field| vec![field.column]);
    let uniques = alone.chain(spec.unique_columns()).map(|columns| Unique {
        name: name("uq", &columns.join("_")),
        columns: columns.into_iter().map(str::to_owned).collect(),
    });
    let foreign_keys = references(spec).map(|(field, target, on_delete)| ForeignKey {
        name: name("fk", field.column),
        columns: vec![field.column.to_owned()],
        target: target.table.to_owned(),
        target_columns: vec![target.id_field().column.to_owned()],
        on_delete: action(on_delete).to_owned(),
    });
    for field in spec.fields {
        let is_reference = references(spec).any(|(referring, ..)| referring.name == field.name);
        let has_one = field.unique || field.role == FieldRole::Id || spec.leads_unique(field);
        if (field.index || is_reference) && !has_one {
            let columns = vec![field.column.to_owned()];
            indexes.push(Index { name: name("ix", field.column), columns, ..Index::default() });
        }
    }
    if let (DbBackend::Postgres, Some((column, expression))) = (backend, kept_column(spec)) {
        let columns_of_index = vec![column.clone()];
        indexes.push(Index {
            name: search_index(spec),
            columns: columns_of_index,
            method: Some("gin".to_owned()),
            ..Index::default()
        });
        columns.push(search_column(column, expression));
    }
    Table {
        name: spec.table.to_owned(),
        was: spec.was.map(str::to_owned),
        columns,
        primary_key: vec![spec.id_field().column.to_owned()],
        uniques: uniques.collect(),
        checks: spec.fields.iter().filter_map(values).collect(),
        foreign_keys: foreign_keys.collect(),
        indexes,
        ..Table::default()
    }
}

/// The column that stores the document of full-text search.
pub(super) fn search_column(name: String, expression: String) -> Column {
    let source = Source::Generated { expression, stored: true };
    Column { name, ty: "tsvector".to_owned(), nullable: true, source, ..Column::default() }
}

pub(super) fn search_index(spec: &ResourceSpec) -> String {
    constraint_name("ft", spec.table, "kept")
}

const fn action(on_delete: OnDelete) -> &'static str {
    match on_delete {
        OnDelete::Restrict => "RESTRICT",
        OnDelete::Cascade => "CASCADE",
        OnDelete::SetNull => "SET NULL",
    }
}

fn values(field: &FieldSpec) -> Option<Check> {
    let Kind::Enum(spec) = field.ty.kind else { return None };
    let values = spec.variants.iter().map(|variant| variant.value.to_owned()).collect();
    Some(Check { name: None, rule: CheckRule::OneOf { column: field.column.to_owned(), values } })
}

fn column(backend: DbBackend, field: &FieldSpec) -> Column {
    let (ty, collation) = column_type(backend, &field.ty.kind);
    let is_identity = field.role == FieldRole::Id && matches!(field.ty.kind, Kind::I32 | Kind::I64);
    let now = || match backend {
        DbBackend::Sqlite => "strftime('%Y-%m-%dT%H:%M:%S+00:00', 'now')".to_owned(),
        _ => "now()".to_owned(),
    };
    let backfill = match field.role {
        FieldRole::CreatedAt | FieldRole::UpdatedAt => Some(now()),
        _ => field.default_sql.map(str::to_owned),
    };
    Column {
        name: field.column.to_owned(),
        was: field.was.map(str::to_owned),
        ty: ty.to_owned(),
        collation: collation.map(str::to_owned),
        nullable: field.ty.nullable && field.role != FieldRole::Id,
        default: field.default_sql.map(str::to_owned),
        source: match field.access {
            _ if is_identity => Source::Identity,
            FieldAccess::Generated => Source::Filled,
            _ => Source::Given,
        },
        backfill,
    }
}

/// The type of a column, and its collation. Text sorts by code point: SQLite's default, PostgreSQL's collation "C".
fn column_type(backend: DbBackend, kind: &Kind) -> (&'static str, Option<&'static str>) {
    let name = match (backend, kind) {
        (DbBackend::Postgres, Kind::String | Kind::Enum(_)) => return ("text", Some("C")),
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
        (_, Kind::Decimal) => return ("text", Some(DECIMAL_COLLATION)),
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
    (name, None)
}
