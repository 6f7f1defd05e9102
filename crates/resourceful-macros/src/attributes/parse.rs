//! Tokens to [`Keys`], by the tables of `grammar`. One key that cannot be read does not hide the next.

use proc_macro2::{Ident, Span};
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Lit, LitStr, Meta, Token, parenthesized};

use super::parts::{self, Part};
use super::recover::skip_to_comma;
use super::{Keys, Unread, Value, Written};
use crate::errors::Errors;
use crate::grammar::{Item, Key, Shape};

/// The text of the doc comments.
pub(crate) fn doc(attrs: &[Attribute]) -> String {
    let lines = attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::NameValue(meta) if meta.path.is_ident("doc") => match &meta.value {
            Expr::Lit(expr) => match &expr.lit {
                Lit::Str(line) => Some(line.value()),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    let lines: Vec<String> = lines.map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned()).collect();
    lines.join("\n").trim().to_owned()
}

/// Reads every `#[resource(..)]` of an item.
pub(crate) fn read_attributes<I: Item>(attrs: &[Attribute], errors: &mut Errors) -> Keys<I> {
    let mut keys = Keys::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("resource")) {
        let Meta::List(list) = &attr.meta else {
            errors.on(attr, "expected keys in parentheses; write `#[resource(key, key = value)]`");
            continue;
        };
        let read = |input: ParseStream| {
            while !input.is_empty() {
                read_key(input, &mut keys, errors);
            }
            Ok(())
        };
        if let Err(error) = read.parse2(list.tokens.clone()) {
            errors.push(error);
        }
    }
    keys
}

/// Reads one key and the comma after it; after an error, everything up to the comma is skipped.
pub(crate) fn read_key<I: Item>(input: ParseStream, keys: &mut Keys<I>, errors: &mut Errors) {
    let Ok(word) = input.call(Ident::parse_any) else {
        let example = I::KEYS[0].example;
        errors.at(input.span(), format!("expected a key of {}, such as `{example}`", I::NOUN));
        keys.1 = Unread(true);
        return skip_to_comma(input);
    };
    let name = word.unraw().to_string();
    let Some(key) = I::find(&name) else {
        errors.at(word.span(), I::unknown(&name));
        keys.1 = Unread(true);
        return skip_to_comma(input);
    };
    let value = match read_value(key, &word, input, errors) {
        Ok(value) => value,
        Err(error) => {
            errors.push(error);
            keys.1 = Unread(true);
            return skip_to_comma(input);
        }
    };
    keys.1 = Unread(keys.1.0 || value.is_none());
    if !key.repeats && keys.has(key.id) {
        errors.at(word.span(), format!("`{name}` is given twice; remove one of the two"));
    } else if let Some(value) = value {
        keys.0.push(Written { key, word, value });
    }
    if !input.is_empty() && input.parse::<Token![,]>().is_err() {
        errors.at(input.span(), format!("expected a comma after `{name}`; write for example `{}`", key.example));
        skip_to_comma(input);
    }
}

/// What follows a key; `None` when nothing of it could be read, which has been reported then.
fn read_value<I: Item>(
    key: &'static Key<I>,
    word: &Ident,
    input: ParseStream,
    errors: &mut Errors,
) -> syn::Result<Option<Value>> {
    let part = Part { name: key.name, example: key.example, help: key.help };
    let ends = || input.is_empty() || input.peek(Token![,]);
    // A value that is something else has been taken from the input when it is refused.
    let is_incomplete = ends() || (input.peek(Token![=]) && (input.peek2(Token![,]) || is_last(input)));
    let unread = |span: Span| if is_incomplete { part.incomplete(word.span()) } else { part.unreadable(span) };
    let at_word = |error: syn::Error| unread(error.span());
    let assigned = || input.parse::<Token![=]>().map_err(at_word);
    Ok(Some(match key.shape {
        Shape::Flag if ends() => Value::Flag,
        Shape::Flag => {
            let message = format!("`{0}` has no value; write `{0}` alone", key.name);
            return Err(syn::Error::new(input.span(), message));
        }
        Shape::Text => {
            assigned()?;
            Value::Text(input.parse::<LitStr>().map_err(at_word)?)
        }
        Shape::Name => {
            assigned()?;
            Value::Name(input.parse::<Ident>().map_err(at_word)?)
        }
        Shape::Names => {
            assigned()?;
            let names = Punctuated::<Ident, Token![.]>::parse_separated_nonempty_with(input, Ident::parse_any);
            Value::Names(names.map_err(at_word)?.into_iter().collect())
        }
        Shape::Path => {
            assigned()?;
            Value::Path(input.call(syn::Path::parse_mod_style).map_err(at_word)?)
        }
        Shape::Expr => {
            assigned()?;
            Value::Expr(input.parse::<Expr>().map_err(at_word)?)
        }
        Shape::Choice
        | Shape::Words
        | Shape::Texts
        | Shape::Numbers
        | Shape::Durations
        | Shape::Relation(_)
        | Shape::Typed
        | Shape::Range
        | Shape::Literals
        | Shape::Constants
        | Shape::File => {
            if !input.peek(syn::token::Paren) {
                return Err(unread(input.span()));
            }
            let content;
            parenthesized!(content in input);
            let value = parts::read_parentheses(key.shape, &part, &content, errors);
            // The rest must be read, or syn reports it as another error.
            while !content.is_empty() {
                content.parse::<proc_macro2::TokenTree>()?;
            }
            return Ok(value);
        }
    }))
}

/// Whether one token is left.
fn is_last(input: ParseStream) -> bool {
    let rest = input.fork();
    rest.parse::<proc_macro2::TokenTree>().is_ok() && rest.is_empty()
}
