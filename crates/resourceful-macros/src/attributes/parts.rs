//! The elements in the parentheses of a key. Each element is read separately: one that cannot be read is reported, and
//! reading continues with the next one.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::spanned::Spanned;
use syn::{Lit, LitStr, Token, Type, parenthesized};

use super::recover::skip_to_comma;
use super::{Bound, FileInput, RangeInput, RelationInput, TypedInput, Value};
use crate::errors::{self, Errors};
use crate::grammar::{ComputedOption, FileOption, RelationOption, Selection, Shape, Word};

/// How messages describe the key that is read.
pub(super) struct Part {
    pub(super) name: &'static str,
    pub(super) example: &'static str,
    pub(super) help: &'static str,
}

impl Part {
    /// Something is missing.
    pub(super) fn incomplete(&self, span: Span) -> syn::Error {
        let Self { name, example, help } = self;
        syn::Error::new(span, format!("`{name}` is incomplete; write for example `{example}`\n{help}"))
    }

    /// Something that is not allowed here.
    pub(super) fn unreadable(&self, span: Span) -> syn::Error {
        let Self { name, example, help } = self;
        syn::Error::new(span, format!("`{name}` is not written like this; write for example `{example}`\n{help}"))
    }

    fn twice(&self, option: &Ident) -> syn::Error {
        let message = format!("`{option}` is given twice in `{}`; remove one of the two", self.name);
        syn::Error::new(option.span(), message)
    }

    fn unknown_option(&self, option: &Ident, allowed: &[&str]) -> syn::Error {
        let message = errors::unknown(&format!("option {{}} of `{}`", self.name), &option.to_string(), allowed);
        syn::Error::new(option.span(), message)
    }

    /// Reads elements that commas separate; false when one of them could not be read.
    fn read_each(
        &self,
        content: ParseStream,
        errors: &mut Errors,
        mut read: impl FnMut(ParseStream, &mut Errors) -> syn::Result<()>,
    ) -> bool {
        let mut is_complete = true;
        while !content.is_empty() {
            let start = content.span();
            let comma = |()| if content.is_empty() { Ok(()) } else { content.parse::<Token![,]>().map(|_| ()) };
            if let Err(error) = read(content, errors).and_then(comma) {
                errors.push(self.explained(error, content, start));
                is_complete = false;
                skip_to_comma(content);
            }
        }
        is_complete
    }

    /// Reports how the key is written, instead of the token that syn expected.
    fn explained(&self, error: syn::Error, content: ParseStream, start: Span) -> syn::Error {
        let message = error.to_string();
        if message.starts_with("expected") || message.starts_with("unexpected end") {
            return self.unreadable(if content.is_empty() { start } else { error.span() });
        }
        error
    }
}

/// Reads the parentheses; `None` when no part of them can be used.
pub(super) fn read_parentheses(shape: Shape, part: &Part, content: ParseStream, errors: &mut Errors) -> Option<Value> {
    if content.is_empty() {
        errors.push(part.incomplete(content.span()));
        return None;
    }
    let start = content.span();
    match shape {
        Shape::Words => Some(Value::Words(read_list(part, content, errors, |content| content.parse()))),
        Shape::Texts => Some(Value::Texts(read_list(part, content, errors, read_assignment))),
        Shape::Numbers => Some(Value::Numbers(read_list(part, content, errors, read_assignment))),
        Shape::Durations => Some(Value::Durations(read_list(part, content, errors, read_assignment))),
        Shape::Literals => Some(Value::Literals(read_list(part, content, errors, |content| content.parse()))),
        Shape::Constants => Some(Value::Constants(read_list(part, content, errors, |content| content.parse()))),
        Shape::Relation(options) => read_relation(part, options, content, errors),
        Shape::Typed => Some(Value::Typed(Box::new(read_typed_list(part, content, errors)))),
        Shape::File => Some(Value::File(Box::new(read_file(part, content, errors)))),
        Shape::Range => {
            let range = read_range(part, content).map(Value::Range);
            reported(part, content, start, range, errors)
        }
        _ => {
            let choice = read_choice(part, content, errors);
            reported(part, content, start, choice, errors)
        }
    }
}

