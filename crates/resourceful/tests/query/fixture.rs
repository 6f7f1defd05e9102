//! Five hand-written resources, and a short notation for trees.

use std::fmt::Write as _;

use resourceful::error::Place;
use resourceful::internals::query::{Filter, Include, ListQuery, Operand, Start, Viewer};
use resourceful::internals::resource::{FieldValue, RelationFns, ResourceTable, value_to_json};
use resourceful::spec::{
    ComputedSpec, EnumSpec, FieldAccess, FieldRole, FieldSpec, JsonSpec, Kind, OnDelete, OwnerSpec, PageSpec,
    RelationKind, RelationSpec, ResourceSpec, SearchSpec, SortSpec, TypeSpec, VariantSpec,
};
use resourceful::{Actor, Error, Result};

const fn field(name: &'static str, json: &'static str, kind: Kind) -> FieldSpec {
    FieldSpec {
        name,
        json,
        column: name,
        was: None,
        doc: "",
        ty: TypeSpec { kind, nullable: false },
        role: FieldRole::Plain,
        access: FieldAccess::Normal,
        read: None,
        write: None,
        has_default: false,
        default_sql: None,
        unique: false,
        index: false,
        filter: false,
        sort: false,
        search: false,
        file: None,
        rules: &[],
    }
}

const fn nullable(kind: Kind) -> TypeSpec {
    TypeSpec { kind, nullable: true }
}

pub(crate) static STATUS: EnumSpec = EnumSpec {
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
    was: None,
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
            kind: RelationKind::BelongsTo { field: "folder_id", on_delete: OnDelete::SetNull, any: false },
            target: || &FOLDER,
        },
        RelationSpec {
            name: "parent",
            json: "parent",
            kind: RelationKind::BelongsTo { field: "parent_id", on_delete: OnDelete::SetNull, any: false },
            target: || &NOTE,
        },
        RelationSpec {
            name: "children",
            json: "children",
            kind: RelationKind::HasMany { via: Some("parent_id") },
            target: || &NOTE,
        },
        RelationSpec {
            name: "tags",
            json: "tags",
            kind: RelationKind::ManyToMany { through: || &NOTE_TAG, from: None, to: None },
            target: || &TAG,
        },
    ],
    computed: &[],
    unique: &[],
    search: SearchSpec::Substring,
    read_permission: "notes:read",
    operations: &[],
    page: PageSpec { default: 20, max: 100 },
    sort: &[SortSpec { field: "due", descending: true }],
    cache: None,
    require_match: false,
};

/// Notes, as the engine sees them.
pub(crate) static NOTES: ResourceTable = table(
    &NOTE,
    &[
        RelationFns { target: || &FOLDERS, through: None },
        RelationFns { target: || &NOTES, through: None },
        RelationFns { target: || &NOTES, through: None },
        RelationFns { target: || &TAGS, through: Some(|| &NOTE_TAGS) },
    ],
);

/// What notes belong to; nothing of it is searchable.
pub(crate) static FOLDER: ResourceSpec = ResourceSpec {
    type_name: "Folder",
    name: "folders",
    table: "folders",
    was: None,
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
    computed: &[],
    unique: &[],
    search: SearchSpec::Substring,
    read_permission: "folders:read",
    operations: &[],
    page: PageSpec { default: 5, max: 10 },
    sort: &[],
    cache: None,
    require_match: false,
};

/// Folders, as the engine sees them.
pub(crate) static FOLDERS: ResourceTable = table(&FOLDER, &[RelationFns { target: || &NOTES, through: None }]);

/// What notes have several of; it has no relations.
pub(crate) static TAG: ResourceSpec = ResourceSpec {
    type_name: "Tag",
    name: "tags",
    table: "tags",
    was: None,
    path: "tags",
    tag: "Tags",
    fields: &[
        FieldSpec { role: FieldRole::Id, ..field("id", "id", Kind::I32) },
        FieldSpec { filter: true, ty: nullable(Kind::String), ..field("label", "label", Kind::String) },
        FieldSpec { filter: true, ..field("weight", "weight", Kind::I32) },
    ],
    owner: None,
    relations: &[],
    read_permission: "tags:read",
    ..FOLDER
};

/// Tags, as the engine sees them.
pub(crate) static TAGS: ResourceTable = table(&TAG, &[]);

/// What joins notes and tags. A row without a note must not make `NOT IN` null for all of them.
pub(crate) static NOTE_TAG: ResourceSpec = ResourceSpec {
    type_name: "NoteTag",
    name: "note-tags",
    table: "note_tags",
    was: None,
    path: "note-tags",
    tag: "NoteTags",
    fields: &[
        FieldSpec { role: FieldRole::Id, ..field("id", "id", Kind::I32) },
        FieldSpec { ty: nullable(Kind::I32), ..field("note_id", "noteId", Kind::I32) },
        FieldSpec { ..field("tag_id", "tagId", Kind::I32) },
        FieldSpec { ..field("is_public", "isPublic", Kind::Bool) },
    ],
    owner: None,
    relations: &[
        RelationSpec {
            name: "note",
            json: "note",
            kind: RelationKind::BelongsTo { field: "note_id", on_delete: OnDelete::Cascade, any: false },
            target: || &NOTE,
        },
        RelationSpec {
            name: "tag",
            json: "tag",
            kind: RelationKind::BelongsTo { field: "tag_id", on_delete: OnDelete::Cascade, any: false },
            target: || &TAG,
        },
    ],
    read_permission: "note-tags:read",
    ..FOLDER
};

