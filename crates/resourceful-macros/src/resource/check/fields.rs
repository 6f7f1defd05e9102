//! Each field by itself, and the fields beside each other.

use quote::format_ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, ExprLit, Lit, LitStr, Type, UnOp};

use super::rules::{self, Kind};
use super::{access, relations, seen_from_inside, spelled, variant};
use crate::errors::Errors;
use crate::resource::model::{Demand, Field, Input, InputField, Keys, Role, Spelled, Value, Written};
use crate::names;

/// Words of the query string, which cannot be a field's or a relation's as well.
pub(super) const RESERVED: [&str; 11] =
    ["page", "size", "after", "sort", "q", "fields", "include", "count", "or", "and", "not"];

const ROLES: [(&str, Role); 3] = [("id", Role::Id), ("created_at", Role::CreatedAt), ("updated_at", Role::UpdatedAt)];

/// The fields, but for what the owner changes about them.
pub(super) fn fields(input: &Input, errors: &mut Errors) -> Vec<Field> {
    let mut fields: Vec<Field> = Vec::new();
    for written in &input.fields {
        let field = field(input, written, errors);
        let clash =
            |what: &str, value: &str| format!("another field has the {what} `{value}` too; name one of them otherwise");
        if fields.iter().any(|other| other.json == field.json) {
            let text = written.keys.text("rename").map_or(written.ident.span(), LitStr::span);
            errors.at(text, clash("JSON name", &field.json));
        } else if fields.iter().any(|other| other.column == field.column) {
            let text = written.keys.text("column").map_or(written.ident.span(), LitStr::span);
            errors.at(text, clash("column", &field.column));
        } else if fields.iter().any(|other| other.variant == field.variant) {
            errors.on(&written.ident, clash("name in the enum `Column`,", &field.variant.to_string()));
            continue;
        }
        fields.push(field);
    }
    fields
}

fn field(input: &Input, written: &InputField, errors: &mut Errors) -> Field {
    let keys = &written.keys;
    let name = written.ident.unraw().to_string();
    let spelled = spelled(&written.ty);
    storable(&written.ty, "SQLite and PostgreSQL cannot both store this type exactly", errors);
    let (rules, mut demands) = rules::rules(written, &spelled, errors);
    let role = role(input, written, errors);
    let json = json(written, &name, errors);
    comparable(written, &spelled, &mut demands, errors);
    for key in ["filter", "sort"] {
        if let Some(word) = keys.word(key).filter(|_| RESERVED.contains(&json.as_str())) {
            errors.on(word, format!("`{json}` is a word of the query string, so callers cannot {key} by a field of this name; give it another with `rename`\nreserved: {}", RESERVED.join(", ")));
        }
    }
    let column = column(keys, &name, errors);
    let mut field = Field {
        alias: format_ident!("__Resource{}_{}", input.ident.unraw(), name, span = written.ty.span()),
        vis: seen_from_inside(&written.vis),
        ident: written.ident.clone(),
        ty: written.ty.clone(),
        doc: written.doc.clone(),
        access: access::access(keys, errors),
        read: access::permission(keys, "read", errors),
        write: access::permission(keys, "write", errors),
        owns: false,
        default: default(keys, &spelled, errors),
        unique: keys.has("unique"),
        index: keys.has("index"),
        filter: keys.has("filter") || role == Role::Id,
        sort: keys.has("sort") || role == Role::Id,
        search: keys.has("search"),
        checks: keys.paths("check"),
        variant: variant(&name),
        name,
        json,
        column,
        spelled,
        role,
        rules,
        demands,
    };
    of_role(written, &mut field, errors);
    access::permissions(written, &field, errors);
    for relation in keys.relations("belongs_to") {
        relations::demands(relation, &mut field);
    }
    field
}

