//! The endpoint as it is written, and as it is emitted.

use proc_macro2::TokenStream;
use syn::{ItemFn, LitStr, Path};

use crate::attributes::{Constant, Keys};
use crate::grammar::EndpointKey;

/// What was read.
pub(crate) enum Read {
    Endpoint(Box<Input>),
    /// An item that is not a function, which has been reported.
    Other(TokenStream),
}

/// The endpoint as it is written.
pub(crate) struct Input {
    pub(crate) method: &'static str,
    pub(crate) path: Option<LitStr>,
    pub(crate) keys: Keys<EndpointKey>,
    pub(crate) function: ItemFn,
}

/// What is emitted.
pub(crate) enum Checked {
    /// There were no errors.
    Proven(Box<Endpoint>),
    /// There were errors: only the function's name is known.
    Outline(Box<Outline>),
    /// The item as it is.
    Other(TokenStream),
}

/// What other code needs of an endpoint.
pub(crate) struct Outline {
    pub(crate) krate: Path,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) doc: String,
    pub(crate) function: ItemFn,
}

/// An endpoint whose every part fits the others.
pub(crate) struct Endpoint {
    pub(crate) outline: Outline,
    pub(crate) access: Access,
    pub(crate) query: QueryUse,
    /// How many values the arguments take from the path, if their types show it.
    pub(crate) path_values: Option<usize>,
}

/// Who may call; the runtime's `Requirement`.
pub(crate) enum Access {
    Public,
    Permission(Constant),
    Role(Constant),
    Scope(Constant),
    Any(Vec<Constant>),
    All(Vec<Constant>),
}

/// Which query parameters it takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QueryUse {
    /// Of any name.
    Any,
    /// None.
    Nothing,
    /// What its arguments read.
    OfArguments,
}
