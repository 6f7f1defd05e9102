//! What the compiler has to prove about the user's types, each at the user's own token.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::entity::column_of;
use super::runtime;
use crate::resource::check;
use crate::resource::model::{Demand, Relation, RelationKind, Resource, Through};

/// The assertions.
pub(super) fn proofs(resource: &Resource) -> TokenStream {
    let demands = resource.fields.iter().flat_map(|field| {
        let ty = &field.ty;
        field.demands.iter().map(move |demand| match demand {
            Demand::Bound(name, span) => {
                let rt = runtime(resource, *span);
                let function = format_ident!("{name}", span = *span);
                quote_spanned!(*span=> #rt::assert::#function::<#ty>();)
            }
            Demand::Fact(name, holds, span, sentence) => {
                let rt = runtime(resource, *span);
                let function = format_ident!("{name}", span = *span);
                quote_spanned!(*span=> ::core::assert!(#rt::assert::#function::<#ty>() == #holds, #sentence);)
            }
        })
    });
    let between = resource.relations.iter().filter_map(|relation| match &relation.kind {
        RelationKind::ManyToMany(through) => Some(joins(resource, relation, through)),
        _ => None,
    });
    // A constant each, so that one mistake does not hide the next.
    let ones = resource.relations.iter().filter_map(|relation| match &relation.kind {
        RelationKind::HasOne { via } => Some(one(resource, relation, via.as_ref())),
        _ => None,
    });
    let owner = owner(resource);
    quote! {
        const _: () = {
            #(#demands)*
            #(#between)*
            #owner
        };
        #(const _: () = { #ones };)*
    }
}

/// The relation that leads to the owner has the field that is named.
fn owner(resource: &Resource) -> TokenStream {
    let [first, second, rest @ ..] = resource.owner.as_slice() else { return TokenStream::new() };
    let Some(relation) = resource.relations.iter().find(|relation| first == relation.name.as_str()) else {
        return TokenStream::new();
    };
    let target = &relation.target;
    let mut variant = check::variant(&second.to_string());
    variant.set_span(second.span());
    let rt = runtime(resource, second.span());
    let kind = if rest.is_empty() { quote!(Column) } else { quote!(Relation) };
    quote_spanned! {second.span()=>
        let _ = <<#target as #rt::sea_orm::ModelTrait>::Entity as #rt::sea_orm::EntityTrait>::#kind::#variant;
    }
}

/// The field by which the other's row refers to this one is unique.
fn one(resource: &Resource, relation: &Relation, via: Option<&Ident>) -> TokenStream {
    let target = &relation.target;
    let span = via.map_or_else(|| target.span(), Ident::span);
    let rt = runtime(resource, span);
    let field = via.map_or_else(|| "the field".to_owned(), |via| format!("the field `{}`", via.unraw()));
    let sentence = format!(
        "`has_one` leads to one row at most: {field} of `{}` that refers to this resource must be `unique`; write `#[resource(unique)]` on it, or `has_many` here",
        target.to_token_stream().to_string().replace(' ', "")
    );
    let via = match via {
        Some(via) => {
            let name = via.unraw().to_string();
            quote!(::core::option::Option::Some(#name))
        }
        None => quote!(::core::option::Option::None),
    };
    quote_spanned!(span=> ::core::assert!(#rt::assert::refers_once::<#target>(#via), #sentence);)
}

/// The resource between two others refers to both, by the fields that are named or by its `belongs_to`.
fn joins(resource: &Resource, relation: &Relation, through: &Through) -> TokenStream {
    let (ident, alias) = (&resource.ident, &through.alias);
    let sides = [(&through.from, quote!(#ident)), (&through.to, relation.alias.to_token_stream())];
    let proofs = sides.map(|(field, side)| match field {
        Some(field) => {
            let rt = runtime(resource, field.span());
            let column = column_of(&alias.to_token_stream(), field, &rt, field.span());
            quote_spanned!(field.span()=> let _ = #column;)
        }
        None => {
            let span = through.target.span();
            let rt = runtime(resource, span);
            quote_spanned!(span=> #rt::assert::refers_to::<#alias, #side>();)
        }
    });
    quote!(#(#proofs)*)
}
