//! The three forms of a resource: as it is written ([`Input`]), what is known of it after errors ([`Outline`]), and
//! checked without errors ([`Resource`]). The last two are emitted.

use proc_macro2::{Ident, Span};
use syn::{Expr, Meta, Path, Type, Visibility};

use crate::attributes::Keys;
use crate::grammar::{FieldKey, OnDelete, Operation, Search, StructKey, Visible};

/// What was read.
pub(crate) enum Read {
    /// A struct with named fields.
    Struct(Box<Input>),
    /// Anything else, which has been reported.
    Other(Option<Names>),
}

/// A struct as it is written.
pub(crate) struct Input {
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) doc: String,
    pub(crate) keys: Keys<StructKey>,
    pub(crate) fields: Vec<FieldInput>,
}

/// A field as it is written.
pub(crate) struct FieldInput {
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) doc: String,
    pub(crate) keys: Keys<FieldKey>,
    /// The words of `#[serde(..)]`, which other derives read.
    pub(crate) serde: Vec<Meta>,
}

/// What is emitted.
pub(crate) enum Checked {
    /// There were no errors.
    Proven(Box<Resource>),
    /// There were errors, and every name, type and signature is known.
    Outline(Box<Outline>),
    /// There were errors, and only names are known.
    Names(Names),
    /// The item could not be read.
    Nothing,
}

/// The generated module, with only names in it.
pub(crate) struct Names {
    pub(crate) vis: Visibility,
    pub(crate) module: Ident,
}

/// The names, types and signatures of a resource: what other code needs in order to compile.
pub(crate) struct Outline {
    /// The path of the runtime.
    pub(crate) krate: Path,
    pub(crate) vis: Visibility,
    /// The same, as seen from within the generated module; nothing in there may be more visible.
    pub(crate) inner_vis: Visibility,
    pub(crate) ident: Ident,
    /// The generated module.
    pub(crate) module: Ident,
    /// The name in permission strings.
    pub(crate) name: String,
    pub(crate) fields: Vec<FieldOutline>,
    /// The index of the id.
    pub(crate) id: usize,
    pub(crate) id_type: TypeName,
    pub(crate) relations: Vec<Relation>,
    pub(crate) computed: Vec<Computed>,
    /// The flags of `Policy` and `Hooks`.
    pub(crate) has_policy: bool,
    pub(crate) has_hooks: bool,
}

/// The names, types and signatures of a field.
pub(crate) struct FieldOutline {
    /// As in the struct, with `r#` where it is there.
    pub(crate) ident: Ident,
    /// Without `r#`.
    pub(crate) name: String,
    /// Of the enum `Column`.
    pub(crate) variant: Ident,
    /// The alias of its type, next to the struct.
    pub(crate) alias: Ident,
    /// As seen from within the generated module.
    pub(crate) vis: Visibility,
    pub(crate) ty: Type,
    /// What is in the `Option`, and the alias of it.
    pub(crate) inner: Option<(Ident, Type)>,
    pub(crate) doc: String,
    /// Its type in declarations.
    pub(crate) named: TypeName,
    /// Its type is spelled `String`, so functions take `impl Into<String>`.
    pub(crate) is_text: bool,
    /// Whether `Create`, and `Update` and `Patch`, have it.
    pub(crate) create: Option<Presence>,
    pub(crate) update: Option<Presence>,
}

/// Which type a declaration names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TypeName {
    /// The field's own.
    Own,
    /// A number, instead of a type that may be the error itself.
    StandIn,
}

/// Whether a body must name a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    Required,
    Optional,
}

/// A resource without errors, whose parts fit each other.
pub(crate) struct Resource {
    pub(crate) outline: Outline,
    /// The parts of each field that the outline does not contain, in the same order.
    pub(crate) fields: Vec<Field>,
    pub(crate) doc: String,
    pub(crate) table: String,
    /// The table's name before.
    pub(crate) was: Option<String>,
    pub(crate) path: String,
    pub(crate) tag: String,
    pub(crate) owner: Vec<Ident>,
    pub(crate) operations: Vec<OfferedOperation>,
    pub(crate) page: PageSizes,
    pub(crate) sort: Vec<SortField>,
    pub(crate) cache: Option<CacheTimes>,
    /// The functions across fields.
    pub(crate) checks: Vec<Path>,
    /// Fields that are unique together, each set by their names.
    pub(crate) unique: Vec<Vec<String>>,
    pub(crate) search: Search,
    /// Writes of a row that exists must say which state of it they are based on.
    pub(crate) require_match: bool,
    /// The flags as they are written, where the compiler points if the implementation is missing.
    pub(crate) policy: Option<Ident>,
    pub(crate) hooks: Option<Ident>,
}

/// The parts of a checked field that its outline does not contain.
pub(crate) struct Field {
    pub(crate) json: String,
    pub(crate) column: String,
    /// The column's name before.
    pub(crate) was: Option<String>,
    pub(crate) role: Role,
    pub(crate) access: Access,
    /// The permissions to see it and to write it.
    pub(crate) read: Option<String>,
    pub(crate) write: Option<String>,
    /// It is the owner's id, which the server sets.
    pub(crate) owns: bool,
    pub(crate) default: Option<DefaultValue>,
    pub(crate) unique: bool,
    pub(crate) index: bool,
    pub(crate) filter: bool,
    pub(crate) sort: bool,
    pub(crate) search: bool,
    pub(crate) file: Option<FileLimits>,
    pub(crate) rules: Vec<Rule>,
    pub(crate) checks: Vec<Path>,
    pub(crate) demands: Vec<Demand>,
}

/// Which files a field takes.
pub(crate) struct FileLimits {
    /// In bytes.
    pub(crate) max: u64,
    pub(crate) types: Vec<String>,
    /// The widths and heights of smaller copies.
    pub(crate) thumbs: Vec<(u32, u32)>,
}

