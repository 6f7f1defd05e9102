//! Checks the path, the access and the function of an endpoint.

use proc_macro2::{Ident, Span};
use syn::{FnArg, ItemFn, LitStr, ReturnType, Type};

use super::arguments::{check_arguments, path_values};
use super::model::{Access, Checked, Endpoint, Input, Outline, QueryUse, Read};
use crate::attributes::{Constant, Keys, Value, Written, doc};
use crate::errors::{self, Errors};
use crate::grammar::{EndpointKey, Item, QueryMode, Word};
use crate::names;
use crate::resource::check_permission;

const NO_ACCESS: &str = "an endpoint must say who may call it: there is no default; write `requires(\"projects:admin\")`, \
                         `any(\"a\", \"b\")`, `all(\"a\", \"b\")`, `role(\"admin\")`, `scope(\"read:x\")` or `public`";

/// Checks the endpoint.
pub(crate) fn check_endpoint(read: Read, errors: &mut Errors) -> Checked {
    let Input { method, path, keys, function } = match read {
        Read::Endpoint(input) => *input,
        Read::Other(item) => return Checked::Other(item),
    };
    check_signature(&function, errors);
    if let Some(path) = &path {
        check_path(path, errors);
    }
    check_arguments(&function, path.as_ref(), errors);
    let (access, query) = (check_access(&keys, errors), check_query(&keys, &function, errors));
    let outline = Outline {
        krate: names::krate(keys.path(EndpointKey::Crate)),
        method,
        path: path.as_ref().map(LitStr::value).unwrap_or_default(),
        doc: doc(&function.attrs),
        function,
    };
    match access {
        Some(access) if errors.is_empty() => {
            Checked::Proven(Box::new(Endpoint { path_values: path_values(&outline.function), outline, access, query }))
        }
        _ => Checked::Outline(Box::new(outline)),
    }
}

/// Who may call; `None` after an error.
fn check_access(keys: &Keys<EndpointKey>, errors: &mut Errors) -> Option<Access> {
    let mut access: Option<(&Ident, Option<Access>)> = None;
    for written in &keys.0 {
        if !EndpointKey::ACCESS.contains(&written.key.id) {
            continue;
        }
        let word = &written.word;
        if let Some((first, _)) = &access {
            errors.on(word, format!("`{first}` says already who may call this; keep one of the two, or combine permissions with `any(..)` or `all(..)`"));
            continue;
        }
        access = Some((word, check_form(written, errors)));
    }
    if access.is_none() && errors.is_empty() {
        errors.at(Span::call_site(), NO_ACCESS);
    }
    access.and_then(|(_, access)| access)
}

/// One of the forms of access.
fn check_form(written: &Written<EndpointKey>, errors: &mut Errors) -> Option<Access> {
    let (key, name, example) = (written.key.id, written.key.name, written.key.example);
    let constants = match &written.value {
        Value::Constants(constants) => constants.as_slice(),
        _ => return Some(Access::Public),
    };
    for constant in constants {
        let Constant::Text(text) = constant else { continue };
        if key != EndpointKey::Role {
            check_permission(text, errors);
        } else if text.value().trim().is_empty() {
            errors.on(text, format!("this role has no name; write for example `{example}`"));
        }
    }
    let mut values = constants.to_vec();
    match key {
        EndpointKey::Any => return Some(Access::Any(values)),
        EndpointKey::All => return Some(Access::All(values)),
        _ => {}
    }
    if constants.len() > 1 {
        let hint = if key == EndpointKey::Requires { "; for several, write `any(..)` or `all(..)`" } else { "" };
        errors.on(&written.word, format!("`{name}` takes one string{hint}"));
    }
    let value = values.pop()?;
    Some(match key {
        EndpointKey::Role => Access::Role(value),
        EndpointKey::Scope => Access::Scope(value),
        _ => Access::Permission(value),
    })
}

fn check_query(keys: &Keys<EndpointKey>, function: &ItemFn, errors: &mut Errors) -> QueryUse {
    if let Some(text) = keys.text(EndpointKey::Query) {
        if QueryMode::find(&text.value()).is_none() {
            let unknown = errors::unknown("value {} of `query`", &text.value(), &QueryMode::names());
            errors.on(text, format!("{unknown}\n{}", EndpointKey::Query.key().help));
        }
        return QueryUse::Any;
    }
    if function.sig.inputs.is_empty() { QueryUse::Nothing } else { QueryUse::OfArguments }
}

fn check_path(text: &LitStr, errors: &mut Errors) {
    let path = text.value();
    if path.is_empty() {
        return;
    }
    if !path.starts_with('/') {
        return errors.on(text, format!("a path begins with a slash; write \"/{path}\""));
    }
    let is_plain =
        |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-.~".contains(c));
    let mut names: Vec<&str> = Vec::new();
    for segment in path[1..].split('/') {
        match segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(name) if syn::parse_str::<Ident>(name).is_err() => {
                return errors
                    .on(text, format!("\"{segment}\" is not a parameter; write a plain name, such as \"{{id}}\""));
            }
            Some(name) if names.contains(&name) => {
                return errors.on(text, format!("the path has two parameters `{name}`; rename one of them"));
            }
            Some(name) => names.push(name),
            None if segment.is_empty() => {
                return errors.on(text, "the path has an empty segment; remove the slash that is too many");
            }
            None if !is_plain(segment) => {
                return errors.on(text, format!("\"{segment}\" cannot be in a path\nallowed: words of ASCII letters, digits, `_`, `-`, `.` and `~`, and parameters such as \"{{id}}\""));
            }
            None => {}
        }
    }
}

fn check_signature(function: &ItemFn, errors: &mut Errors) {
    let signature = &function.sig;
    if signature.asyncness.is_none() {
        errors.on(signature.fn_token, "an endpoint must be an async function; write `async fn`");
    }
    if !signature.generics.params.is_empty() {
        errors.on(
            &signature.generics,
            "an endpoint cannot be generic, since its arguments are extracted from a request; remove the parameters",
        );
    }
    if let ReturnType::Type(_, ty) = &signature.output
        && let Type::ImplTrait(ty) = &**ty
    {
        errors.on(
            ty,
            "the answer of an endpoint is described in the OpenAPI document, so it needs a named type; write it, such as \
             `Out<..>`, `Json<..>` or `HttpResponse`",
        );
    }
    for input in &signature.inputs {
        if let FnArg::Typed(argument) = input
            && let Some(attr) = argument.attrs.iter().find(|attr| attr.path().is_ident("cfg"))
        {
            errors
                .on(attr, "an argument of an endpoint cannot have `#[cfg]`; write one function for each configuration");
        }
        match input {
            FnArg::Receiver(receiver) => {
                errors.on(receiver, "an endpoint cannot be a method; move the function out of the `impl` block");
            }
            FnArg::Typed(argument) => match &*argument.ty {
                Type::ImplTrait(ty) => errors.on(
                    ty,
                    "an argument is extracted from the request, so it needs a named type; write the type itself",
                ),
                Type::Reference(ty) => errors
                    .on(ty, "an argument is extracted from the request, so it cannot be a reference; remove the `&`"),
                _ => {}
            },
        }
    }
}
