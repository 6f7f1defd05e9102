//! Three resources by hand, and trees written short.

use std::fmt::Write as _;

use resourceful::error::Place;
use resourceful::query::{Filter, ListQuery, Operand};
use resourceful::resource::{FieldValue, value_to_json};
use resourceful::spec::{
    EnumSpec, FieldAccess, FieldRole, FieldSpec, JsonSpec, Kind, OnDelete, OwnerSpec, PageSpec, RelationKind,
    RelationSpec, ResourceSpec, SortSpec, TypeSpec, VariantSpec,
};
use resourceful::{Error, Result};

const fn field(name: &'static str, json: &'static str, kind: Kind) -> FieldSpec {
    FieldSpec {
        name,
        json,
        column: name,
        doc: "",
        ty: TypeSpec { kind, nullable: false },
        role: FieldRole::Plain,
        access: FieldAccess::Normal,
        has_default: false,
        default_sql: None,
        unique: false,
        index: false,
        filter: false,
        sort: false,
        search: false,
        rules: &[],
    }
}

const fn nullable(kind: Kind) -> TypeSpec {
    TypeSpec { kind, nullable: true }
}

static STATUS: EnumSpec = EnumSpec {
    name: "Status",
    doc: "",
    variants: &[VariantSpec { value: "open", doc: "" }, VariantSpec { value: "done", doc: "" }],
    postgres_type: None,
};

static META: JsonSpec = JsonSpec { accepts: |_| Ok(()), shape: || serde_json::Value::Bool(true) };

/// The resource of nearly all tests. Its hidden fields opt in to everything, which must not open them.
pub(crate) static NOTE: ResourceSpec = ResourceSpec {
    type_name: "Note",
    name: "notes",
    table: "notes",
    path: "notes",
    tag: "Notes",
    doc: "",
    fields: &[
        FieldSpec { role: FieldRole::Id, ..field("id", "id", Kind::I32) },
        FieldSpec { filter: true, sort: true, search: true, ..field("name", "name", Kind::String) },
        FieldSpec {
            filter: true,
            sort: true,
            search: true,
            column: "the_title",
            ty: nullable(Kind::String),
            ..field("title", "title", Kind::String)
        },
        FieldSpec { filter: true, ..field("is_active", "isActive", Kind::Bool) },
        FieldSpec { filter: true, sort: true, ty: nullable(Kind::I32), ..field("priority", "priority", Kind::I32) },
        FieldSpec { filter: true, ty: nullable(Kind::F64), ..field("score", "score", Kind::F64) },
        FieldSpec { filter: true, sort: true, ty: nullable(Kind::Timestamp), ..field("due", "due", Kind::Timestamp) },
        FieldSpec { filter: true, ty: nullable(Kind::Date), ..field("day", "day", Kind::Date) },
        FieldSpec { filter: true, ty: nullable(Kind::Decimal), ..field("price", "price", Kind::Decimal) },
        FieldSpec { filter: true, ..field("status", "status", Kind::Enum(&STATUS)) },
        FieldSpec { filter: true, ty: nullable(Kind::Uuid), ..field("token", "token", Kind::Uuid) },
        FieldSpec { ty: nullable(Kind::String), ..field("remark", "remark", Kind::String) },
        FieldSpec {
            filter: true,
            sort: true,
            ty: nullable(Kind::Json(&META)),
            ..field("meta", "meta", Kind::Json(&META))
        },
        FieldSpec {
            filter: true,
            sort: true,
            search: true,
            access: FieldAccess::Hidden,
            ty: nullable(Kind::String),
            ..field("secret", "secret", Kind::String)
        },
        FieldSpec {
            filter: true,
            sort: true,
            search: true,
            access: FieldAccess::WriteOnly,
            ty: nullable(Kind::String),
            ..field("password", "password", Kind::String)
        },
        FieldSpec { ty: nullable(Kind::I32), ..field("folder_id", "folderId", Kind::I32) },
        FieldSpec { ty: nullable(Kind::I32), ..field("parent_id", "parentId", Kind::I32) },
    ],
    id: 0,
    owner: Some(OwnerSpec { path: &["folder", "owner_id"] }),
    relations: &[
        RelationSpec {
            name: "folder",
            json: "folder",
            kind: RelationKind::BelongsTo { field: "folder_id", on_delete: OnDelete::SetNull },
            target: || &FOLDER,
        },
        RelationSpec {
            name: "parent",
            json: "parent",
            kind: RelationKind::BelongsTo { field: "parent_id", on_delete: OnDelete::SetNull },
            target: || &NOTE,
        },
        RelationSpec {
            name: "children",
            json: "children",
            kind: RelationKind::HasMany { via: Some("parent_id") },
            target: || &NOTE,
        },
    ],
    operations: &[],
    page: PageSpec { default: 20, max: 100 },
    sort: &[SortSpec { field: "due", descending: true }],
};

