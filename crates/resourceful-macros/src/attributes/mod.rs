//! Attributes as they are written: keys, and the values that follow them.

mod parse;
mod parts;
mod recover;

use proc_macro2::{Ident, Span, TokenStream};
use quote::ToTokens;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, Lit, LitInt, LitStr, Path, Type};

use crate::grammar::{Item, Key, OnDelete, Selection, Shape, Visible};

pub(crate) use parse::{doc, read_attributes, read_key};
pub(crate) use recover::skip_to_comma;

/// The attributes of one item.
pub(crate) struct Keys<I: Item>(pub(crate) Vec<Written<I>>, pub(crate) Unread);

/// Whether a key could not be read. It has been reported, and may be the very one that seems to be missing then.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Unread(pub(crate) bool);

/// A key and its value.
pub(crate) struct Written<I: Item> {
    pub(crate) key: &'static Key<I>,
    /// The word itself, for messages.
    pub(crate) word: Ident,
    pub(crate) value: Value,
}

/// What follows a key; one variant for each [`Shape`].
pub(crate) enum Value {
    Flag,
    Text(LitStr),
    Name(Ident),
    Names(Vec<Ident>),
    Path(Path),
    Expr(Expr),
    Choice(Selection, Vec<Ident>),
    Words(Vec<Ident>),
    Texts(Vec<(Ident, LitStr)>),
    Numbers(Vec<(Ident, LitInt)>),
    Durations(Vec<(Ident, Expr)>),
    Relation(Box<RelationInput>),
    Typed(Box<TypedInput>),
    Range(RangeInput),
    Literals(Vec<Lit>),
    Constants(Vec<Constant>),
    File(Box<FileInput>),
}

/// A text, or the path of a constant that is one.
#[derive(Clone)]
pub(crate) enum Constant {
    Text(LitStr),
    Path(Path),
}

impl Parse for Constant {
    fn parse(input: ParseStream) -> syn::Result<Self> {
        if input.peek(Lit) { input.parse().map(Self::Text) } else { input.call(Path::parse_mod_style).map(Self::Path) }
    }
}

impl ToTokens for Constant {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Text(text) => text.to_tokens(tokens),
            Self::Path(path) => path.to_tokens(tokens),
        }
    }
}

/// `name: Type, option = ..`
pub(crate) struct RelationInput {
    pub(crate) name: Ident,
    pub(crate) target: Type,
    pub(crate) via: Option<Ident>,
    /// Each with its span, for messages.
    pub(crate) on_delete: Option<(OnDelete, Span)>,
    pub(crate) visible: Option<Visible>,
    pub(crate) through: Option<Type>,
    pub(crate) from: Option<Ident>,
    pub(crate) to: Option<Ident>,
    /// False when an option could not be read: then missing options are not reported.
    pub(crate) is_complete: bool,
}

/// `a: Type, b: Type, read = ".."`
pub(crate) struct TypedInput {
    pub(crate) items: Vec<(Ident, Type)>,
    pub(crate) read: Option<LitStr>,
    /// The word itself.
    pub(crate) open: Option<Ident>,
    /// False when an option could not be read: then missing options are not reported.
    pub(crate) is_complete: bool,
}

/// `max = "..", types(".."), thumbs("..")`
pub(crate) struct FileInput {
    pub(crate) max: Option<LitStr>,
    pub(crate) types: Option<Vec<LitStr>>,
    /// The word itself, and the sizes.
    pub(crate) thumbs: Option<(Ident, Vec<LitStr>)>,
    /// False when an option could not be read: then missing options are not reported.
    pub(crate) is_complete: bool,
}

/// `min..=max`, the bounds as they are written, without underscores and suffixes.
pub(crate) struct RangeInput {
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

impl<I: Item> Default for Keys<I> {
    fn default() -> Self {
        Self(Vec::new(), Unread::default())
    }
}

impl<I: Item> Keys<I> {
    /// Whether every key could be read, so that a key that is not there is missing.
    pub(crate) fn is_complete(&self) -> bool {
        self.1 == Unread(false)
    }

    /// The key, if it is written.
    pub(crate) fn get(&self, key: I) -> Option<&Written<I>> {
        self.all(key).next()
    }

    /// Each time that the key is written.
    pub(crate) fn all(&self, key: I) -> impl Iterator<Item = &Written<I>> {
        self.0.iter().filter(move |written| written.key.id == key)
    }

