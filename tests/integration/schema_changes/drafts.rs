//! Resources that are made while the test runs.

use std::cell::RefCell;

use resourceful::spec::{
    EnumSpec, FieldAccess, FieldRole, FieldSpec, JsonSpec, Kind, OnDelete, PageSpec, RelationKind, RelationSpec,
    ResourceSpec, SearchSpec, TypeSpec, VariantSpec,
};

/// A resource.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) name: String,
    pub(crate) was: Option<String>,
    pub(crate) fields: Vec<Field>,
    pub(crate) unique: Vec<Vec<String>>,
    pub(crate) full_text: bool,
}

/// One of its fields.
#[derive(Debug, Clone)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) was: Option<String>,
    pub(crate) ty: Ty,
    pub(crate) nullable: bool,
    pub(crate) default: Option<String>,
    pub(crate) unique: bool,
    pub(crate) index: bool,
    pub(crate) refers: Option<(String, OnDelete)>,
    /// It had another type before, so its values are written in another way.
    pub(crate) is_retyped: bool,
}

/// A type of a field.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Ty {
    Id,
    I16,
    I32,
    I64,
    F64,
    Decimal,
    Text,
    Bool,
    Uuid,
    Date,
    Timestamp,
    CreatedAt,
    Json,
    Bytes,
    Enum(Vec<String>),
}

pub(crate) fn draft(name: &str, fields: Vec<Field>) -> Draft {
    let id = Field { name: "id".to_owned(), ..field("id", Ty::Id) };
    let fields = [id].into_iter().chain(fields).collect();
    Draft { name: name.to_owned(), was: None, fields, unique: Vec::new(), full_text: false }
}

pub(crate) fn field(name: &str, ty: Ty) -> Field {
    Field {
        name: name.to_owned(),
        was: None,
        ty,
        nullable: false,
        default: None,
        unique: false,
        index: false,
        refers: None,
        is_retyped: false,
    }
}

pub(crate) fn values(values: &[&str]) -> Ty {
    Ty::Enum(values.iter().map(|value| (*value).to_owned()).collect())
}

thread_local! {
    /// The targets of relations, which are found by functions.
    static TARGETS: RefCell<Vec<&'static ResourceSpec>> = const { RefCell::new(Vec::new()) };
}

fn target<const N: usize>() -> &'static ResourceSpec {
    TARGETS.with(|all| all.borrow()[N])
}

const FUNCTIONS: [fn() -> &'static ResourceSpec; 8] =
    [target::<0>, target::<1>, target::<2>, target::<3>, target::<4>, target::<5>, target::<6>, target::<7>];

fn leak(text: &str) -> &'static str {
    String::leak(text.to_owned())
}

/// The specs of these resources. Those of an earlier call have no relations any more.
pub(crate) fn specs(drafts: &[Draft]) -> Vec<&'static ResourceSpec> {
    let specs: Vec<&'static ResourceSpec> =
        drafts.iter().map(|draft| &*Box::leak(Box::new(spec(draft, drafts)))).collect();
    TARGETS.with(|all| all.replace(specs.clone()));
    specs
}

fn spec(draft: &Draft, all: &[Draft]) -> ResourceSpec {
    let fields: Vec<FieldSpec> = draft.fields.iter().map(|field| field_spec(field, draft.full_text)).collect();
    let relation = |field: &Field| {
        let (target, on_delete) = field.refers.clone()?;
        let place = all.iter().position(|other| other.name == target).expect("the target is a resource");
        let (name, on_delete) = (leak(&field.name), on_delete);
        let kind = RelationKind::BelongsTo { field: name, on_delete, any: true };
        Some(RelationSpec { name, json: name, kind, target: FUNCTIONS[place] })
    };
    let relations: Vec<RelationSpec> = draft.fields.iter().filter_map(relation).collect();
    let unique: Vec<&'static [&'static str]> =
        draft.unique.iter().map(|names| &*names.iter().map(|name| leak(name)).collect::<Vec<_>>().leak()).collect();
    let name = leak(&draft.name);
    ResourceSpec {
        type_name: name,
        name,
        table: name,
        was: draft.was.as_deref().map(leak),
        path: name,
        tag: name,
        doc: "",
        fields: fields.leak(),
        id: 0,
        owner: None,
        relations: relations.leak(),
        computed: &[],
        unique: unique.leak(),
        search: if draft.full_text { SearchSpec::FullText } else { SearchSpec::Substring },
        read_permission: "",
        operations: &[],
        page: PageSpec { default: 20, max: 100 },
        sort: &[],
        cache: None,
        require_match: false,
    }
}

static ANY: JsonSpec = JsonSpec { accepts: |_| Ok(()), shape: || resourceful::serde_json::Value::Bool(true) };

fn field_spec(field: &Field, full_text: bool) -> FieldSpec {
    let name = leak(&field.name);
    let kind = match &field.ty {
        Ty::Id | Ty::I64 => Kind::I64,
        Ty::I16 => Kind::I16,
        Ty::I32 => Kind::I32,
        Ty::F64 => Kind::F64,
        Ty::Decimal => Kind::Decimal,
        Ty::Text => Kind::String,
        Ty::Bool => Kind::Bool,
        Ty::Uuid => Kind::Uuid,
        Ty::Date => Kind::Date,
        Ty::Timestamp | Ty::CreatedAt => Kind::Timestamp,
        Ty::Json => Kind::Json(&ANY),
        Ty::Bytes => Kind::Bytes,
        Ty::Enum(values) => {
            let variants: Vec<VariantSpec> =
                values.iter().map(|value| VariantSpec { value: leak(value), doc: "" }).collect();
            Kind::Enum(Box::leak(Box::new(EnumSpec {
                name: "E",
                doc: "",
                variants: variants.leak(),
                postgres_type: None,
            })))
        }
    };
    FieldSpec {
        name,
        json: name,
        column: name,
        was: field.was.as_deref().map(leak),
        doc: "",
        ty: TypeSpec { kind, nullable: field.nullable },
        role: match field.ty {
            Ty::Id => FieldRole::Id,
            Ty::CreatedAt => FieldRole::CreatedAt,
            _ => FieldRole::Plain,
        },
        access: FieldAccess::Normal,
        read: None,
        write: None,
        has_default: field.default.is_some(),
        default_sql: field.default.as_deref().map(leak),
        unique: field.unique,
        index: field.index,
        filter: false,
        sort: false,
        search: full_text && field.ty == Ty::Text,
        file: None,
        rules: &[],
    }
}
