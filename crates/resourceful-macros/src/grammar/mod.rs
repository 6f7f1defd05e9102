//! Every word that the macros understand, in tables. Parsing, the messages about unknown words and the reference page
//! all read them, so that a word is written in one place.
//!
//! [`Key`]s are the words of an attribute (`resource`, `endpoint`); [`Word`]s are what may follow them (`options`,
//! `operations`). Both have ids of their own type: a lookup with a typing error does not compile.

mod cached;
mod endpoint;
mod operations;
mod options;
#[cfg(test)]
mod reference;
mod resource;

pub(crate) use cached::CachedKey;
pub(crate) use endpoint::{EndpointKey, MainKey};
pub(crate) use operations::Operation;
pub(crate) use options::{
    CacheOption, Case, ComputedOption, FileOption, OnDelete, PageOption, QueryMode, RelationOption, Search, Selection,
    Visible,
};
pub(crate) use resource::{EnumKey, FieldKey, RESERVED, StructKey, VariantKey};

use crate::errors;

/// What an attribute belongs to: its keys are the variants of the type.
pub(crate) trait Item: Copy + PartialEq + 'static {
    /// In messages: `unknown key .. on a field`.
    const NOUN: &'static str;
    /// The keys.
    const KEYS: &'static [Key<Self>];
    /// Keys that are not implemented yet: refused, rather than accepted and ignored.
    const NOT_YET: &'static [&'static str];

    /// The row of the table.
    fn key(self) -> &'static Key<Self> {
        // Each variant is made together with its row.
        Self::KEYS.iter().find(|key| key.id == self).unwrap_or(&Self::KEYS[0])
    }

    /// As it is written.
    fn name(self) -> &'static str {
        self.key().name
    }

    /// The key with this name.
    fn find(name: &str) -> Option<&'static Key<Self>> {
        Self::KEYS.iter().find(|key| key.name == name)
    }

    /// What is wrong with a key that is not allowed here.
    fn unknown(name: &str) -> String {
        if Self::NOT_YET.contains(&name) {
            return format!("`{name}` on {} is not available yet; remove it", Self::NOUN);
        }
        let known: Vec<&str> = Self::KEYS.iter().map(|key| key.name).collect();
        let unknown = errors::unknown(&format!("key {{}} on {}", Self::NOUN), name, &known);
        // One letter is rather a typing error than a key of something else.
        if known.iter().any(|known| strsim::damerau_levenshtein(name, known) == 1) {
            return unknown;
        }
        let elsewhere = [
            place_of::<StructKey>(name),
            place_of::<FieldKey>(name),
            place_of::<EnumKey>(name),
            place_of::<VariantKey>(name),
        ];
        if let Some(noun) = elsewhere.into_iter().flatten().next() {
            return format!("`{name}` is a key of {noun}, not of {}; move it there", Self::NOUN);
        }
        unknown
    }
}

fn place_of<I: Item>(name: &str) -> Option<&'static str> {
    I::find(name).map(|_| I::NOUN)
}

/// What follows a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Nothing.
    Flag,
    /// `= "text"`
    Text,
    /// `= name`
    Name,
    /// `= name` or `= relation.name`
    Names,
    /// `= path`
    Path,
    /// `= expression`
    Expr,
    /// `(only(a, b))` or `(except(a, b))`
    Choice,
    /// `(a, b)`
    Words,
    /// `(a = "text", b = "text")`
    Texts,
    /// `(a = 1, b = 2)`
    Numbers,
    /// `(a = "5m", b = "30s")`
    Durations,
    /// `(name: Type, option = ..)`, with these options.
    Relation(&'static [RelationOption]),
    /// `(a: Type, b: Type, read = "text")`
    Typed,
    /// `(min..=max)`
    Range,
    /// `("a", "b")`
    Literals,
    /// `("a", path::B)`
    Constants,
    /// `(max = "text", types("text", ..), thumbs("text", ..))`
    File,
}

/// One key.
#[derive(Debug)]
pub(crate) struct Key<I> {
    /// What code calls it.
    pub(crate) id: I,
    /// The word.
    pub(crate) name: &'static str,
    /// What follows it.
    pub(crate) shape: Shape,
    /// It may be given several times.
    pub(crate) repeats: bool,
    /// How it is written in general.
    #[cfg_attr(not(test), allow(dead_code))]
    pub(crate) form: &'static str,
    /// An example, for messages and the reference.
    pub(crate) example: &'static str,
    /// What it does, in sentences.
    pub(crate) help: &'static str,
}

/// Declares an [`Item`]: the enum of its keys and their table.
macro_rules! keys {
    (@repeats) => { false };
    (@repeats repeats) => { true };
    (
        $(#[$doc:meta])* $item:ident on $noun:literal, not yet [$($not_yet:literal),*];
        $($id:ident $name:literal $shape:expr $(, $repeats:ident)? => $form:literal, $example:literal, $help:literal;)*
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $item { $($id,)* }

        impl $crate::grammar::Item for $item {
            const NOUN: &'static str = $noun;
            const NOT_YET: &'static [&'static str] = &[$($not_yet),*];
            const KEYS: &'static [$crate::grammar::Key<Self>] = &[$($crate::grammar::Key {
                id: $item::$id,
                name: $name,
                shape: $shape,
                repeats: $crate::grammar::keys!(@repeats $($repeats)?),
                form: $form,
                example: $example,
                help: $help,
            },)*];
        }
    };
}
use keys;

/// A word of a list.
pub(crate) trait Word: Copy + PartialEq + std::fmt::Debug + 'static {
    /// The words.
    const ALL: &'static [(&'static str, Self)];

    /// The word with this name.
    fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(word, _)| *word == name).map(|(_, word)| *word)
    }

    /// As it is written.
    fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, word)| *word == self).map_or("", |(name, _)| name)
    }

    /// All of them as they are written.
    fn names() -> Vec<&'static str> {
        Self::ALL.iter().map(|(name, _)| *name).collect()
    }
}

/// Declares a list of [`Word`]s. Variants that are emitted have the names that the runtime gives them.
macro_rules! words {
    ($(#[$doc:meta])* $list:ident { $($(#[$note:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum $list { $($(#[$note])* $variant,)* }

        impl $crate::grammar::Word for $list {
            const ALL: &'static [(&'static str, Self)] = &[$(($word, Self::$variant),)*];
        }
    };
}
use words;
