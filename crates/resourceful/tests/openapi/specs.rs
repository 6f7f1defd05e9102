//! Resources written by hand, with every kind, rule and access.

use resourceful::internals::rules::RuleError;
use resourceful::spec::{
    EnumSpec, FieldAccess, FieldRole, FieldSpec, FileSpec, JsonSpec, Kind, OnDelete, Operation, OperationSpec,
    OwnerSpec, PageSpec, RelationKind, RelationSpec, Requirement, ResourceSpec, Rule, SearchSpec, SortSpec, ThumbSpec,
    TypeSpec, VariantSpec,
};
use serde_json::json;

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

static STATUS: EnumSpec = EnumSpec {
    name: "TaskStatus",
    doc: "How far it is.",
    variants: &[VariantSpec { value: "todo", doc: "Not begun." }, VariantSpec { value: "done", doc: "" }],
    postgres_type: None,
};

static FREE: JsonSpec = JsonSpec { accepts: |_| Ok(()), shape: || json!({}) };
static TYPED: JsonSpec = JsonSpec {
    accepts: |value| {
        value.get("color").map(drop).ok_or_else(|| RuleError::new(resourceful::error::codes::REQUIRED, "is required"))
    },
    shape: || json!({"type": "object", "properties": {"color": {"type": "string"}, "size": {"type": "integer"}}, "required": ["color"]}),
};

/// A resource with every kind.
pub(crate) static PROJECT: ResourceSpec = ResourceSpec {
    type_name: "Project",
    name: "projects",
    table: "projects",
    was: None,
    path: "projects",
    tag: "Projects",
    doc: "A piece of work that one user owns.",
    fields: &[
        FieldSpec { role: FieldRole::Id, ..field("id", "id", Kind::Uuid) },
        FieldSpec {
            doc: "What people call it.",
            rules: &[Rule::Length { min: Some(1), max: Some(255) }],
            filter: true,
            sort: true,
            search: true,
            ..field("name", "name", Kind::String)
        },
        FieldSpec { ty: nullable(Kind::String), search: true, ..field("description", "description", Kind::String) },
        FieldSpec { has_default: true, filter: true, ..field("is_active", "isActive", Kind::Bool) },
        field("owner_id", "ownerId", Kind::String),
        FieldSpec {
            ty: nullable(Kind::Timestamp),
            filter: true,
            sort: true,
            ..field("due_date", "dueDate", Kind::Timestamp)
        },
        FieldSpec {
            rules: &[Rule::Range { min: Some("1"), max: Some("5"), exclusive: false }],
            ..field("stars", "stars", Kind::I16)
        },
        FieldSpec {
            ty: nullable(Kind::I32),
            filter: true,
            rules: &[Rule::OneOf(&["10", "20"])],
            ..field("step", "step", Kind::I32)
        },
        FieldSpec { has_default: true, filter: true, ..field("budget", "budget", Kind::I64) },
        FieldSpec {
            rules: &[Rule::Range { min: Some("0.0"), max: Some("1.0"), exclusive: true }],
            ..field("share", "share", Kind::F64)
        },
        field("ratio", "ratio", Kind::F32),
        FieldSpec {
            filter: true,
            sort: true,
            rules: &[Rule::Range { min: Some("0"), max: Some("9.99"), exclusive: false }],
            ..field("price", "price", Kind::Decimal)
        },
        FieldSpec { ty: nullable(Kind::Date), filter: true, ..field("day", "day", Kind::Date) },
        field("hour", "hour", Kind::Time),
        field("moment", "moment", Kind::DateTime),
        FieldSpec { ty: nullable(Kind::Json(&FREE)), ..field("extra", "extra", Kind::Bool) },
        field("look", "look", Kind::Json(&TYPED)),
        FieldSpec {
            ty: nullable(Kind::Bytes),
            rules: &[Rule::Length { min: Some(2), max: Some(7) }],
            ..field("seal", "seal", Kind::Bytes)
        },
        FieldSpec {
            ty: nullable(Kind::File),
            doc: "A drawing.",
            file: Some(FileSpec {
                max: 1024,
                types: &["image/png", "application/pdf"],
                thumbs: &[ThumbSpec { width: 20, height: 10 }],
            }),
            ..field("plan", "plan", Kind::File)
        },
        FieldSpec { filter: true, has_default: true, ..field("status", "status", Kind::Enum(&STATUS)) },
        FieldSpec { ty: nullable(Kind::Enum(&STATUS)), ..field("last_status", "lastStatus", Kind::Bool) },
        FieldSpec { rules: &[Rule::Email], unique: true, ..field("contact", "contact", Kind::String) },
        FieldSpec { ty: nullable(Kind::String), rules: &[Rule::Url], ..field("site", "site", Kind::String) },
        FieldSpec {
            rules: &[Rule::Pattern("^[A-Z]{2}-[0-9]{4,}$"), Rule::Length { min: Some(8), max: Some(20) }],
            access: FieldAccess::CreateOnly,
            ..field("code", "code", Kind::String)
        },
        FieldSpec { rules: &[Rule::Pattern("(?i)^x+$")], ..field("shout", "shout", Kind::String) },
        FieldSpec {
            ty: nullable(Kind::String),
            rules: &[Rule::OneOf(&["s", "m"])],
            ..field("fit", "fit", Kind::String)
        },
        FieldSpec { access: FieldAccess::ReadOnly, has_default: true, ..field("score", "score", Kind::I64) },
        FieldSpec { access: FieldAccess::WriteOnly, ..field("passphrase", "passphrase", Kind::String) },
        FieldSpec {
            access: FieldAccess::Hidden,
            has_default: true,
            filter: true,
            sort: true,
            search: true,
            doc: "Internalword",
            ..field("secret_flag", "secretFlag", Kind::String)
        },
        FieldSpec { role: FieldRole::CreatedAt, ..field("created_at", "createdAt", Kind::Timestamp) },
        FieldSpec { role: FieldRole::UpdatedAt, ..field("updated_at", "updatedAt", Kind::Timestamp) },
    ],
    id: 0,
    owner: Some(OwnerSpec { path: &["owner_id"] }),
    relations: &[RelationSpec {
        name: "owner",
        json: "owner",
        kind: RelationKind::BelongsTo { field: "owner_id", on_delete: OnDelete::Restrict, any: false },
        target: || &COUNTRY,
    }],
    computed: &[],
    unique: &[],
    search: SearchSpec::Substring,
    read_permission: "reading",
    operations: &ALL,
    page: PageSpec { default: 20, max: 100 },
    sort: &[SortSpec { field: "due_date", descending: true }, SortSpec { field: "name", descending: false }],
    cache: None,
    require_match: false,
};

