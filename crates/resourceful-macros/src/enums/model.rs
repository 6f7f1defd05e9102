//! The enum as it is written, and as it is emitted.

use proc_macro2::Ident;
use syn::{Fields, Path};

use crate::attributes::Keys;
use crate::grammar::{EnumKey, VariantKey};

/// The enum as it is written.
pub(crate) struct Input {
    pub(crate) ident: Ident,
    pub(crate) doc: String,
    pub(crate) keys: Keys<EnumKey>,
    pub(crate) variants: Vec<VariantInput>,
}

/// A variant as it is written.
pub(crate) struct VariantInput {
    pub(crate) ident: Ident,
    pub(crate) fields: Fields,
    pub(crate) doc: String,
    pub(crate) keys: Keys<VariantKey>,
}

/// What is emitted.
pub(crate) enum Checked {
    /// There were no errors.
    Proven(Enum),
    /// There were errors: the implementations without bodies.
    Outline(Outline),
    /// The item could not be read.
    Nothing,
}

/// What other code needs of an enum.
pub(crate) struct Outline {
    pub(crate) krate: Path,
    pub(crate) ident: Ident,
}

/// An enum that can be a field's type.
pub(crate) struct Enum {
    pub(crate) outline: Outline,
    pub(crate) doc: String,
    pub(crate) variants: Vec<Variant>,
}

/// A variant, with how it is written in JSON and in the database.
pub(crate) struct Variant {
    pub(crate) ident: Ident,
    pub(crate) value: String,
    pub(crate) doc: String,
}
