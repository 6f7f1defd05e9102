//! Tokens to [`Input`], by the table of keys. One bad key does not hide the next.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{Attribute, Data, DeriveInput, Expr, Fields, Lit, LitInt, LitStr, Meta, Token, parenthesized};

use crate::errors::{self, Errors};
use crate::grammar::{Key, Place, Shape};
use crate::resource::model::{Bound, Input, InputField, InputRange, InputRelation, InputTyped, Keys, Value, Written};

/// Reads the struct; `None` when it is not one with named fields.
pub(crate) fn resource(item: &DeriveInput, errors: &mut Errors) -> Option<Input> {
    let keys = attributes(&item.attrs, Place::Struct, errors);
    if !item.generics.params.is_empty() {
        errors.on(&item.generics, "a resource cannot be generic: it is one table");
    }
    let fields = match &item.data {
        Data::Struct(data) => &data.fields,
        Data::Enum(data) => {
            errors.on(
                data.enum_token,
                "a resource is a struct with named fields; derive `ResourceEnum` for an enum that is a field's type",
            );
            return None;
        }
        Data::Union(data) => {
            errors.on(data.union_token, "a resource is a struct with named fields");
            return None;
        }
    };
    let Fields::Named(fields) = fields else {
        errors.on(&item.ident, "a resource is a struct with named fields: `struct Project { id: Uuid, .. }`");
        return None;
    };
    let fields = fields
        .named
        .iter()
        .filter_map(|field| {
            Some(InputField {
                vis: field.vis.clone(),
                ident: field.ident.clone()?,
                ty: field.ty.clone(),
                doc: doc(&field.attrs),
                keys: attributes(&field.attrs, Place::Field, errors),
            })
        })
        .collect();
    let generic = !item.generics.params.is_empty();
    let input = Input { vis: item.vis.clone(), ident: item.ident.clone(), doc: doc(&item.attrs), keys, fields };
    (!generic).then_some(input)
}

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
pub(crate) fn attributes(attrs: &[Attribute], place: Place, errors: &mut Errors) -> Keys {
    let mut keys = Keys::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("resource")) {
        let Meta::List(list) = &attr.meta else {
            errors.on(attr, "write the keys in parentheses: `#[resource(key, key = value)]`");
            continue;
        };
        let read = |input: ParseStream| {
            while !input.is_empty() {
                one_key(input, place, &mut keys, errors);
            }
            Ok(())
        };
        if let Err(error) = read.parse2(list.tokens.clone()) {
            errors.push(error);
        }
    }
    keys
}

/// Reads one key up to and with the comma behind it; a mistake skips to there.
fn one_key(input: ParseStream, place: Place, keys: &mut Keys, errors: &mut Errors) {
    let Ok(word) = input.call(Ident::parse_any) else {
        errors.at(input.span(), "expected a key, such as `filter` or `length(1..=255)`");
        return skip(input);
    };
    let name = word.unraw().to_string();
    let Some(key) = place.key(&name) else {
        errors.at(word.span(), place.unknown(&name));
        return skip(input);
    };
    match value(key, &word, input) {
        Ok(value) => {
            if !key.repeats && keys.has(key.name) {
                errors.at(word.span(), format!("`{name}` is given twice; keep one"));
            } else {
                keys.0.push(Written { key, word, value });
            }
        }
        Err(error) => {
            errors.push(error);
            return skip(input);
        }
    }
    if !input.is_empty() && input.parse::<Token![,]>().is_err() {
        errors.at(input.span(), format!("expected a comma after `{name}`: it is written `{}`", key.form));
        skip(input);
    }
}

fn skip(input: ParseStream) {
    while !input.is_empty() {
        if input.parse::<Option<Token![,]>>().ok().flatten().is_some() {
            return;
        }
        // Any token can be read as a tree.
        let _ = input.parse::<proc_macro2::TokenTree>();
    }
}

