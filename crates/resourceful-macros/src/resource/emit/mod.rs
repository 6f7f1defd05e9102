//! [`Resource`] to declarations. No decision is taken here: what is emitted are names, literals and calls of the
//! runtime.

mod entity;
mod inputs;
mod proofs;
mod relations;
mod service;
mod spec;

pub(crate) mod fallback;

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;

use crate::resource::model::{Computed, Field, RelationKind, Resource};

/// Everything that a resource is.
pub(crate) fn resource(resource: &Resource) -> TokenStream {
    let proofs = proofs::proofs(resource);
    let declarations = declarations(resource);
    quote!(#proofs #declarations)
}

fn declarations(resource: &Resource) -> TokenStream {
    let Resource { vis, ident, module, .. } = resource;
    let aliases = aliases(resource);
    let beside = spec::beside(resource);
    // Inside a function, `super` is not the function. The first name that is not found there says so.
    let module_only =
        format_ident!("__{ident}_must_be_declared_in_a_module_and_not_inside_a_function", span = ident.span());
    let inside = [
        tables(resource),
        entity::inside(resource),
        inputs::inside(resource),
        service::inside(resource),
        spec::inside(resource),
        relations::inside(resource),
    ];
    let doc = format!("What `#[derive(Resource)]` makes of [`{0}`](super::{0}).", ident);
    let in_a_module = quote_spanned!(ident.span()=> const _: super::#module_only = (););
    quote! {
        #[doc(hidden)]
        #[allow(non_camel_case_types)]
        type #module_only = ();
        #aliases
        #beside
        #[doc = #doc]
        #vis mod #module {
            #in_a_module
            #(#inside)*
        }
    }
}

/// Names for the user's types that nothing in the module can shadow.
fn aliases(resource: &Resource) -> TokenStream {
    let fields = resource.fields.iter().map(|field| (&field.alias, &field.ty));
    let relations = resource.relations.iter().map(|relation| (&relation.alias, &relation.target));
    let between = resource.relations.iter().filter_map(|relation| match &relation.kind {
        RelationKind::ManyToMany(through) => Some((&through.alias, &through.target)),
        _ => None,
    });
    let computed = resource.computed.iter().map(|computed| (&computed.alias, &computed.ty));
    let aliases = fields.chain(relations).chain(between).chain(computed).map(|(alias, ty)| {
        quote_spanned! {ty.span()=>
            #[doc(hidden)]
            #[allow(non_camel_case_types)]
            type #alias = #ty;
        }
    });
    quote!(#(#aliases)*)
}

/// The type of a field, as the generated module names it, at the user's own token.
fn field_type(field: &Field) -> TokenStream {
    let alias = &field.alias;
    quote_spanned!(field.ty.span()=> super::#alias)
}

/// The runtime's functions of the fields' types, one table for each field, and for each computed one.
fn tables(resource: &Resource) -> TokenStream {
    let tables = resource.fields.iter().filter(|_| resource.proven).map(|field| {
        let (span, of, ty) = (field.ty.span(), field_of(field), field_type(field));
        let rt = runtime(resource, span);
        quote_spanned! {span=>
            #[allow(non_upper_case_globals)]
            const #of: #rt::FieldOf<#ty, #rt::sea_orm::ActiveValue<#ty>> = #rt::FieldOf::new();
        }
    });
    let computed = resource.computed.iter().filter(|_| resource.proven).map(|computed| {
        let (span, of, alias) = (computed.ty.span(), computed_of(computed), &computed.alias);
        let rt = runtime(resource, span);
        quote_spanned! {span=>
            #[allow(non_upper_case_globals)]
            pub(super) const #of: #rt::ComputedOf<super::#alias> = #rt::ComputedOf::new();
        }
    });
    quote!(#(#tables)* #(#computed)*)
}

/// The path of the runtime's private module, at the user's own token: the compiler points there.
fn runtime(resource: &Resource, span: Span) -> TokenStream {
    let krate = &resource.krate;
    let path = quote!(#krate::__private).into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    path.collect()
}

/// The name of a field's table.
fn field_of(field: &Field) -> Ident {
    format_ident!("__FIELD_{}", field.name, span = field.ty.span())
}

/// The name of a computed field's table.
fn computed_of(computed: &Computed) -> Ident {
    format_ident!("__COMPUTED_{}", computed.name, span = computed.ty.span())
}

/// The type of the id; beside errors, a number stands in for anything that may not be one.
fn id_type(resource: &Resource) -> TokenStream {
    let id = &resource.fields[resource.id];
    let sound = ["Uuid", "i32", "i64", "String"].iter().any(|word| id.spelled.is(word));
    if resource.proven || sound { field_type(id) } else { quote!(::core::primitive::i32) }
}

/// A function's body, which nothing has beside errors.
fn body(resource: &Resource, tokens: TokenStream) -> TokenStream {
    if resource.proven { tokens } else { quote!(::core::unreachable!()) }
}

/// The doc comment of what is made of a field: the user's, or its name.
fn field_doc(field: &Field) -> String {
    if field.doc.is_empty() { format!("`{}`", field.name) } else { field.doc.clone() }
}

/// The runtime's variant of this name.
fn runtime_variant(value: impl std::fmt::Debug) -> Ident {
    format_ident!("{}", format!("{value:?}"))
}

/// `Some(..)` or `None`, by absolute paths.
fn option(value: Option<impl quote::ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}