/// The joining rows, as the engine sees them.
pub(crate) static NOTE_TAGS: ResourceTable = table(
    &NOTE_TAG,
    &[RelationFns { target: || &NOTES, through: None }, RelationFns { target: || &TAGS, through: None }],
);

/// One of its fields requires a permission, and its default order begins with that field.
pub(crate) static VAULT: ResourceSpec = ResourceSpec {
    type_name: "Vault",
    name: "vaults",
    table: "vaults",
    was: None,
    path: "vaults",
    tag: "Vaults",
    fields: &[
        FieldSpec { role: FieldRole::Id, ..field("id", "id", Kind::I32) },
        FieldSpec { filter: true, sort: true, search: true, ..field("label", "label", Kind::String) },
        FieldSpec {
            filter: true,
            sort: true,
            search: true,
            read: Some("notes:secrets"),
            ..field("content", "content", Kind::String)
        },
        FieldSpec { ty: nullable(Kind::I32), read: Some("vaults:notes"), ..field("note_id", "noteId", Kind::I32) },
    ],
    owner: None,
    relations: &[RelationSpec {
        name: "note",
        json: "note",
        kind: RelationKind::BelongsTo { field: "note_id", on_delete: OnDelete::SetNull, any: false },
        target: || &NOTE,
    }],
    computed: &[ComputedSpec {
        name: "label_length",
        json: "labelLength",
        ty: TypeSpec { kind: Kind::I32, nullable: false },
        read: Some("vaults:notes"),
    }],
    read_permission: "vaults:read",
    sort: &[SortSpec { field: "content", descending: true }, SortSpec { field: "label", descending: false }],
    ..FOLDER
};

/// Vaults, as the engine sees them.
pub(crate) static VAULTS: ResourceTable = table(&VAULT, &[RelationFns { target: || &NOTES, through: None }]);

const fn table(spec: &'static ResourceSpec, relations: &'static [RelationFns]) -> ResourceTable {
    ResourceTable {
        spec,
        fields: &[],
        relations,
        model: |_| Err(Error::internal("no model is made here")),
        computed: &[],
        checks: &[],
        policy: None,
        hooks: None,
    }
}

/// The system, to which nothing is refused.
pub(crate) const fn by_system(table: &'static ResourceTable) -> Viewer<'static> {
    static SYSTEM: Actor = Actor::System;
    Viewer { table, actor: &SYSTEM }
}

/// The index of a field of notes.
pub(crate) fn note_field(name: &str) -> usize {
    NOTE.field(name).expect("a field of notes").0
}

/// A filter in one line: `(name contains "a" & !(title isNull true) & children{id eq 1})`.
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
        Filter::Related { relation, filter } => format!("{}{{{}}}", relation.name, self::filter(filter)),
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
    match &query.start {
        Start::Page(page) if (*page, query.size) == (1, default.size) => {}
        Start::Page(page) => {
            let _ = write!(out, " page={page} size={}", query.size);
        }
        Start::After(cursor) => {
            let _ = write!(out, " after={cursor} size={}", query.size);
        }
    }
    if query.count != default.count {
        let _ = write!(out, " count={:?}", query.count);
    }
    if let Some(fields) = &query.selection.fields {
        let name = |&field: &usize| match field.checked_sub(spec.fields.len()) {
            None => spec.fields[field].name,
            Some(computed) => spec.computed[computed].name,
        };
        let _ = write!(out, " fields={}", fields.iter().map(name).collect::<Vec<_>>().join(","));
    }
    if !query.selection.include.is_empty() {
        let _ = write!(out, " include={}", include(&query.selection.include));
    }
    out.trim_start().to_owned()
}

/// Relations in one line: `folder(notes),parent`.
pub(crate) fn include(included: &[Include]) -> String {
    let one = |include: &Include| match include.include.as_slice() {
        [] => include.relation.name.to_owned(),
        inner => format!("{}({})", include.relation.name, self::include(inner)),
    };
    included.iter().map(one).collect::<Vec<_>>().join(",")
}

/// Checks that a query is refused with this slug, and that its first error contains this message.
#[track_caller]
pub(crate) fn refused<T: std::fmt::Debug>(outcome: Result<T>, input: &str, slug: &str, says: &str) -> Error {
    let error = outcome.expect_err(input);
    assert_eq!(error.slug(), slug, "{input}: {error:?}");
    assert_eq!(error.status(), 400, "{input}");
    let first = &error.errors()[0];
    assert_eq!(first.code, slug, "{input}: the first error determines the slug");
    let place = match &first.place {
        Place::Pointer(place) | Place::Parameter(place) => place,
    };
    let whole = format!("{place}: {}", first.message);
    assert!(whole.contains(says), "{input}: `{whole}` does not say `{says}`");
    error
}