/// Refuses what can be seen to be no type of a field; of the rest the compiler knows more.
pub(super) fn storable(ty: &Type, why: &str, errors: &mut Errors) {
    let inner = super::inside_option(ty);
    let instead = match inner {
        Type::Reference(_) | Type::Ptr(_) | Type::FnPtr(_) | Type::TraitObject(_) | Type::ImplTrait(_) => {
            "a field owns its value: write `String` for text"
        }
        Type::Tuple(_) | Type::Array(_) | Type::Slice(_) => "write `Json<..>` to make it JSON",
        _ => match spelled(inner).word.as_str() {
            _ if super::is_option(inner) => "null is null: one `Option` is enough",
            "u8" | "i8" => "write `i16`, and `range(..)` if it matters",
            "u16" => "write `i32`, and `range(0..=65535)` if it matters",
            "u32" => "write `i64`, and `range(0..)` if it matters",
            "u64" | "usize" | "isize" => "write `i64`, or `Decimal` for numbers beyond it",
            "u128" | "i128" => "write `Decimal`, or `String`",
            "char" => "write `String`, and `length(1..=1)`",
            "HashMap" | "BTreeMap" | "HashSet" | "BTreeSet" => "write `Json<..>` to make it JSON",
            "Vec" if !super::is_bytes(inner) => "write `Json<Vec<..>>` to make it JSON; only `Vec<u8>` is bytes",
            _ => return,
        },
    };
    errors.on(inner, format!("{why}; {instead}"));
}

fn role(input: &Input, written: &InputField, errors: &mut Errors) -> Role {
    let mut role = None;
    for (key, this) in ROLES {
        let marked = |field: &&InputField| field.keys.has(key);
        if let Some(word) = written.keys.word(key) {
            if role.is_some() {
                errors.on(word, "a field is one of `id`, `created_at` and `updated_at`, not two of them");
            }
            if input.fields.iter().find(marked).is_some_and(|first| first.ident != written.ident) {
                errors.on(word, format!("another field is `{key}` already; a resource has one"));
                continue;
            }
            role = Some(this);
        } else if role.is_none()
            && written.ident.unraw() == key
            && !input.fields.iter().any(|field| field.keys.has(key))
        {
            role = Some(this);
        }
    }
    role.unwrap_or(Role::Plain)
}

/// What the id and the two times demand.
fn of_role(written: &InputField, field: &mut Field, errors: &mut Errors) {
    let keys = &written.keys;
    let span = written.ty.span();
    let meaningless: &[&str] = match field.role {
        Role::Plain => return,
        Role::Id => {
            &["default", "read_only", "create_only", "write_only", "hidden", "read", "unique", "index", "belongs_to"]
        }
        Role::CreatedAt | Role::UpdatedAt => &[
            "default",
            "read_only",
            "create_only",
            "write_only",
            "write",
            "length",
            "range",
            "pattern",
            "email",
            "url",
            "one_of",
            "check",
        ],
    };
    for key in meaningless {
        if let Some(word) = keys.word(key) {
            let why = match field.role {
                Role::Id => "the id is unique, indexed, shown, and never changes",
                _ => "the server sets the field",
            };
            errors.on(word, format!("`{key}` has no meaning on `{}`: {why}", field.name));
        }
    }
    if field.role != Role::Id {
        let sentence = format!("`{}` holds a moment that is always known, so its type is DateTime<Utc>", field.name);
        match rules::kind(&field.spelled) {
            Some(Kind::Timestamp) if !field.spelled.optional => {}
            None if !field.spelled.optional => field.demands.push(Demand::Fact("is_timestamp", true, span, sentence)),
            _ => errors.on(&written.ty, sentence),
        }
        return;
    }
    if field.spelled.optional {
        errors.on(&written.ty, "an id cannot be null; its type is Uuid, i32, i64 or String");
    } else if rules::kind(&field.spelled).is_some() {
        if !["Uuid", "i32", "i64", "String"].contains(&field.spelled.word.as_str()) {
            errors.on(&written.ty, "this cannot be the type of an id, which is a Uuid, an i32, an i64 or a String");
        }
    } else {
        field.demands.push(Demand::Bound("id_type", span));
        let sentence = "this id is text, which whoever creates a row gives: write its type as `String`, so that `Create` asks for it";
        field.demands.push(Demand::Fact("is_text", false, span, sentence.to_owned()));
    }
}

