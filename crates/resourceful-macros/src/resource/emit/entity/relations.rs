//! `Relation`: the relations as SeaORM knows them.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use super::emit_iterable;
use crate::resource::emit::source::Source;
use crate::resource::emit::words::{column_of, field_type, runtime_at, runtime_variant};
use crate::resource::model::{Outline, Relation, RelationKind};

/// The enum and its traits.
pub(crate) fn emit_relations(source: &impl Source) -> TokenStream {
    let outline = source.outline();
    let Outline { krate, inner_vis, relations, .. } = outline;
    let rt = quote!(#krate::__private);
    let direct = || relations.iter().filter(|relation| relation.is_direct());
    let variants: Vec<_> = direct().map(|relation| &relation.variant).collect();
    let docs = direct().map(|relation| format!("`{}`", relation.name));
    let definition = source.body(|_| {
        let definitions = direct().map(|relation| emit_definition(outline, relation));
        quote!(match *self { #(Self::#variants => #definitions,)* })
    });
    let iterable = emit_iterable(&rt, &quote!(Relation), &variants);
    let related = source.value(
        |_| {
            let related = relations.iter().filter(|relation| relation.related);
            related.map(|relation| emit_related(krate, relation)).collect()
        },
        |_| emit_related_to_all(&rt),
    );
    quote! {
        /// The relations to other resources.
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug)]
        #inner_vis enum Relation {
            #(#[doc = #docs] #variants,)*
        }
        #iterable
        #[automatically_derived]
        impl #rt::sea_orm::RelationTrait for Relation {
            fn def(&self) -> #rt::sea_orm::RelationDef {
                #definition
            }
        }
        #related
    }
}

/// For a resource with errors, of which one may be that a relation is not written as such: the resources that rely on it
/// are not wrong.
fn emit_related_to_all(rt: &TokenStream) -> TokenStream {
    quote! {
        #[automatically_derived]
        impl<__E: #rt::sea_orm::EntityTrait> #rt::RefersTo<__E> for Entity {}
        #[automatically_derived]
        impl<__E: #rt::sea_orm::EntityTrait> #rt::sea_orm::Related<__E> for Entity {
            fn to() -> #rt::sea_orm::RelationDef {
                ::core::unreachable!()
            }
        }
    }
}

/// SeaORM's `Related`, and that one of this resource's fields refers to the other.
fn emit_related(krate: &syn::Path, relation: &Relation) -> TokenStream {
    let (alias, variant, span) = (&relation.alias, &relation.variant, relation.target.span());
    let rt = runtime_at(krate, span);
    let refers = matches!(relation.kind, RelationKind::BelongsTo { .. }).then(|| {
        quote_spanned! {span=>
            #[automatically_derived]
            #[diagnostic::do_not_recommend]
            impl #rt::RefersTo<<super::#alias as #rt::sea_orm::ModelTrait>::Entity> for Entity {}
        }
    });
    quote_spanned! {span=>
        #[automatically_derived]
        impl #rt::sea_orm::Related<<super::#alias as #rt::sea_orm::ModelTrait>::Entity> for Entity {
            fn to() -> #rt::sea_orm::RelationDef {
                #rt::sea_orm::RelationTrait::def(&Relation::#variant)
            }
        }
        #refers
    }
}

fn emit_definition(outline: &Outline, relation: &Relation) -> TokenStream {
    let (alias, krate, span) = (&relation.alias, &outline.krate, relation.target.span());
    let rt = runtime_at(krate, span);
    match &relation.kind {
        RelationKind::BelongsTo { field, on_delete, .. } => {
            let (column, ty) = (&outline.fields[*field].variant, field_type(&outline.fields[*field]));
            let on_delete = runtime_variant(on_delete);
            quote_spanned! {span=>
                #rt::belongs_to::<Entity, super::#alias, <#ty as #rt::FieldType>::Scalar>(Column::#column, #krate::spec::OnDelete::#on_delete)
            }
        }
        RelationKind::HasMany { via } => emit_referred(relation, "has_many", via.as_ref(), &rt),
        RelationKind::HasOne { via } => emit_referred(relation, "has_one", via.as_ref(), &rt),
        // Two relations of the joining resource, which SeaORM does not define.
        RelationKind::ManyToMany(_) => TokenStream::new(),
    }
}

/// The definition of a relation whose other side holds the reference.
fn emit_referred(relation: &Relation, function: &str, via: Option<&Ident>, rt: &TokenStream) -> TokenStream {
    let (alias, span) = (&relation.alias, relation.target.span());
    let Some(via) = via else {
        let function = format_ident!("{function}", span = span);
        return quote_spanned!(span=> #rt::#function::<Entity, super::#alias>());
    };
    let function = format_ident!("{function}_via", span = span);
    let column = column_of(&quote!(super::#alias), via, rt, span);
    quote_spanned!(span=> #rt::#function::<Model, super::#alias>(#column))
}
