//! The cached function as it is written, and as it is emitted.

use proc_macro2::{Ident, Span, TokenStream};
use syn::{Expr, ItemFn, Path};

use super::template::Template;
use crate::attributes::Keys;
use crate::grammar::CachedKey;

/// What was read.
pub(crate) enum Read {
    Function {
        keys: Keys<CachedKey>,
        function: Box<ItemFn>,
    },
    /// An item that is not a function, which has been reported.
    Other(TokenStream),
}

/// What is emitted.
pub(crate) enum Checked {
    /// There were no errors.
    Proven(Box<Cached>),
    /// The item as it is: after errors, so that there are no others about its name.
    Other(TokenStream),
}

/// A function to cache.
pub(crate) struct Cached {
    pub(crate) krate: Path,
    /// In milliseconds.
    pub(crate) ttl: u64,
    pub(crate) key: Key,
    /// With the place of each, for errors of the compiler.
    pub(crate) tags: Vec<(Template, Span)>,
    pub(crate) source: Source,
    /// The names of the arguments, without `self`.
    pub(crate) arguments: Vec<Ident>,
    pub(crate) is_method: bool,
    pub(crate) is_fallible: bool,
    pub(crate) function: ItemFn,
}

pub(crate) enum Key {
    Written(Template, Span),
    /// All arguments but the source of the cache.
    OfArguments(Vec<Ident>),
}

/// Where the function finds its cache.
pub(crate) enum Source {
    /// In an argument; whether that is a reference.
    Argument(Ident, bool),
    SelfValue,
    Expression(Box<Expr>),
}