fn value(key: &'static Key, word: &Ident, input: ParseStream) -> syn::Result<Value> {
    let wrong = |span: Span| {
        let help = key.help.trim_end_matches('.');
        syn::Error::new(span, format!("`{}` is written `{}`\n{help}", key.name, key.form))
    };
    let ends = || input.is_empty() || input.peek(Token![,]);
    let at_word = |error: syn::Error| if ends() { wrong(word.span()) } else { wrong(error.span()) };
    let assigned = || input.parse::<Token![=]>().map_err(at_word);
    Ok(match key.shape {
        Shape::Flag if ends() => Value::Flag,
        Shape::Flag => {
            return Err(syn::Error::new(input.span(), format!("`{}` stands alone; nothing follows it", key.name)));
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
        _ => {
            let content;
            if !input.peek(syn::token::Paren) {
                return Err(wrong(if ends() { word.span() } else { input.span() }));
            }
            parenthesized!(content in input);
            let span = content.span();
            let parsed = in_parentheses(key, &content).and_then(|value| match content.is_empty() {
                true => Ok(value),
                false => Err(wrong(content.span())),
            });
            // What is left must be read, or syn complains about it once more.
            while !content.is_empty() {
                content.parse::<proc_macro2::TokenTree>()?;
            }
            parsed.map_err(|error| match error.to_string() {
                message if message.starts_with("expected") || message.starts_with("unexpected end") => {
                    wrong(if content.is_empty() { span } else { error.span() })
                }
                _ => error,
            })?
        }
    })
}

fn in_parentheses(key: &'static Key, content: ParseStream) -> syn::Result<Value> {
    let empty =
        || Err(syn::Error::new(content.span(), format!("`{}` names nothing; it is written `{}`", key.name, key.form)));
    Ok(match key.shape {
        Shape::Choice => {
            let choice: Ident = content.parse()?;
            let name = choice.to_string();
            if name != "only" && name != "except" {
                return Err(syn::Error::new(choice.span(), errors::unknown("choice {}", &name, &["only", "except"])));
            }
            let inner;
            parenthesized!(inner in content);
            Value::Choice(choice, words(&inner)?)
        }
        _ if content.is_empty() => return empty(),
        Shape::Words => Value::Words(words(content)?),
        Shape::Texts => Value::Texts(assignments(content)?),
        Shape::Numbers => Value::Numbers(assignments::<LitInt>(content)?),
        Shape::Relation => Value::Relation(Box::new(relation(key, content)?)),
        Shape::Typed => Value::Typed(Box::new(typed_list(key, content)?)),
        Shape::Range => Value::Range(range(key, content)?),
        _ => Value::Literals(Punctuated::<Lit, Token![,]>::parse_terminated(content)?.into_iter().collect()),
    })
}

fn words(content: ParseStream) -> syn::Result<Vec<Ident>> {
    Ok(Punctuated::<Ident, Token![,]>::parse_terminated(content)?.into_iter().collect())
}

fn assignments<T: Parse>(content: ParseStream) -> syn::Result<Vec<(Ident, T)>> {
    let one = |content: ParseStream| {
        let name = content.call(Ident::parse_any)?;
        content.parse::<Token![=]>()?;
        Ok((name, content.parse()?))
    };
    Ok(content.parse_terminated(one, Token![,])?.into_iter().collect())
}

fn typed(content: ParseStream) -> syn::Result<(Ident, syn::Type)> {
    let name = content.parse()?;
    content.parse::<Token![:]>()?;
    Ok((name, content.parse()?))
}

/// Names with their types, and what is said of all of them behind those.
fn typed_list(key: &'static Key, content: ParseStream) -> syn::Result<InputTyped> {
    let mut list = InputTyped { items: Vec::new(), read: None, open: None };
    while !content.is_empty() {
        if content.peek2(Token![:]) || list.items.is_empty() {
            list.items.push(typed(content)?);
        } else {
            let option: Ident = content.call(Ident::parse_any)?;
            let twice = match option.to_string().as_str() {
                "read" => {
                    content.parse::<Token![=]>()?;
                    list.read.replace(content.parse()?).is_some()
                }
                "open" => list.open.replace(option.clone()).is_some(),
                other => {
                    let message = errors::unknown(&format!("option {{}} of `{}`", key.name), other, &["read", "open"]);
                    return Err(syn::Error::new(
                        option.span(),
                        format!("{message}\na field is written `{other}: Type`"),
                    ));
                }
            };
            if twice {
                return Err(syn::Error::new(option.span(), format!("`{option}` is given twice; keep one")));
            }
        }
        if !content.is_empty() {
            content.parse::<Token![,]>()?;
        }
    }
    Ok(list)
}

fn relation(key: &'static Key, content: ParseStream) -> syn::Result<InputRelation> {
    let (name, target) = typed(content)?;
    let mut relation =
        InputRelation { name, target, via: None, on_delete: None, visible: None, through: None, from: None, to: None };
    let known: &[&str] = match key.name {
        "belongs_to" => &["on_delete", "visible"],
        "many_to_many" => &["through", "from", "to"],
        _ => &["via"],
    };
    while !content.is_empty() {
        content.parse::<Token![,]>()?;
        if content.is_empty() {
            break;
        }
        let option: Ident = content.parse()?;
        let word = option.to_string();
        if !known.contains(&word.as_str()) {
            return Err(syn::Error::new(
                option.span(),
                errors::unknown(&format!("option {{}} of `{}`", key.name), &word, known),
            ));
        }
        content.parse::<Token![=]>()?;
        let twice = match word.as_str() {
            "on_delete" => relation.on_delete.replace(content.parse()?).is_some(),
            "visible" => relation.visible.replace(content.parse()?).is_some(),
            "through" => relation.through.replace(content.parse()?).is_some(),
            "from" => relation.from.replace(content.parse()?).is_some(),
            "to" => relation.to.replace(content.parse()?).is_some(),
            _ => relation.via.replace(content.parse()?).is_some(),
        };
        if twice {
            return Err(syn::Error::new(option.span(), format!("`{word}` is given twice; keep one")));
        }
    }
    Ok(relation)
}

fn range(key: &'static Key, content: ParseStream) -> syn::Result<InputRange> {
    let tokens = content.fork().parse::<proc_macro2::TokenStream>()?;
    let min = bound(content)?;
    let exclusive = if content.peek(Token![..=]) {
        content.parse::<Token![..=]>()?;
        false
    } else {
        content.parse::<Token![..]>()?;
        true
    };
    let max = bound(content)?;
    if min.is_none() && max.is_none() {
        return Err(syn::Error::new(
            tokens.span(),
            format!("`{}` has no bound; it is written `{}`", key.name, key.form),
        ));
    }
    Ok(InputRange { span: tokens.span(), exclusive: exclusive && max.is_some(), min, max })
}

fn bound(content: ParseStream) -> syn::Result<Option<Bound>> {
    if content.is_empty() || content.peek(Token![..]) || content.peek(Token![..=]) {
        return Ok(None);
    }
    let sign = content.parse::<Option<Token![-]>>()?;
    let literal: Lit = content.parse()?;
    let (digits, whole) = match &literal {
        Lit::Int(number) => (number.base10_digits().to_owned(), true),
        Lit::Float(number) => (number.base10_digits().to_owned(), false),
        other => return Err(syn::Error::new(other.span(), "expected a number such as `5`, `-1` or `0.5`")),
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
