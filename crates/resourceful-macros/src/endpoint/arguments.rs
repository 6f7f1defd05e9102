//! What the spelling of an endpoint's arguments shows: how many values they take from the path, and who reads the body.

use syn::{FnArg, GenericArgument, ItemFn, LitStr, PathArguments, PathSegment, Type};

use crate::errors::Errors;

/// Types that read the body, by the last word of their path. One request has one body.
const READS_BODY: [&str; 7] = ["Bytes", "Form", "Json", "Multipart", "MultipartForm", "Payload", "String"];

/// Types of one value in a path.
const ONE_VALUE: [&str; 14] =
    ["Uuid", "String", "bool", "char", "i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "usize", "NaiveDate"];

/// How many values the arguments take from the path; `None` when there is no such argument, or its type does not show it.
pub(super) fn path_values(function: &ItemFn) -> Option<usize> {
    types(function).find_map(values_of)
}

/// Checks the arguments against the path and against each other. Scopes around the endpoint can add values to the path, so
/// only a path with too many is an error here; one with too few is an error of the start.
pub(super) fn check_arguments(function: &ItemFn, path: Option<&LitStr>, errors: &mut Errors) {
    let names: Vec<String> = path.map(|path| parameters(&path.value())).unwrap_or_default();
    // A name that is there twice has been reported.
    let is_double = names.iter().enumerate().any(|(at, name)| names[..at].contains(name));
    for ty in types(function).filter(|_| !is_double) {
        let Some(taken) = values_of(ty).filter(|taken| *taken < names.len()) else { continue };
        let (has, all) = (names.len(), names.join("`, `"));
        errors.on(
            ty,
            format!(
                "this takes {taken} of the {has} values of the path, `{all}`, so no request would fit; write \
                 `Path<(..)>` with a type for each, or a struct with these names"
            ),
        );
    }
    let mut bodies = types(function).filter_map(|ty| Some((ty, body_reader(ty)?)));
    let Some((_, first)) = bodies.next() else { return };
    for (ty, second) in bodies {
        errors.on(
            ty,
            format!(
                "`{second}` reads the body, which `{first}` has read already; take the body once, for example as `Json<..>` of a \
                 struct with both parts"
            ),
        );
    }
}

fn types(function: &ItemFn) -> impl Iterator<Item = &Type> {
    function.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(argument) => Some(&*argument.ty),
        FnArg::Receiver(_) => None,
    })
}

/// The names in braces.
fn parameters(path: &str) -> Vec<String> {
    let parts = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    parts.map(str::to_owned).collect()
}

fn values_of(ty: &Type) -> Option<usize> {
    let path = last(ty).filter(|last| last.ident == "Path")?;
    match argument(path)? {
        Type::Tuple(tuple) => Some(tuple.elems.len()),
        inner => last(inner).filter(|last| ONE_VALUE.iter().any(|one| last.ident == one)).map(|_| 1),
    }
}

fn body_reader(ty: &Type) -> Option<String> {
    let last = last(ty)?;
    if last.ident == "Option" || last.ident == "Result" {
        return body_reader(argument(last)?);
    }
    READS_BODY.iter().find(|name| last.ident == name).map(|name| (*name).to_owned())
}

fn last(ty: &Type) -> Option<&PathSegment> {
    match ty {
        Type::Path(path) => path.path.segments.last(),
        Type::Group(group) => last(&group.elem),
        _ => None,
    }
}

fn argument(segment: &PathSegment) -> Option<&Type> {
    match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => match arguments.args.first()? {
            GenericArgument::Type(inner) => Some(inner),
            _ => None,
        },
        _ => None,
    }
}
