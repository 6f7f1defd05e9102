//! The names of the resource: table, path, tag, module, and the name in permissions.

use proc_macro2::Ident;
use syn::{LitStr, Visibility, parse_quote};

use crate::attributes::Keys;
use crate::errors::Errors;
use crate::grammar::{Item, StructKey};
use crate::names;

pub(super) struct ResourceNames {
    pub(super) name: String,
    pub(super) table: String,
    pub(super) path: String,
    pub(super) tag: String,
    pub(super) module: Ident,
}

const NAME: &str = "letters, digits, `_`, `-` and `.`";
const PATH: &str = "letters, digits, `_`, `-` and `.`; a path is one segment without slashes";

/// The names that are given, and the default ones.
pub(super) fn check_names(keys: &Keys<StructKey>, type_name: &str, errors: &mut Errors) -> ResourceNames {
    let snake = names::snake(type_name);
    check_schema(keys, errors);
    let table = check_name(keys, StructKey::Table, names::plural(&snake), is_name, NAME, errors);
    let tag = keys.text(StructKey::Tag);
    if let Some(text) = tag.filter(|tag| tag.value().trim().is_empty()) {
        errors.on(text, "`tag` is empty; write for example `tag = \"Projects\"`");
    }
    let path = names::plural(&names::kebab(type_name));
    ResourceNames {
        name: check_name(keys, StructKey::Name, table.clone(), is_name, NAME, errors),
        path: check_name(keys, StructKey::Path, path, is_path, PATH, errors),
        tag: tag.map_or_else(|| names::plural(&names::title(type_name)), LitStr::value),
        module: keys.name(StructKey::Module).cloned().unwrap_or_else(|| names::identifier(&snake)),
        table,
    }
}

/// A schema of PostgreSQL before the name would become a part of the name.
fn check_schema(keys: &Keys<StructKey>, errors: &mut Errors) {
    let Some(text) = keys.text(StructKey::Table) else { return };
    let value = text.value();
    if let Some((schema, table)) = value.split_once('.').filter(|_| is_name(&value)) {
        errors.on(
            text,
            format!(
                "the schema is not part of the table's name; write `table = \"{table}\"`\nname the schema in the search path of \
                 the connection: DATABASE_URL=postgres://..?options=-csearch_path%3D{schema},public"
            ),
        );
    }
}

fn check_name(
    keys: &Keys<StructKey>,
    key: StructKey,
    default: String,
    is_allowed: fn(&str) -> bool,
    allowed: &str,
    errors: &mut Errors,
) -> String {
    match keys.text(key) {
        Some(text) if !is_allowed(&text.value()) => {
            errors.on(text, format!("`{}` cannot be \"{}\"\nallowed: {allowed}", key.name(), text.value()));
            default
        }
        Some(text) => text.value(),
        None => default,
    }
}

fn is_name(word: &str) -> bool {
    !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

fn is_path(word: &str) -> bool {
    is_name(word) && !word.chars().all(|c| c == '.')
}

/// The same visibility, as seen from within the generated module.
pub(super) fn seen_from_module(vis: &Visibility) -> Visibility {
    match vis {
        Visibility::Public(_) => vis.clone(),
        Visibility::Inherited => parse_quote!(pub(super)),
        Visibility::Restricted(restricted) => {
            let path = &restricted.path;
            match path.segments.first().map(|first| first.ident.to_string()).as_deref() {
                Some("self") => parse_quote!(pub(super)),
                Some("super") => parse_quote!(pub(in super::#path)),
                _ => vis.clone(),
            }
        }
    }
}