fn json(written: &InputField, name: &str, errors: &mut Errors) -> String {
    let json = written.keys.text("rename").map_or_else(|| names::camel(name), LitStr::value);
    match written.keys.text("rename") {
        _ if is_json_name(&json) => {}
        Some(text) => errors.on(text, "a JSON name has ASCII letters, digits and `_` only"),
        None => errors.on(
            &written.ident,
            "a JSON name has ASCII letters, digits and `_` only; give the field one with `rename = \"..\"`",
        ),
    }
    json
}

/// Whether queries can name it without escapes.
pub(super) fn is_json_name(json: &str) -> bool {
    !json.is_empty() && json.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

fn column(keys: &Keys, name: &str, errors: &mut Errors) -> String {
    match keys.text("column") {
        Some(text) if text.value().is_empty() || text.value().contains(['"', '`', '\0']) => {
            errors.on(text, "a column has a name, without quotes in it");
            name.to_owned()
        }
        Some(text) => text.value(),
        None => name.to_owned(),
    }
}

fn comparable(written: &InputField, spelled: &Spelled, demands: &mut Vec<Demand>, errors: &mut Errors) {
    for key in ["filter", "sort", "unique", "index"] {
        let Some(word) = written.keys.word(key) else { continue };
        let sentence = format!("`{key}` does not fit JSON and bytes, which databases do not compare");
        if rules::is_incomparable(spelled) {
            errors.on(word, sentence);
        } else if rules::kind(spelled).is_none() {
            demands.push(Demand::Fact("is_comparable", true, word.span(), sentence));
        }
    }
}

fn default(keys: &Keys, spelled: &Spelled, errors: &mut Errors) -> Option<Expr> {
    let Some(Written { value: Value::Expr(expr), .. }) = keys.get("default") else { return None };
    let literal = literal(expr);
    let fits = match (literal, rules::kind(spelled)) {
        (None, _) | (_, None) => true,
        (Some(Lit::Str(_)), Some(kind)) => matches!(kind, Kind::Text | Kind::Json),
        (Some(Lit::Bool(_)), Some(kind)) => matches!(kind, Kind::Bool | Kind::Json),
        (Some(Lit::Int(_)), Some(kind)) => matches!(kind, Kind::Whole | Kind::Json),
        (Some(Lit::Float(_)), Some(kind)) => matches!(kind, Kind::Float | Kind::Json),
        (Some(_), Some(_)) => true,
    };
    if fits {
        return Some(expr.clone());
    }
    let example = match rules::kind(spelled) {
        Some(Kind::Text) => "\"text\"",
        Some(Kind::Whole) => "5",
        Some(Kind::Float) => "0.5",
        Some(Kind::Bool) => "true",
        Some(Kind::Decimal) => "Decimal::ONE",
        Some(Kind::Uuid) => "Uuid::nil()",
        Some(Kind::Timestamp) => "Utc::now()",
        _ => "Default::default()",
    };
    errors.on(
        expr,
        format!(
            "the default is not a value of the field's type, {}; write for example `default = {example}`",
            spelled.word
        ),
    );
    None
}

/// The literal that an expression is, with a sign or without.
pub(crate) fn literal(expr: &Expr) -> Option<&Lit> {
    match expr {
        Expr::Lit(ExprLit { lit, .. }) => Some(lit),
        Expr::Unary(unary) if matches!(unary.op, UnOp::Neg(_)) => literal(&unary.expr),
        Expr::Group(group) => literal(&group.expr),
        Expr::Paren(paren) => literal(&paren.expr),
        _ => None,
    }
}

/// The index of the id.
pub(super) fn id(fields: &[Field], input: &Input, errors: &mut Errors) -> Option<usize> {
    let id = fields.iter().position(|field| field.role == Role::Id);
    if id.is_none() {
        errors.on(&input.ident, "a resource has an id: call a field `id`, or mark one with `#[resource(id)]`; its type is Uuid, i32, i64 or String");
    }
    id
}