/// The value, or `None` and a report.
fn reported(
    part: &Part,
    content: ParseStream,
    start: Span,
    read: syn::Result<Value>,
    errors: &mut Errors,
) -> Option<Value> {
    let error = match read {
        Ok(value) if content.is_empty() => return Some(value),
        Ok(_) => part.unreadable(content.span()),
        Err(error) => part.explained(error, content, start),
    };
    errors.push(error);
    None
}

fn read_list<T>(
    part: &Part,
    content: ParseStream,
    errors: &mut Errors,
    read: impl Fn(ParseStream) -> syn::Result<T>,
) -> Vec<T> {
    let mut list = Vec::new();
    part.read_each(content, errors, |content, _| {
        list.push(read(content)?);
        Ok(())
    });
    list
}

/// `word = value`
fn read_assignment<T: Parse>(content: ParseStream) -> syn::Result<(Ident, T)> {
    let name = content.call(Ident::parse_any)?;
    content.parse::<Token![=]>()?;
    Ok((name, content.parse()?))
}

/// `name: Type`
fn read_typed_name(content: ParseStream) -> syn::Result<(Ident, Type)> {
    let name = content.parse()?;
    content.parse::<Token![:]>()?;
    Ok((name, content.parse()?))
}

/// `only(..)` or `except(..)`
fn read_choice(part: &Part, content: ParseStream, errors: &mut Errors) -> syn::Result<Value> {
    let choice: Ident = content.parse()?;
    let Some(selection) = Selection::find(&choice.to_string()) else {
        let message = errors::unknown("choice {}", &choice.to_string(), &Selection::names());
        return Err(syn::Error::new(choice.span(), message));
    };
    let inner;
    parenthesized!(inner in content);
    Ok(Value::Choice(selection, read_list(part, &inner, errors, |inner| inner.parse())))
}

/// Names with their types, followed by options that apply to all of them.
fn read_typed_list(part: &Part, content: ParseStream, errors: &mut Errors) -> TypedInput {
    let mut list = TypedInput { items: Vec::new(), read: None, open: None, is_complete: true };
    let mut is_first = true;
    let is_complete = part.read_each(content, errors, |content, _| {
        if std::mem::take(&mut is_first) || content.peek2(Token![:]) {
            list.items.push(read_typed_name(content)?);
            return Ok(());
        }
        let option: Ident = content.call(Ident::parse_any)?;
        let is_double = match ComputedOption::find(&option.to_string()) {
            Some(ComputedOption::Read) => {
                content.parse::<Token![=]>()?;
                list.read.replace(content.parse()?).is_some()
            }
            Some(ComputedOption::Open) => list.open.replace(option.clone()).is_some(),
            None => {
                let unknown = part.unknown_option(&option, &ComputedOption::names());
                let hint = format!("{unknown}\na computed field has a type: write `{option}: Type`");
                return Err(syn::Error::new(option.span(), hint));
            }
        };
        if is_double { Err(part.twice(&option)) } else { Ok(()) }
    });
    TypedInput { is_complete, ..list }
}

/// The options of a file.
fn read_file(part: &Part, content: ParseStream, errors: &mut Errors) -> FileInput {
    let mut file = FileInput { max: None, types: None, thumbs: None, is_complete: true };
    let mut lists_complete = true;
    let is_complete = part.read_each(content, errors, |content, errors| {
        let option: Ident = content.call(Ident::parse_any)?;
        let Some(known) = FileOption::find(&option.to_string()) else {
            return Err(part.unknown_option(&option, &FileOption::names()));
        };
        let list = |errors: &mut Errors| -> syn::Result<(Vec<LitStr>, bool)> {
            let inner;
            parenthesized!(inner in content);
            let mut list = Vec::new();
            let complete = part.read_each(&inner, errors, |inner, _| {
                list.push(inner.parse()?);
                Ok(())
            });
            Ok((list, complete))
        };
        let is_double = match known {
            FileOption::Max => {
                content.parse::<Token![=]>()?;
                file.max.replace(content.parse()?).is_some()
            }
            FileOption::Types => {
                let (types, complete) = list(errors)?;
                lists_complete &= complete;
                file.types.replace(types).is_some()
            }
            FileOption::Thumbs => {
                let (sizes, complete) = list(errors)?;
                lists_complete &= complete;
                file.thumbs.replace((option.clone(), sizes)).is_some()
            }
        };
        if is_double { Err(part.twice(&option)) } else { Ok(()) }
    });
    FileInput { is_complete: is_complete && lists_complete, ..file }
}