const fn needs(operation: Operation, permission: &'static str) -> OperationSpec {
    OperationSpec { operation, requires: Requirement::Permission(permission) }
}

static ALL: [OperationSpec; 15] = [
    needs(Operation::List, "projects:read"),
    needs(Operation::Count, "projects:read"),
    needs(Operation::Search, "projects:read"),
    needs(Operation::Get, "projects:read"),
    needs(Operation::Create, "projects:write"),
    needs(Operation::BulkCreate, "projects:write"),
    needs(Operation::Update, "projects:write"),
    needs(Operation::Patch, "projects:write"),
    needs(Operation::Delete, "projects:delete"),
    needs(Operation::SelfList, "projects:read:self"),
    needs(Operation::SelfCreate, "projects:write:self"),
    needs(Operation::SelfGet, "projects:read:self"),
    needs(Operation::SelfUpdate, "projects:write:self"),
    needs(Operation::SelfPatch, "projects:write:self"),
    needs(Operation::SelfDelete, "projects:delete:self"),
];

/// A small resource with text ids, which all callers may read.
pub(crate) static COUNTRY: ResourceSpec = ResourceSpec {
    type_name: "SalesCountry",
    name: "countries",
    table: "sales_countries",
    was: None,
    path: "sales-countries",
    tag: "Countries",
    doc: "",
    fields: &[
        FieldSpec {
            role: FieldRole::Id,
            rules: &[Rule::Length { min: Some(2), max: Some(2) }],
            ..field("code", "code", Kind::String)
        },
        field("status", "status", Kind::Enum(&STATUS)),
    ],
    id: 0,
    owner: None,
    relations: &[],
    computed: &[],
    unique: &[],
    search: SearchSpec::Substring,
    read_permission: "reading",
    operations: &[
        OperationSpec { operation: Operation::List, requires: Requirement::Public },
        OperationSpec { operation: Operation::Get, requires: Requirement::Any(&["countries:read", "countries:admin"]) },
        OperationSpec { operation: Operation::Create, requires: Requirement::Role("editor") },
    ],
    page: PageSpec { default: 10, max: 50 },
    sort: &[],
    cache: None,
    require_match: false,
};

/// Another struct of the same name.
pub(crate) static OTHER_PROJECT: ResourceSpec = ResourceSpec {
    type_name: "Project",
    name: "archive",
    table: "archive",
    was: None,
    path: "archive/projects",
    tag: "Projects",
    doc: "",
    fields: &[FieldSpec { role: FieldRole::Id, ..field("id", "id", Kind::I64) }],
    id: 0,
    owner: None,
    relations: &[],
    computed: &[],
    unique: &[],
    search: SearchSpec::Substring,
    read_permission: "reading",
    operations: &[OperationSpec { operation: Operation::Get, requires: Requirement::Public }],
    page: PageSpec { default: 20, max: 100 },
    sort: &[],
    cache: None,
    require_match: false,
};