/// The runtime's `FieldRole`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Plain,
    Id,
    CreatedAt,
    UpdatedAt,
    Version,
}

/// The runtime's `FieldAccess`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Normal,
    ReadOnly,
    Generated,
    CreateOnly,
    WriteOnly,
    Hidden,
}

/// The value of a field that a body leaves out.
pub(crate) struct DefaultValue {
    pub(crate) expr: Expr,
    /// `Into` makes the field's type of the literal.
    pub(crate) is_converted: bool,
    /// The literal is text.
    pub(crate) is_text: bool,
    /// The literal is what is in the `Option`.
    pub(crate) is_in_some: bool,
    /// The same as an SQL literal, if the literal and the type allow it.
    pub(crate) sql: Option<String>,
}

/// A rule with literals as text.
pub(crate) enum Rule {
    Length { min: Option<usize>, max: Option<usize> },
    Range { min: Option<String>, max: Option<String>, exclusive: bool },
    Pattern(String),
    Email,
    Url,
    OneOf(Vec<String>),
}

/// A property of a field's type that only the compiler knows, asserted at the token that requires it.
pub(crate) enum Demand {
    Bound { bound: Bound, span: Span },
    Fact { fact: Fact, holds: bool, span: Span, message: String },
}

impl Demand {
    /// The type has this property.
    pub(crate) fn holds(fact: Fact, span: Span, message: impl Into<String>) -> Self {
        Self::Fact { fact, holds: true, span, message: message.into() }
    }

    /// The type does not have this property.
    pub(crate) fn fails(fact: Fact, span: Span, message: impl Into<String>) -> Self {
        Self::Fact { fact, holds: false, span, message: message.into() }
    }
}

/// A trait bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bound {
    IdType,
    LengthRule,
    RangeRule,
    TextRule,
}

impl Bound {
    /// The function of the runtime's `assert` module.
    pub(crate) fn function(self) -> &'static str {
        match self {
            Self::IdType => "id_type",
            Self::LengthRule => "length_rule",
            Self::RangeRule => "range_rule",
            Self::TextRule => "text_rule",
        }
    }
}

/// A property of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fact {
    Comparable,
    File,
    Nullable,
    Text,
    Thumbnails,
    Timestamp,
    Version,
    Whole,
}

impl Fact {
    /// The function of the runtime's `assert` module.
    pub(crate) fn function(self) -> &'static str {
        match self {
            Self::Comparable => "is_comparable",
            Self::File => "is_file",
            Self::Nullable => "is_nullable",
            Self::Text => "is_text",
            Self::Thumbnails => "has_thumbnails",
            Self::Timestamp => "is_timestamp",
            Self::Version => "is_version",
            Self::Whole => "is_whole",
        }
    }
}

/// A relation to another resource.
pub(crate) struct Relation {
    pub(crate) name: String,
    pub(crate) json: String,
    /// Of the enum `Relation`.
    pub(crate) variant: Ident,
    /// The alias of the target, next to the struct.
    pub(crate) alias: Ident,
    pub(crate) target: Type,
    pub(crate) kind: RelationKind,
    /// SeaORM allows one `Related` for each pair of entities, and none to itself.
    pub(crate) related: bool,
}

impl Relation {
    /// Whether one of the two rows refers to the other; SeaORM has a `RelationDef` only for such relations.
    pub(crate) fn is_direct(&self) -> bool {
        !matches!(self.kind, RelationKind::ManyToMany(_))
    }

    /// Whether a row can have several of the other's.
    pub(crate) fn is_to_many(&self) -> bool {
        matches!(self.kind, RelationKind::HasMany { .. } | RelationKind::ManyToMany(_))
    }

    /// The resource between the two, if there is one.
    pub(crate) fn through(&self) -> Option<&Through> {
        match &self.kind {
            RelationKind::ManyToMany(through) => Some(through),
            _ => None,
        }
    }
}

/// Which side holds the reference.
pub(crate) enum RelationKind {
    BelongsTo {
        /// The index of the referring field.
        field: usize,
        on_delete: OnDelete,
        visible: Visible,
    },
    HasMany {
        via: Option<Ident>,
    },
    HasOne {
        via: Option<Ident>,
    },
    ManyToMany(Box<Through>),
}

/// The resource that joins two others.
pub(crate) struct Through {
    pub(crate) target: Type,
    /// The alias of the type, next to the struct.
    pub(crate) alias: Ident,
    /// Its field that refers to the one, and to the other.
    pub(crate) from: Option<Ident>,
    pub(crate) to: Option<Ident>,
}

/// An output field without a column.
pub(crate) struct Computed {
    /// The struct's own function.
    pub(crate) ident: Ident,
    /// Without `r#`.
    pub(crate) name: String,
    pub(crate) json: String,
    /// The alias of its type, next to the struct.
    pub(crate) alias: Ident,
    pub(crate) ty: Type,
    /// The permission to see it.
    pub(crate) read: Option<String>,
}

/// An operation that is offered.
pub(crate) struct OfferedOperation {
    pub(crate) operation: Operation,
    /// The permission; public when `None`.
    pub(crate) permission: Option<String>,
}

/// How many rows a page has.
pub(crate) struct PageSizes {
    pub(crate) default: u32,
    pub(crate) max: u32,
}

/// A field of the default order.
pub(crate) struct SortField {
    pub(crate) name: String,
    /// Descending.
    pub(crate) descending: bool,
}

/// How long answers are kept.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct CacheTimes {
    /// By the server, in milliseconds.
    pub(crate) ttl: Option<u64>,
    /// By browsers and caches in front of the server, in milliseconds.
    pub(crate) max_age: Option<u64>,
}
