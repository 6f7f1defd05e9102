//! What the compiler has to prove about the user's types, each at the user's own token.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::words::{column_of, option, runtime_at};
use crate::names;
use crate::resource::model::{Demand, Relation, RelationKind, Resource, Through};

/// The assertions.
pub(super) fn emit_proofs(resource: &Resource) -> TokenStream {
    let outline = &resource.outline;
    let fields = outline.fields.iter().zip(&resource.fields);
    let demands = fields.flat_map(|(outline, field)| field.demands.iter().map(|demand| (&outline.alias, demand)));
    let demands = demands.map(|(ty, demand)| emit_demand(resource, ty, demand));
    let through = outline.relations.iter().filter_map(|relation| Some((relation, relation.through()?)));
    let through = through.map(|(relation, through)| emit_through(resource, relation, through));
    // One constant for each, so that one error does not hide the next.
    let ones = outline.relations.iter().filter_map(|relation| match &relation.kind {
        RelationKind::HasOne { via } => Some(emit_one(resource, relation, via.as_ref())),
        _ => None,
    });
    let owner = emit_owner(resource);
    quote! {
        const _: () = {
            #(#demands)*
            #(#through)*
            #owner
        };
        #(const _: () = { #ones };)*
    }
}

fn emit_demand(resource: &Resource, ty: &Ident, demand: &Demand) -> TokenStream {
    let krate = &resource.outline.krate;
    match demand {
        Demand::Bound { bound, span } => {
            let (rt, function) = (runtime_at(krate, *span), format_ident!("{}", bound.function(), span = *span));
            quote_spanned!(*span=> #rt::assert::#function::<#ty>();)
        }
        Demand::Fact { fact, holds, span, message } => {
            let (rt, function) = (runtime_at(krate, *span), format_ident!("{}", fact.function(), span = *span));
            quote_spanned!(*span=> ::core::assert!(#rt::assert::#function::<#ty>() == #holds, #message);)
        }
    }
}

/// The relation that leads to the owner has the named field.
fn emit_owner(resource: &Resource) -> TokenStream {
    let outline = &resource.outline;
    let [first, second, rest @ ..] = resource.owner.as_slice() else { return TokenStream::new() };
    let Some(relation) = outline.relations.iter().find(|relation| first == relation.name.as_str()) else {
        return TokenStream::new();
    };
    let target = &relation.alias;
    let mut variant = names::variant(&second.to_string());
    variant.set_span(second.span());
    let rt = runtime_at(&outline.krate, second.span());
    let kind = if rest.is_empty() { quote!(Column) } else { quote!(Relation) };
    quote_spanned! {second.span()=>
        let _ = <<#target as #rt::sea_orm::ModelTrait>::Entity as #rt::sea_orm::EntityTrait>::#kind::#variant;
    }
}

/// The field by which the other's row refers to this one is unique.
fn emit_one(resource: &Resource, relation: &Relation, via: Option<&Ident>) -> TokenStream {
    let (target, alias) = (&relation.target, &relation.alias);
    let span = via.map_or_else(|| target.span(), Ident::span);
    let rt = runtime_at(&resource.outline.krate, span);
    let field = via.map_or_else(|| "the field".to_owned(), |via| format!("the field `{}`", via.unraw()));
    let message = format!(
        "`has_one` leads to one row at most, so {field} of `{}` that refers to this resource must be unique; write \
         `#[resource(unique)]` on it, or `has_many` here",
        target.to_token_stream().to_string().replace(' ', "")
    );
    let via = option(via.map(|via| via.unraw().to_string()));
    quote_spanned!(span=> ::core::assert!(#rt::assert::refers_once::<#alias>(#via), #message);)
}

/// The joining resource refers to both resources, by the named fields or by its `belongs_to`.
fn emit_through(resource: &Resource, relation: &Relation, through: &Through) -> TokenStream {
    let (outline, alias) = (&resource.outline, &through.alias);
    let sides = [(&through.from, outline.ident.to_token_stream()), (&through.to, relation.alias.to_token_stream())];
    let proofs = sides.map(|(field, side)| match field {
        Some(field) => {
            let rt = runtime_at(&outline.krate, field.span());
            let column = column_of(&alias.to_token_stream(), field, &rt, field.span());
            quote_spanned!(field.span()=> let _ = #column;)
        }
        None => {
            let span = through.target.span();
            let rt = runtime_at(&outline.krate, span);
            quote_spanned!(span=> #rt::assert::refers_to::<#alias, #side>();)
        }
    });
    quote!(#(#proofs)*)
}
