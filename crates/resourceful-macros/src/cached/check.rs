//! Checks the attribute and the function.

use proc_macro2::{Ident, Span};
use quote::ToTokens;
use syn::{FnArg, GenericArgument, ItemFn, Lit, LitStr, Pat, PathArguments, ReceiverKind, ReturnType, Type};

use super::model::{Cached, Checked, Key, Read, Source};
use super::template::Template;
use crate::attributes::{Keys, Value};
use crate::durations::check_duration;
use crate::errors::Errors;
use crate::grammar::CachedKey;
use crate::names;

const NO_SOURCE: &str = "this function does not say which cache to use; give it an argument `ctx: &Context`, a service or a \
                         `&Cache`, make it a method with `&self`, or write `cache = expression`";

/// Types of arguments that have a cache.
const SOURCES: [&str; 4] = ["Cache", "Context", "Service", "Tx"];

/// An argument.
struct Argument {
    name: Ident,
    ty: Type,
}

/// Checks the attribute and the function.
pub(crate) fn check_cached(read: Read, errors: &mut Errors) -> Checked {
    let (keys, function) = match read {
        Read::Function { keys, function } => (keys, *function),
        Read::Other(item) => return Checked::Other(item),
    };
    check_signature(&function, errors);
    let is_method = function.sig.receiver().is_some();
    let arguments = check_arguments(&function, errors);
    let ttl = check_ttl(&keys, errors);
    let source = check_source(&keys, &function, &arguments, errors);
    let key = check_key(&keys, source.as_ref(), &arguments, is_method, errors);
    let tags = check_tags(&keys, source.as_ref(), &arguments, is_method, errors);
    match (ttl, source, key) {
        (Some(ttl), Some(source), Some(key)) if errors.is_empty() => Checked::Proven(Box::new(Cached {
            krate: names::krate(keys.path(CachedKey::Crate)),
            ttl,
            key,
            tags,
            source,
            arguments: arguments.into_iter().map(|argument| argument.name).collect(),
            is_method,
            is_fallible: is_fallible(&function.sig.output),
            function,
        })),
        _ => Checked::Other(function.into_token_stream()),
    }
}

fn check_signature(function: &ItemFn, errors: &mut Errors) {
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        errors.on(signature.fn_token, "a cached function must be async; write `async fn`");
    }
    let mut parameters = signature.generics.params.iter();
    if let Some(parameter) = parameters.find(|parameter| !matches!(parameter, syn::GenericParam::Lifetime(_))) {
        errors.on(parameter, "a cached function cannot be generic, since values of different types would have the same key; write one function for each type");
    }
    if let ReturnType::Default = signature.output {
        errors.on(&signature.ident, "this function returns nothing that could be cached; give it a return type");
    }
    if let ReturnType::Type(_, ty) = &signature.output {
        let value = if is_fallible(&signature.output) { types_of(ty).into_iter().next() } else { Some(&**ty) };
        if let Some(value @ Type::Reference(_)) = value {
            errors.on(value, "a cached value cannot be a reference, because it is read back from the cache; return an owned value, such as a `String` or a `Vec`");
        }
    }
    if let Some(receiver) = signature.receiver()
        && !matches!(receiver.kind, ReceiverKind::Reference(_, _, None))
    {
        errors.on(receiver, "a cached method takes `&self`, since it often does not run");
    }
}

fn check_arguments(function: &ItemFn, errors: &mut Errors) -> Vec<Argument> {
    let mut arguments = Vec::new();
    for input in &function.sig.inputs {
        let FnArg::Typed(argument) = input else { continue };
        match &*argument.pat {
            Pat::Ident(pattern) if pattern.subpat.is_none() && pattern.by_ref.is_none() => {
                arguments.push(Argument { name: pattern.ident.clone(), ty: (*argument.ty).clone() });
            }
            pattern => errors
                .on(pattern, "an argument of a cached function needs a plain name; take it apart inside the function"),
        }
    }
    arguments
}

fn check_ttl(keys: &Keys<CachedKey>, errors: &mut Errors) -> Option<u64> {
    let Some(written) = keys.expr(CachedKey::Ttl) else {
        if !keys.has(CachedKey::Ttl) && errors.is_empty() {
            errors.at(
                Span::call_site(),
                "a cached function must say how long its values are kept; write for example `#[cached(ttl = \"5m\")]`",
            );
        }
        return None;
    };
    check_duration(written, errors)
}

fn check_source(
    keys: &Keys<CachedKey>,
    function: &ItemFn,
    arguments: &[Argument],
    errors: &mut Errors,
) -> Option<Source> {
    if let Some(Value::Expr(expression)) = keys.get(CachedKey::Cache).map(|written| &written.value) {
        return Some(Source::Expression(Box::new(expression.clone())));
    }
    let has_cache = |argument: &&Argument| last_word(&argument.ty).is_some_and(|word| SOURCES.contains(&word.as_str()));
    if let Some(argument) = arguments.iter().find(has_cache) {
        let is_reference = matches!(argument.ty, Type::Reference(_));
        return Some(Source::Argument(argument.name.clone(), is_reference));
    }
    if function.sig.receiver().is_some() {
        return Some(Source::SelfValue);
    }
    errors.on(&function.sig.ident, NO_SOURCE);
    None
}

