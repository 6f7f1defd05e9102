//! [`Input`] to [`Resource`]: every mistake is reported, and the best that can be made of the rest is handed on, so
//! that code which uses the resource does not fail for the same mistake once more.

mod access;
mod computed;
mod fields;
mod operations;
mod relations;
mod rules;
mod unique;

pub(crate) use fields::literal;
pub(crate) use operations::check_permission;

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::ext::IdentExt;
use syn::{LitStr, Path, Type, parse_quote};

use crate::errors::{self, Errors};
use crate::resource::model::{Demand, Field, Input, Keys, Relation, RelationKind, Resource, Role, Spelled, Value, Written};
use crate::names;

/// Checks the struct.
pub(crate) fn resource(input: Input, errors: &mut Errors) -> Resource {
    let type_name = input.ident.unraw().to_string();
    let keys = &input.keys;
    let mut fields = fields::fields(&input, errors);
    let id = fields::id(&fields, &input, errors);
    let mut relations = relations::relations(&input, &fields, errors);
    let owner = owner(keys, &mut fields, &relations, errors);
    access::check_after_owner(&input, &mut fields, errors);
    let computed = computed::computed(&input, &fields, &relations, errors);
    relations::mark_related(&input.ident, &mut relations);
    let table = word(keys, "table", names::plural(&names::snake(&type_name)), is_name, NAME, errors);
    let module = match keys.get("module").map(|written| &written.value) {
        Some(Value::Name(module)) => module.clone(),
        _ => identifier(&names::snake(&type_name)),
    };
    let tag = keys.text("tag").map_or_else(|| names::plural(&names::title(&type_name)), LitStr::value);
    if let Some(text) = keys.text("tag").filter(|_| tag.trim().is_empty()) {
        errors.on(text, "`tag` is empty");
    }
    let name = word(keys, "name", table.clone(), is_name, NAME, errors);
    let owned = !owner.is_empty() || keys.has("owner");
    let operations = operations::operations(keys, &name, owned, errors);
    Resource {
        krate: krate(keys),
        doc: input.doc.clone(),
        path: word(keys, "path", names::plural(&names::kebab(&type_name)), is_path, PATH, errors),
        page: page(keys, errors),
        sort: sort(keys, &fields, id, errors),
        search: search(keys, &fields, errors),
        checks: keys.paths("check"),
        unique: unique::unique(keys, &fields, errors),
        policy: keys.word("policy").cloned(),
        hooks: keys.word("hooks").cloned(),
        id: id.unwrap_or(0),
        proven: true,
        inner_vis: seen_from_inside(&input.vis),
        vis: input.vis.clone(),
        ident: input.ident.clone(),
        module,
        name,
        table,
        tag,
        fields,
        owner,
        relations,
        computed,
        operations,
    }
}

/// Whether the spelling alone tells that a field can have the type.
pub(crate) fn is_known(spelled: &Spelled) -> bool {
    rules::kind(spelled).is_some_and(|kind| !matches!(kind, rules::Kind::Json | rules::Kind::Timestamp))
}

/// The path of the runtime.
pub(crate) fn krate(keys: &Keys) -> Path {
    keys.path("crate").cloned().unwrap_or_else(|| parse_quote!(::resourceful))
}

/// An identifier of the user's words: raw where the word is a keyword.
pub(crate) fn identifier(word: &str) -> Ident {
    // syn reads keywords of an earlier edition.
    let word = if word == "gen" { "r#gen" } else { word };
    syn::parse_str::<Ident>(word)
        .or_else(|_| syn::parse_str(&format!("r#{word}")))
        .unwrap_or_else(|_| format_ident!("{word}_", span = Span::call_site()))
}

/// The name of an enum's variant for a field or a relation.
pub(crate) fn variant(name: &str) -> Ident {
    let pascal = names::pascal(name);
    // `self` is the one word whose PascalCase is a keyword; a digit cannot begin a name.
    syn::parse_str::<Ident>(&pascal).unwrap_or_else(|_| match pascal.as_str() {
        "Self" => format_ident!("Self_"),
        _ => format_ident!("N{pascal}"),
    })
}

