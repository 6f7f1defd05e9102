//! Checks that the variants can be stored, each under a different name.

use syn::ext::IdentExt;
use syn::{Fields, LitStr};

use super::model::{Checked, Enum, Input, Outline, Variant, VariantInput};
use crate::attributes::Keys;
use crate::errors::{self, Errors};
use crate::grammar::{Case, EnumKey, VariantKey, Word};
use crate::names;

/// Checks the enum.
pub(crate) fn check_enum(input: Option<Input>, errors: &mut Errors) -> Checked {
    let Some(Input { ident, doc, keys, variants: written }) = input else { return Checked::Nothing };
    if written.is_empty() {
        errors.on(&ident, "this enum has no variants, so a field could have no value; add a variant");
    }
    let case = check_case(&keys, errors);
    let mut variants: Vec<Variant> = Vec::new();
    for written in written {
        let variant = check_variant(written, case, &variants, errors);
        variants.push(variant);
    }
    let outline = Outline { krate: names::krate(keys.path(EnumKey::Crate)), ident };
    if errors.is_empty() { Checked::Proven(Enum { outline, doc, variants }) } else { Checked::Outline(outline) }
}

fn check_case(keys: &Keys<EnumKey>, errors: &mut Errors) -> Case {
    let Some(text) = keys.text(EnumKey::RenameAll) else { return Case::Snake };
    Case::find(&text.value()).unwrap_or_else(|| {
        errors.on(text, errors::unknown("case {}", &text.value(), &Case::names()));
        Case::Snake
    })
}

fn check_variant(written: VariantInput, case: Case, others: &[Variant], errors: &mut Errors) -> Variant {
    let VariantInput { ident, fields, doc, keys } = written;
    if !matches!(fields, Fields::Unit) {
        errors.on(&fields, "a variant cannot have data, since it is stored as its name; remove the data");
    }
    let given = keys.text(VariantKey::Rename);
    let value = given.map_or_else(|| names::in_case(&ident.unraw().to_string(), case), LitStr::value);
    let span = given.map_or(ident.span(), LitStr::span);
    if value.is_empty() || value.contains(',') || value.chars().any(char::is_control) {
        errors.at(span, format!("\"{value}\" cannot be the name of a variant: it is empty, or has commas, which separate values in a query, or control characters; give it another with `rename = \"..\"`"));
    } else if let Some(other) = others.iter().find(|other| other.value == value) {
        errors.at(
            span,
            format!(
                "the variant `{}` is written \"{value}\" too; give one of them another name with `rename = \"..\"`",
                other.ident
            ),
        );
    }
    Variant { ident, value, doc }
}