    /// The word of the key, if it is written.
    pub(crate) fn word(&self, key: I) -> Option<&Ident> {
        self.get(key).map(|written| &written.word)
    }

    pub(crate) fn has(&self, key: I) -> bool {
        self.get(key).is_some()
    }

    pub(crate) fn text(&self, key: I) -> Option<&LitStr> {
        self.shaped(key, Shape::Text, |value| match value {
            Value::Text(text) => Some(text),
            _ => None,
        })
    }

    pub(crate) fn name(&self, key: I) -> Option<&Ident> {
        self.shaped(key, Shape::Name, |value| match value {
            Value::Name(name) => Some(name),
            _ => None,
        })
    }

    /// The parts of `relation.field`.
    pub(crate) fn names(&self, key: I) -> Option<&[Ident]> {
        self.shaped(key, Shape::Names, |value| match value {
            Value::Names(names) => Some(names.as_slice()),
            _ => None,
        })
    }

    pub(crate) fn path(&self, key: I) -> Option<&Path> {
        self.shaped(key, Shape::Path, |value| match value {
            Value::Path(path) => Some(path),
            _ => None,
        })
    }

    /// Every path that the key is given.
    pub(crate) fn paths(&self, key: I) -> Vec<Path> {
        let path = |written: &Written<I>| match &written.value {
            Value::Path(path) => Some(path.clone()),
            _ => None,
        };
        self.all(key).filter_map(path).collect()
    }

    pub(crate) fn expr(&self, key: I) -> Option<&Expr> {
        self.shaped(key, Shape::Expr, |value| match value {
            Value::Expr(expr) => Some(expr),
            _ => None,
        })
    }

    pub(crate) fn choice(&self, key: I) -> Option<(Selection, &[Ident])> {
        self.shaped(key, Shape::Choice, |value| match value {
            Value::Choice(selection, words) => Some((*selection, words.as_slice())),
            _ => None,
        })
    }

    pub(crate) fn words(&self, key: I) -> Option<&[Ident]> {
        self.shaped(key, Shape::Words, |value| match value {
            Value::Words(words) => Some(words.as_slice()),
            _ => None,
        })
    }

    pub(crate) fn texts(&self, key: I) -> Option<&[(Ident, LitStr)]> {
        self.shaped(key, Shape::Texts, |value| match value {
            Value::Texts(texts) => Some(texts.as_slice()),
            _ => None,
        })
    }

    pub(crate) fn numbers(&self, key: I) -> Option<&[(Ident, LitInt)]> {
        self.shaped(key, Shape::Numbers, |value| match value {
            Value::Numbers(numbers) => Some(numbers.as_slice()),
            _ => None,
        })
    }

    /// Durations as they are written, which need not be durations.
    pub(crate) fn durations(&self, key: I) -> Option<&[(Ident, Expr)]> {
        self.shaped(key, Shape::Durations, |value| match value {
            Value::Durations(durations) => Some(durations.as_slice()),
            _ => None,
        })
    }

    /// Every relation that the key declares.
    pub(crate) fn relations(&self, key: I) -> impl Iterator<Item = &RelationInput> {
        self.all(key).filter_map(|written| match &written.value {
            Value::Relation(relation) => Some(relation.as_ref()),
            _ => None,
        })
    }

    /// Every list of typed names that the key is given.
    pub(crate) fn typed(&self, key: I) -> impl Iterator<Item = &TypedInput> {
        self.all(key).filter_map(|written| match &written.value {
            Value::Typed(list) => Some(list.as_ref()),
            _ => None,
        })
    }

    /// The options of a file, and the word of the key.
    pub(crate) fn file(&self, key: I) -> Option<(&Ident, &FileInput)> {
        let written = self.get(key)?;
        match &written.value {
            Value::File(file) => Some((&written.word, file.as_ref())),
            _ => None,
        }
    }

    /// What follows the key, which the caller knows to have this shape.
    fn shaped<'a, T>(&'a self, key: I, shape: Shape, read: impl FnOnce(&'a Value) -> Option<T>) -> Option<T> {
        debug_assert_eq!(key.key().shape, shape, "`{}` has another shape", key.name());
        self.get(key).and_then(|written| read(&written.value))
    }
}