/// The name of the constant for a relation.
pub(crate) fn constant(name: &str) -> Ident {
    let name = names::screaming(name);
    syn::parse_str::<Ident>(&name).unwrap_or_else(|_| format_ident!("N{name}"))
}

/// The same item's visibility, as it is seen one module further in.
fn seen_from_inside(vis: &syn::Visibility) -> syn::Visibility {
    match vis {
        syn::Visibility::Public(_) => vis.clone(),
        syn::Visibility::Inherited => parse_quote!(pub(super)),
        syn::Visibility::Restricted(restricted) => {
            let path = &restricted.path;
            match path.segments.first().map(|first| first.ident.to_string()).as_deref() {
                Some("self") => parse_quote!(pub(super)),
                Some("super") => parse_quote!(pub(in super::#path)),
                _ => vis.clone(),
            }
        }
    }
}

/// What can be seen of a type.
fn spelled(ty: &Type) -> Spelled {
    let Some(last) = last_segment(ty) else { return Spelled::default() };
    let word = last.ident.to_string();
    if word != "Option" {
        let qualified =
            matches!(ty, Type::Path(path) if path.path.segments.iter().any(|part| part.ident == "serde_json"));
        // `Value` alone may be a type of the user's own.
        return Spelled { optional: false, word: if word == "Value" && qualified { "Json".to_owned() } else { word } };
    }
    argument(last).map_or_else(Spelled::default, |inner| Spelled { optional: true, ..spelled(inner) })
}

fn argument(segment: &syn::PathSegment) -> Option<&Type> {
    match &segment.arguments {
        syn::PathArguments::AngleBracketed(arguments) => match arguments.args.first() {
            Some(syn::GenericArgument::Type(inner)) => Some(inner),
            _ => None,
        },
        _ => None,
    }
}

fn is_option(ty: &Type) -> bool {
    last_segment(ty).is_some_and(|last| last.ident == "Option")
}

fn inside_option(ty: &Type) -> &Type {
    last_segment(ty).filter(|last| last.ident == "Option").and_then(argument).unwrap_or(ty)
}

fn is_bytes(vec: &Type) -> bool {
    last_segment(vec).and_then(argument).is_some_and(|item| spelled(item).is("u8"))
}

fn last_segment(ty: &Type) -> Option<&syn::PathSegment> {
    match ty {
        Type::Path(path) if path.qself.is_none() => path.path.segments.last(),
        Type::Group(group) => last_segment(&group.elem),
        Type::Paren(paren) => last_segment(&paren.elem),
        _ => None,
    }
}

const NAME: &str = "letters, digits, `_`, `-` and `.`";
const PATH: &str = "one path segment of letters, digits, `_`, `-` and `.`, without slashes";

fn is_name(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

fn is_path(word: &str) -> bool {
    is_name(word) && !word.chars().all(|c| c == '.')
}

fn word(keys: &Keys, key: &str, default: String, allowed: fn(&str) -> bool, rule: &str, errors: &mut Errors) -> String {
    match keys.text(key) {
        Some(text) if !allowed(&text.value()) => {
            errors.on(text, format!("`{key}` cannot be \"{}\": it is {rule}", text.value()));
            default
        }
        Some(text) => text.value(),
        None => default,
    }
}

fn page(keys: &Keys, errors: &mut Errors) -> (u32, u32) {
    let (mut default, mut max) = (None, None);
    let Some(Written { value: Value::Numbers(numbers), .. }) = keys.get("page") else { return (20, 100) };
    for (name, number) in numbers {
        let slot = match name.to_string().as_str() {
            "default" => &mut default,
            "max" => &mut max,
            other => {
                errors.on(name, errors::unknown("option {} of `page`", other, &["default", "max"]));
                continue;
            }
        };
        if slot.is_some() {
            errors.on(name, format!("`{name}` is given twice; keep one"));
        }
        match number.base10_parse::<u32>() {
            Ok(rows) if rows > 0 => *slot = Some((rows, number)),
            _ => errors.on(number, "a page holds at least 1 row and at most 4294967295"),
        }
    }
    let (rows, most) = (default.map_or(20, |(rows, _)| rows), max.map_or(100, |(rows, _)| rows));
    if rows > most {
        let at = default.or(max).map(|(_, number)| number);
        errors.on(at, format!("the default size of a page, {rows}, is larger than the largest, {most}"));
    }
    (rows, most)
}

fn sort(keys: &Keys, fields: &[Field], id: Option<usize>, errors: &mut Errors) -> Vec<(String, bool)> {
    let Some(text) = keys.text("sort") else {
        let created = fields.iter().find(|field| field.role == Role::CreatedAt);
        return created
            .or(id.map(|id| &fields[id]))
            .map(|field| (field.name.clone(), field.role == Role::CreatedAt))
            .into_iter()
            .collect();
    };
    let mut order: Vec<(String, bool)> = Vec::new();
    for part in text.value().split(',') {
        let part = part.trim();
        let name = part.strip_prefix('-').unwrap_or(part);
        match fields.iter().find(|field| field.name == name) {
            None => {
                let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
                errors.on(text, errors::unknown("field {}", name, &names));
            }
            Some(_) if order.iter().any(|(sorted, _)| sorted == name) => {
                errors.on(text, format!("`{name}` is given twice; keep one"))
            }
            Some(field) if rules::is_incomparable(&field.spelled) => {
                errors.on(text, format!("`{name}` is JSON or bytes, which have no order"));
            }
            Some(_) => order.push((name.to_owned(), part.starts_with('-'))),
        }
    }
    order
}

/// How `q` looks into the search fields.
fn search(keys: &Keys, fields: &[Field], errors: &mut Errors) -> &'static str {
    let Some(Written { word, value: Value::Text(text), .. }) = keys.get("search") else { return "Substring" };
    if !fields.iter().any(|field| field.search) {
        errors.on(
            word,
            "`search` says how `q` looks into fields, and no field has `search`; add it to one, or leave it out here",
        );
    }
    match text.value().as_str() {
        "substring" => "Substring",
        "full_text" => "FullText",
        other => {
            errors.on(text, errors::unknown("search {}", other, &["substring", "full_text"]));
            "Substring"
        }
    }
}

/// The owner's path: a field of this struct, or relations and a field of the last.
fn owner(keys: &Keys, fields: &mut [Field], relations: &[Relation], errors: &mut Errors) -> Vec<Ident> {
    let Some(Written { value: Value::Names(path), .. }) = keys.get("owner") else { return Vec::new() };
    let first = &path[0];
    let name = first.unraw().to_string();
    if path.len() > 1 {
        let belongs: Vec<&Relation> =
            relations.iter().filter(|relation| matches!(relation.kind, RelationKind::BelongsTo { .. })).collect();
        if !belongs.iter().any(|relation| relation.name == name) {
            let names: Vec<&str> = belongs.iter().map(|relation| relation.name.as_str()).collect();
            errors.on(first, errors::unknown("`belongs_to` relation {}", &name, &names));
            return Vec::new();
        }
        return path.clone();
    }
    let Some(at) = fields.iter().position(|field| field.name == name) else {
        let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).collect();
        errors.on(
            first,
            format!(
                "{}\nthe owner is a field, or a field of a relation such as `project.owner_id`",
                errors::unknown("field {}", &name, &names)
            ),
        );
        return Vec::new();
    };
    let field = &mut fields[at];
    let sentence = format!("the owner's id is the `sub` of a token, so `{name}` is a String");
    if rules::kind(&field.spelled).is_some_and(|kind| kind != rules::Kind::Text) {
        errors.on(first, sentence);
    } else if rules::kind(&field.spelled).is_none() {
        field.demands.push(Demand::Fact("is_text", true, first.span(), sentence));
    }
    field.owns = true;
    path.clone()
}
