//! The resource twice: as it is written, and as it is proven. Only the second is emitted.

use proc_macro2::{Ident, Span};
use syn::{Expr, Lit, LitStr, Path, Type, Visibility};

use crate::grammar::Key;

/// A struct as it is written.
pub(crate) struct Input {
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) doc: String,
    pub(crate) keys: Keys,
    pub(crate) fields: Vec<InputField>,
}

/// A field as it is written.
pub(crate) struct InputField {
    pub(crate) vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) ty: Type,
    pub(crate) doc: String,
    pub(crate) keys: Keys,
}

/// The attributes of one item.
#[derive(Default)]
pub(crate) struct Keys(pub(crate) Vec<Written>);

/// A key and what follows it.
pub(crate) struct Written {
    pub(crate) key: &'static Key,
    /// The word itself, for messages.
    pub(crate) word: Ident,
    pub(crate) value: Value,
}

/// What follows a key; one variant for each [`Shape`](crate::grammar::Shape).
pub(crate) enum Value {
    Flag,
    Text(LitStr),
    Name(Ident),
    Names(Vec<Ident>),
    Path(Path),
    Expr(Expr),
    Choice(Ident, Vec<Ident>),
    Words(Vec<Ident>),
    Texts(Vec<(Ident, LitStr)>),
    Numbers(Vec<(Ident, syn::LitInt)>),
    Relation(Box<InputRelation>),
    Typed(Box<InputTyped>),
    Range(InputRange),
    Literals(Vec<Lit>),
}

/// `name: Type, option = ..`
pub(crate) struct InputRelation {
    pub(crate) name: Ident,
    pub(crate) target: Type,
    pub(crate) via: Option<Ident>,
    pub(crate) on_delete: Option<LitStr>,
    pub(crate) visible: Option<LitStr>,
    pub(crate) through: Option<Type>,
    pub(crate) from: Option<Ident>,
    pub(crate) to: Option<Ident>,
}

/// `a: Type, b: Type, read = ".."`
pub(crate) struct InputTyped {
    pub(crate) items: Vec<(Ident, Type)>,
    pub(crate) read: Option<LitStr>,
    /// The word itself.
    pub(crate) open: Option<Ident>,
}

/// `min..=max`, the bounds as they are written, without underscores and suffixes.
pub(crate) struct InputRange {
    pub(crate) span: Span,
    pub(crate) min: Option<Bound>,
    pub(crate) max: Option<Bound>,
    pub(crate) exclusive: bool,
}

/// One end of a range.
#[derive(Debug, Clone)]
pub(crate) struct Bound {
    pub(crate) span: Span,
    pub(crate) text: String,
    pub(crate) whole: bool,
}

impl Keys {
    /// The key with this name, if it is written.
    pub(crate) fn get(&self, name: &str) -> Option<&Written> {
        self.0.iter().find(|written| written.key.name == name)
    }

    /// The word of the key with this name, if it is written.
    pub(crate) fn word(&self, name: &str) -> Option<&Ident> {
        self.get(name).map(|written| &written.word)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    pub(crate) fn text(&self, name: &str) -> Option<&LitStr> {
        match self.get(name) {
            Some(Written { value: Value::Text(text), .. }) => Some(text),
            _ => None,
        }
    }

    pub(crate) fn path(&self, name: &str) -> Option<&Path> {
        match self.get(name) {
            Some(Written { value: Value::Path(path), .. }) => Some(path),
            _ => None,
        }
    }

    /// Every path that the key with this name is given.
    pub(crate) fn paths(&self, name: &str) -> Vec<Path> {
        let of = |written: &Written| match &written.value {
            Value::Path(path) if written.key.name == name => Some(path.clone()),
            _ => None,
        };
        self.0.iter().filter_map(of).collect()
    }

    pub(crate) fn relations(&self, name: &str) -> impl Iterator<Item = &InputRelation> {
        self.0.iter().filter(move |written| written.key.name == name).filter_map(|written| match &written.value {
            Value::Relation(relation) => Some(relation.as_ref()),
            _ => None,
        })
    }
}

/// A resource whose every part fits the others.
pub(crate) struct Resource {
    /// The path of the runtime.
    pub(crate) krate: Path,
    pub(crate) vis: Visibility,
    /// The same, as seen from inside the generated module; nothing in there may be more visible.
    pub(crate) inner_vis: Visibility,
    pub(crate) ident: Ident,
    pub(crate) module: Ident,
    pub(crate) doc: String,
    pub(crate) name: String,
    pub(crate) table: String,
    pub(crate) path: String,
    pub(crate) tag: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) id: usize,
    /// False beside errors: then nothing is asked of the types, and no function has a body.
    pub(crate) proven: bool,
    pub(crate) owner: Vec<Ident>,
    pub(crate) relations: Vec<Relation>,
    pub(crate) operations: Vec<Operation>,
    pub(crate) page: (u32, u32),
    /// Field names; `true` puts the largest first.
    pub(crate) sort: Vec<(String, bool)>,
    pub(crate) computed: Vec<Computed>,
    /// The functions across fields.
    pub(crate) checks: Vec<Path>,
    /// Fields that are unique together, each set by their names.
    pub(crate) unique: Vec<Vec<String>>,
    /// The runtime's variant of `SearchSpec`.
    pub(crate) search: &'static str,
    /// The flags themselves, where what they promise is asked for.
    pub(crate) policy: Option<Ident>,
    pub(crate) hooks: Option<Ident>,
}