/// The last word of a type's path: `Service` of `&project::Service`.
fn last_word(ty: &Type) -> Option<String> {
    match ty {
        Type::Reference(reference) => last_word(&reference.elem),
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        _ => None,
    }
}

fn check_key(
    keys: &Keys<CachedKey>,
    source: Option<&Source>,
    arguments: &[Argument],
    is_method: bool,
    errors: &mut Errors,
) -> Option<Key> {
    let skipped: Vec<&Ident> = keys.get(CachedKey::Skip).map_or_else(Vec::new, |written| match &written.value {
        Value::Words(words) => words.iter().collect(),
        _ => Vec::new(),
    });
    for word in &skipped {
        if !arguments.iter().any(|argument| argument.name == **word) {
            errors.on(word, format!("there is no argument `{word}`"));
        }
    }
    let of_key: Vec<&Argument> = arguments
        .iter()
        .filter(|argument| !is_source(source, &argument.name) && !skipped.contains(&&argument.name))
        .collect();
    let Some(text) = keys.text(CachedKey::Key) else {
        return Some(Key::OfArguments(of_key.into_iter().map(|argument| argument.name.clone()).collect()));
    };
    let template = check_template(text, source, arguments, is_method, errors)?;
    for Argument { name, .. } in of_key {
        if !template.arguments().any(|used| used == name) {
            errors.on(name, format!("`{name}` is not in the key, so calls with different values of it would get each other's values; add `{{{name}}}` to the key, or write `skip({name})` if the result does not depend on it"));
        }
    }
    Some(Key::Written(template, text.span()))
}

/// Whether the function finds its cache in this argument.
fn is_source(source: Option<&Source>, name: &Ident) -> bool {
    matches!(source, Some(Source::Argument(source, _)) if source == name)
}

fn check_tags(
    keys: &Keys<CachedKey>,
    source: Option<&Source>,
    arguments: &[Argument],
    is_method: bool,
    errors: &mut Errors,
) -> Vec<(Template, Span)> {
    let Some(Value::Literals(literals)) = keys.get(CachedKey::Tags).map(|written| &written.value) else {
        return Vec::new();
    };
    let mut tags = Vec::new();
    for literal in literals {
        match literal {
            Lit::Str(text) => {
                let template = check_template(text, source, arguments, is_method, errors);
                tags.extend(template.map(|template| (template, text.span())));
            }
            other => errors.on(other, "a tag is a string; write for example `tags(\"users\", \"user:{user_id}\")`"),
        }
    }
    tags
}

fn check_template(
    text: &LitStr,
    source: Option<&Source>,
    arguments: &[Argument],
    is_method: bool,
    errors: &mut Errors,
) -> Option<Template> {
    let template = match Template::read(text) {
        Ok(template) if template.0.is_empty() => {
            errors.on(text, "this text is empty; write for example \"users:{user_id}\"");
            return None;
        }
        Ok(template) => template,
        Err(message) => {
            errors.on(text, message);
            return None;
        }
    };
    let is_known =
        |used: &&Ident| arguments.iter().any(|argument| argument.name == **used) || (is_method && *used == "self");
    let mut is_complete = true;
    for used in template.arguments().filter(|used| !is_known(used)) {
        // The cache itself has no place in a key.
        let known = arguments.iter().map(|argument| &argument.name).filter(|name| !is_source(source, name));
        errors.on(text, unknown_argument(used, &known.map(Ident::to_string).collect::<Vec<_>>()));
        is_complete = false;
    }
    is_complete.then_some(template)
}

fn unknown_argument(used: &Ident, known: &[String]) -> String {
    let used = used.to_string();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let message = crate::errors::unknown("argument {} of the function", &used, &known);
    // `{id}` is often short for `{user_id}`.
    let longer: Vec<&str> = known.iter().copied().filter(|name| name.split('_').any(|part| part == used)).collect();
    match (message.contains("did you mean"), longer.as_slice()) {
        (false, [only]) => message.replacen('\n', &format!("; did you mean `{only}`?\n"), 1),
        _ => message,
    }
}

/// The type of the value, where it can be told apart: the whole type of a function that cannot fail, and that in `Result<..>`
/// with one type.
pub(super) fn value_of(output: &ReturnType) -> Option<&Type> {
    let ReturnType::Type(_, ty) = output else { return None };
    if !is_fallible(output) {
        return Some(ty);
    }
    match types_of(ty).as_slice() {
        [value] => Some(value),
        _ => None,
    }
}

/// The types in the angle brackets of a type.
fn types_of(ty: &Type) -> Vec<&Type> {
    let Type::Path(path) = ty else { return Vec::new() };
    let Some(PathArguments::AngleBracketed(arguments)) = path.path.segments.last().map(|last| &last.arguments) else {
        return Vec::new();
    };
    let types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}

fn is_fallible(output: &ReturnType) -> bool {
    match output {
        ReturnType::Type(_, ty) => last_word(ty).is_some_and(|word| word == "Result" || word.ends_with("Result")),
        ReturnType::Default => false,
    }
}