/// What notes belong to; nothing of it is searchable.
pub(crate) static FOLDER: ResourceSpec = ResourceSpec {
    type_name: "Folder",
    name: "folders",
    table: "folders",
    path: "folders",
    tag: "Folders",
    doc: "",
    fields: &[
        FieldSpec { role: FieldRole::Id, ..field("id", "id", Kind::I32) },
        FieldSpec { filter: true, ty: nullable(Kind::String), ..field("label", "label", Kind::String) },
        FieldSpec { filter: true, ..field("owner_id", "ownerId", Kind::String) },
    ],
    id: 0,
    owner: Some(OwnerSpec { path: &["owner_id"] }),
    relations: &[RelationSpec {
        name: "notes",
        json: "notes",
        kind: RelationKind::HasMany { via: None },
        target: || &NOTE,
    }],
    operations: &[],
    page: PageSpec { default: 5, max: 10 },
    sort: &[],
};

/// A filter in one line: `(name contains "a" & !(title isNull true))`.
pub(crate) fn filter(filter: &Filter) -> String {
    let join = |parts: &[Filter], by: &str| {
        let parts: Vec<String> = parts.iter().map(self::filter).collect();
        format!("({})", parts.join(by))
    };
    match filter {
        Filter::And(parts) => join(parts, " & "),
        Filter::Or(parts) => join(parts, " | "),
        Filter::Not(inner) => format!("!{}", self::filter(inner)),
        Filter::Test(test) => {
            let json = |value: &FieldValue| value_to_json(&test.path.field().ty.kind, value).to_string();
            let operand = match &test.operand {
                Operand::Value(value) => json(value),
                Operand::List(values) => format!("[{}]", values.iter().map(json).collect::<Vec<_>>().join(" ")),
                Operand::Flag(flag) => flag.to_string(),
            };
            format!("{:?} {} {operand}", test.path, test.op.word())
        }
    }
}

/// A query in one line, its defaults left out.
pub(crate) fn query(spec: &'static ResourceSpec, query: &ListQuery) -> String {
    let default = ListQuery::new(spec);
    let mut out = query.filter.as_ref().map(filter).unwrap_or_default();
    if !query.words.is_empty() {
        let _ = write!(out, " q={:?}", query.words);
    }
    if query.sort != default.sort {
        let sign = |descending| if descending { "-" } else { "" };
        let keys = query.sort.iter().map(|key| format!("{}{}", sign(key.descending), spec.fields[key.field].name));
        let _ = write!(out, " sort={}", keys.collect::<Vec<_>>().join(","));
    }
    if (query.page, query.size) != (1, default.size) {
        let _ = write!(out, " page={} size={}", query.page, query.size);
    }
    if query.count != default.count {
        let _ = write!(out, " count={:?}", query.count);
    }
    out.trim_start().to_owned()
}

/// Checks that a query is refused with this slug, and that the first of its mistakes says this.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(outcome: Result<T>, input: &str, slug: &str, says: &str) -> Error {
    let error = outcome.expect_err(input);
    assert_eq!(error.slug(), slug, "{input}: {error:?}");
    assert_eq!(error.status(), 400, "{input}");
    let first = &error.errors()[0];
    assert_eq!(first.code, slug, "{input}: the first mistake gives the slug");
    let place = match &first.place {
        Place::Pointer(place) | Place::Parameter(place) => place,
    };
    let whole = format!("{place}: {}", first.message);
    assert!(whole.contains(says), "{input}: `{whole}` does not say `{says}`");
    error
}