/// A proven field.
pub(crate) struct Field {
    /// As in the struct, with `r#` where it is there.
    pub(crate) ident: Ident,
    /// Without `r#`.
    pub(crate) name: String,
    pub(crate) json: String,
    pub(crate) column: String,
    /// Of the enum `Column`.
    pub(crate) variant: Ident,
    /// The alias of its type beside the struct.
    pub(crate) alias: Ident,
    /// As seen from inside the generated module.
    pub(crate) vis: Visibility,
    pub(crate) ty: Type,
    pub(crate) spelled: Spelled,
    pub(crate) doc: String,
    pub(crate) role: Role,
    pub(crate) access: Access,
    /// The permissions to see it and to write it.
    pub(crate) read: Option<String>,
    pub(crate) write: Option<String>,
    /// It is the owner's id, which the server sets.
    pub(crate) owns: bool,
    pub(crate) default: Option<Expr>,
    pub(crate) unique: bool,
    pub(crate) index: bool,
    pub(crate) filter: bool,
    pub(crate) sort: bool,
    pub(crate) search: bool,
    pub(crate) rules: Vec<Rule>,
    pub(crate) checks: Vec<Path>,
    pub(crate) demands: Vec<Demand>,
}

impl Field {
    /// Whether the typed bodies that create a row have it: what callers may write (the runtime's
    /// `ResourceSpec::is_creatable`), and a text id that is the owner, which seeds and provisioning name.
    pub(crate) fn is_creatable(&self) -> bool {
        let role = match self.role {
            Role::Id => return self.spelled.is("String") && !matches!(self.access, Access::ReadOnly | Access::Hidden),
            Role::CreatedAt | Role::UpdatedAt => false,
            Role::Plain => !self.owns || self.write.is_some(),
        };
        role && !matches!(self.access, Access::ReadOnly | Access::Hidden)
    }

    /// Whether a caller may write it in a row that exists; the runtime's `ResourceSpec::is_updatable`.
    pub(crate) fn is_updatable(&self) -> bool {
        self.is_creatable() && self.role != Role::Id && self.access != Access::CreateOnly
    }

    /// Whether the typed bodies demand it; the owner, when nobody is named, is the caller.
    pub(crate) fn is_required(&self) -> bool {
        !self.spelled.optional && self.default.is_none() && !(self.owns && self.role != Role::Id)
    }
}

/// The struct's variant of the runtime's `FieldRole`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Plain,
    Id,
    CreatedAt,
    UpdatedAt,
}

/// The struct's variant of the runtime's `FieldAccess`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Normal,
    ReadOnly,
    CreateOnly,
    WriteOnly,
    Hidden,
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

/// Something only the compiler can find out about a field's type, asserted at the token that demands it.
pub(crate) enum Demand {
    /// A trait bound: a function of the runtime's `assert` module.
    Bound(&'static str, Span),
    /// A fact of the type: a function of the same module, whether it must hold, and what to say if it does not.
    Fact(&'static str, bool, Span, String),
}

/// What can be seen of a type without resolving it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Spelled {
    /// It is spelled `Option<..>`.
    pub(crate) optional: bool,
    /// The last word of the type, or of what is inside the `Option`; empty for anything but a path.
    pub(crate) word: String,
}

impl Spelled {
    /// Not an `Option`, and this type.
    pub(crate) fn is(&self, word: &str) -> bool {
        !self.optional && self.word == word
    }
}

/// A proven relation.
pub(crate) struct Relation {
    pub(crate) name: String,
    pub(crate) json: String,
    /// Of the enum `Relation`.
    pub(crate) variant: Ident,
    /// The alias of the target beside the struct.
    pub(crate) alias: Ident,
    pub(crate) target: Type,
    pub(crate) kind: RelationKind,
    /// SeaORM allows one `Related` for each pair of entities, and none to itself.
    pub(crate) related: bool,
}

impl Relation {
    /// Whether one of the two rows refers to the other; of nothing else SeaORM has a `RelationDef`.
    pub(crate) fn is_direct(&self) -> bool {
        !matches!(self.kind, RelationKind::ManyToMany(_))
    }

    /// Whether a row can have several of the other's.
    pub(crate) fn is_to_many(&self) -> bool {
        matches!(self.kind, RelationKind::HasMany { .. } | RelationKind::ManyToMany(_))
    }
}

/// Which side holds the reference.
pub(crate) enum RelationKind {
    /// The index of the referring field, the runtime's name of what happens on delete, and whether it may refer to rows
    /// that its writer may not see.
    BelongsTo {
        field: usize,
        on_delete: &'static str,
        any: bool,
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
    /// The alias of the type beside the struct.
    pub(crate) alias: Ident,
    /// Its field that refers to the one, and to the other.
    pub(crate) from: Option<Ident>,
    pub(crate) to: Option<Ident>,
}

/// An output field that is no column.
pub(crate) struct Computed {
    /// The struct's own function.
    pub(crate) ident: Ident,
    /// Without `r#`.
    pub(crate) name: String,
    pub(crate) json: String,
    /// The alias of its type beside the struct.
    pub(crate) alias: Ident,
    pub(crate) ty: Type,
    /// The permission to see it.
    pub(crate) read: Option<String>,
}

/// An operation that is offered.
pub(crate) struct Operation {
    /// The runtime's variant.
    pub(crate) variant: &'static str,
    /// The permission; public when `None`.
    pub(crate) permission: Option<String>,
}