/// A name with its type, and options.
fn read_relation(
    part: &Part,
    allowed: &'static [RelationOption],
    content: ParseStream,
    errors: &mut Errors,
) -> Option<Value> {
    let mut head = None;
    let mut is_first = true;
    let mut options = RelationInput {
        name: Ident::new("unnamed", Span::call_site()),
        target: Type::Verbatim(proc_macro2::TokenStream::new()),
        via: None,
        on_delete: None,
        visible: None,
        through: None,
        from: None,
        to: None,
        is_complete: true,
    };
    let is_complete = part.read_each(content, errors, |content, _| {
        if std::mem::take(&mut is_first) {
            head = Some(read_typed_name(content)?);
            return Ok(());
        }
        let option: Ident = content.call(Ident::parse_any)?;
        let known = RelationOption::find(&option.to_string()).filter(|known| allowed.contains(known));
        let Some(known) = known else {
            let names: Vec<&str> = allowed.iter().map(|option| option.name()).collect();
            return Err(part.unknown_option(&option, &names));
        };
        content.parse::<Token![=]>()?;
        let is_double = match known {
            RelationOption::Via => options.via.replace(content.parse()?).is_some(),
            RelationOption::OnDelete => {
                let (action, span) = read_word("action {} of `on_delete`", content)?;
                options.on_delete.replace((action, span)).is_some()
            }
            RelationOption::Visible => {
                let (visible, _) = read_word("choice {} of `visible`", content)?;
                options.visible.replace(visible).is_some()
            }
            RelationOption::Through => options.through.replace(content.parse()?).is_some(),
            RelationOption::From => options.from.replace(content.parse()?).is_some(),
            RelationOption::To => options.to.replace(content.parse()?).is_some(),
        };
        if is_double { Err(part.twice(&option)) } else { Ok(()) }
    });
    let (name, target) = head?;
    Some(Value::Relation(Box::new(RelationInput { name, target, is_complete, ..options })))
}

/// A string that is one of the words of a list.
fn read_word<W: Word>(what: &str, content: ParseStream) -> syn::Result<(W, Span)> {
    let text: LitStr = content.parse()?;
    match W::find(&text.value()) {
        Some(word) => Ok((word, text.span())),
        None => Err(syn::Error::new(text.span(), errors::unknown(what, &text.value(), &W::names()))),
    }
}

/// `min..=max`
fn read_range(part: &Part, content: ParseStream) -> syn::Result<RangeInput> {
    let tokens = content.fork().parse::<proc_macro2::TokenStream>()?;
    let min = read_bound(content)?;
    let exclusive = if content.peek(Token![..=]) {
        content.parse::<Token![..=]>()?;
        false
    } else {
        content.parse::<Token![..]>()?;
        true
    };
    let max = read_bound(content)?;
    if min.is_none() && max.is_none() {
        let message = format!("`{}` has no bounds; write for example `{}`", part.name, part.example);
        return Err(syn::Error::new(tokens.span(), message));
    }
    Ok(RangeInput { span: tokens.span(), exclusive: exclusive && max.is_some(), min, max })
}

fn read_bound(content: ParseStream) -> syn::Result<Option<Bound>> {
    if content.is_empty() || content.peek(Token![..]) || content.peek(Token![..=]) {
        return Ok(None);
    }
    let sign = content.parse::<Option<Token![-]>>()?;
    let literal: Lit = content.parse()?;
    let (digits, whole) = match &literal {
        Lit::Int(number) => (number.base10_digits().to_owned(), true),
        Lit::Float(number) => (number.base10_digits().to_owned(), false),
        other => {
            return Err(syn::Error::new(other.span(), "a bound is a number; write for example `5`, `-1` or `0.5`"));
        }
    };
    let span = sign.map_or(literal.span(), |sign| {
        sign.into_token_stream()
            .into_iter()
            .chain(literal.to_token_stream())
            .collect::<proc_macro2::TokenStream>()
            .span()
    });
    let text = if sign.is_some() { format!("-{digits}") } else { digits };
    Ok(Some(Bound { span, text, whole }))
}
