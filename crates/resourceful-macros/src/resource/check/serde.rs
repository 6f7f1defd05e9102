//! Attributes of serde, which mean nothing for a resource: its JSON is not made by serde.

use syn::{Expr, ExprLit, Lit, Meta};

use super::draft::Draft;
use crate::errors::Errors;
use crate::grammar::FieldKey;
use crate::resource::model::{Access, FieldInput};

/// Words that keep a field out of serde's JSON.
const SKIPS: [&str; 2] = ["skip", "skip_serializing"];

/// Refuses what would look as if it hid or renamed the field, unless an attribute of the resource says the same.
pub(super) fn check_serde(written: &FieldInput, draft: &Draft, errors: &mut Errors) {
    let name = draft.name();
    let is_guarded = matches!(draft.field.access, Access::Hidden | Access::WriteOnly) || draft.field.read.is_some();
    for word in &written.serde {
        if let Some(skip) = SKIPS.iter().find(|skip| word.path().is_ident(skip)).filter(|_| !is_guarded) {
            errors.on(
                word.path(),
                format!(
                    "`#[serde({skip})]` does not keep `{name}` from callers, since serde does not write the JSON of a resource; add \
                     `#[resource(hidden)]`, or `write_only` if callers may write it"
                ),
            );
        }
        let Some(renamed) = renamed(word).filter(|_| !written.keys.has(FieldKey::Rename)) else { continue };
        if renamed != draft.field.json {
            errors.on(
                word.path(),
                format!(
                    "`#[serde(rename)]` does not rename `{name}` for callers, since serde does not write the JSON of a resource; write \
                     `#[resource(rename = \"{renamed}\")]`"
                ),
            );
        }
    }
}

/// The name of `rename = "name"`.
fn renamed(word: &Meta) -> Option<String> {
    match word {
        Meta::NameValue(meta) if meta.path.is_ident("rename") => match &meta.value {
            Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) => Some(name.value()),
            _ => None,
        },
        _ => None,
    }
}
