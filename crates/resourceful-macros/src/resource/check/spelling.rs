//! What the spelling of a type shows, without resolving it.

use proc_macro2::Ident;
use syn::Type;

/// A type as it is spelled.
#[derive(Debug, Clone, Default)]
pub(super) struct Spelled {
    /// It is spelled `Option<..>`.
    pub(super) optional: bool,
    /// The last word of the type, or of what is in the `Option`; empty for anything but a path.
    pub(super) word: String,
}

/// What a type holds, as far as its spelling shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Whole,
    Float,
    Decimal,
    Bool,
    Uuid,
    Timestamp,
    Calendar,
    Json,
    Bytes,
    File,
}

impl Spelled {
    pub(super) fn of(ty: &Type) -> Self {
        let Some(last) = last_segment(ty) else { return Self::default() };
        let word = last.ident.to_string();
        if word != "Option" {
            let qualified =
                matches!(ty, Type::Path(path) if path.path.segments.iter().any(|part| part.ident == "serde_json"));
            // `Value` without a path may be a type of the user.
            return Self { optional: false, word: if word == "Value" && qualified { "Json".to_owned() } else { word } };
        }
        argument(last).map_or_else(Self::default, |inner| Self { optional: true, ..Self::of(inner) })
    }

    /// Not an `Option`, and this type.
    pub(super) fn is(&self, word: &str) -> bool {
        !self.optional && self.word == word
    }

    /// What it holds; `None` when only the compiler knows.
    pub(super) fn kind(&self) -> Option<Kind> {
        Some(match self.word.as_str() {
            "String" => Kind::Text,
            "i16" | "i32" | "i64" => Kind::Whole,
            "f32" | "f64" => Kind::Float,
            "Decimal" => Kind::Decimal,
            "bool" => Kind::Bool,
            "Uuid" => Kind::Uuid,
            "DateTime" => Kind::Timestamp,
            "NaiveDate" | "NaiveTime" | "NaiveDateTime" => Kind::Calendar,
            "Json" => Kind::Json,
            "Vec" => Kind::Bytes,
            "FileRef" => Kind::File,
            _ => return None,
        })
    }

    /// JSON, bytes or a file, as far as the spelling shows.
    pub(super) fn is_incomparable(&self) -> bool {
        matches!(self.kind(), Some(Kind::Json | Kind::Bytes | Kind::File))
    }

    /// What is incomparable about it, for messages.
    pub(super) fn describe(&self) -> &'static str {
        if self.kind() == Some(Kind::File) { "a file" } else { "JSON or bytes" }
    }

    /// One of the types that an id can have.
    pub(super) fn is_id(&self) -> bool {
        ["Uuid", "i32", "i64", "String"].iter().any(|word| self.is(word))
    }
}

/// What to write instead of a type that certainly cannot be the type of a field; `None` for any other type.
pub(super) fn instead_of(ty: &Type) -> Option<(&Type, &'static str)> {
    let inner = inside_option(ty).unwrap_or(ty);
    let instead = match inner {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) | Type::TraitObject(_) | Type::ImplTrait(_) => {
            "use a type that owns its value, such as `String` for text"
        }
        Type::Tuple(_) | Type::Array(_) | Type::Slice(_) => "use `Json<..>` to store it as JSON",
        _ => match Spelled::of(inner).word.as_str() {
            _ if is_option(inner) => "use one `Option`: there is only one null",
            "u8" | "i8" => "use `i16`, with `range(..)` if the limits matter",
            "u16" => "use `i32`, with `range(0..=65535)` if the limits matter",
            "u32" => "use `i64`, with `range(0..)` if the limits matter",
            "u64" | "usize" | "isize" => "use `i64`, or `Decimal` for larger numbers",
            "u128" | "i128" => "use `Decimal`, or `String`",
            "char" => "use `String` with `length(1..=1)`",
            "HashMap" | "BTreeMap" | "HashSet" | "BTreeSet" => "use `Json<..>` to store it as JSON",
            "Vec" if !is_bytes(inner) => "use `Json<Vec<..>>` to store it as JSON; only `Vec<u8>` is bytes",
            _ => return None,
        },
    };
    Some((inner, instead))
}

/// Whether a type is spelled as this struct is.
pub(super) fn is_self(ident: &Ident, target: &Type) -> bool {
    matches!(target, Type::Path(path) if path.path.is_ident(ident) || path.path.is_ident("Self"))
}

fn argument(segment: &syn::PathSegment) -> Option<&Type> {
    match &segment.arguments {
        syn::PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(syn::GenericArgument::Type(inner)) => Some(inner),
            _ => None,
        },
        _ => None,
    }
}

fn is_option(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|last| last.ident == "Option")
}

/// The type in an `Option`.
pub(super) fn inside_option(ty: &Type) -> Option<&Type> {
    last_segment(ty).filter(|last| last.ident == "Option").and_then(argument)
}

fn is_bytes(vec: &Type) -> bool {
    last_segment(vec).and_then(argument).is_some_and(|item| Spelled::of(item).is("u8"))
}

fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}
