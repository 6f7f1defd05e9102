//! Tokens that many emitters need.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::Path;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use crate::names;
use crate::resource::model::{Computed, FieldOutline, Outline, TypeName};
use crate::spans::all_at;

/// The path of the runtime's private module, at the user's own token: the compiler points there.
pub(super) fn runtime_at(krate: &Path, span: Span) -> TokenStream {
    let path = quote!(#krate::__private).into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    path.collect()
}

/// The type of a field, as the generated module names it, at the user's own token.
pub(super) fn field_type(field: &FieldOutline) -> TokenStream {
    let alias = &field.alias;
    quote_spanned!(field.ty.span()=> super::#alias)
}

/// The type of the field, or a number instead.
pub(super) fn named_type(field: &FieldOutline, name: TypeName) -> TokenStream {
    match name {
        TypeName::Own => field_type(field),
        TypeName::StandIn => quote!(::core::primitive::i32),
    }
}

/// The type of the field in an active model. SeaORM's own type is named by a trait of the runtime: of SeaORM's, the compiler
/// complains once more about every type that a field cannot have.
pub(super) fn active_type(krate: &Path, field: &FieldOutline) -> TokenStream {
    let (span, ty) = (field.ty.span(), field_type(field));
    let rt = runtime_at(krate, span);
    match (field.named, &field.inner) {
        (TypeName::StandIn, _) => quote_spanned!(span=> #rt::sea_orm::ActiveValue<::core::primitive::i32>),
        (TypeName::Own, Some((inner, _))) => quote_spanned!(span=> <super::#inner as #rt::FieldTables>::ActiveOption),
        (TypeName::Own, None) => quote_spanned!(span=> <#ty as #rt::FieldTables>::Active),
    }
}

/// The same expression for every field, at the user's own token for its type: where the compiler has already said that no
/// field can have the type, it does not say so again.
pub(super) fn for_each_field(
    outline: &Outline,
    make: impl Fn(&FieldOutline, &Ident) -> TokenStream,
) -> Vec<TokenStream> {
    let made = outline.fields.iter().map(|field| all_at(field.ty.span(), make(field, &field_table(field))));
    made.collect()
}

/// The name of the table of the runtime's functions for a field.
pub(super) fn field_table(field: &FieldOutline) -> Ident {
    format_ident!("__FIELD_{}", field.name, span = field.ty.span())
}

/// The name of the table of the runtime's functions for a computed field.
pub(super) fn computed_table(computed: &Computed) -> Ident {
    format_ident!("__COMPUTED_{}", computed.name, span = computed.ty.span())
}

/// The doc comment of items made from a field: that of the user, or the field's name.
pub(super) fn field_doc(field: &FieldOutline) -> String {
    if field.doc.is_empty() { format!("`{}`", field.name) } else { field.doc.clone() }
}

/// The struct, where SeaORM requires that it can be cloned and debugged. As with the fields' types, the
/// compiler reports a missing trait with the same message at the same token, and shows equal messages once.
pub(super) fn model_bound(outline: &Outline) -> TokenStream {
    let (ident, rt) = (&outline.ident, runtime_at(&outline.krate, outline.ident.span()));
    quote_spanned!(ident.span()=> <super::#ident as #rt::assert::IsModel>::Itself)
}

/// The column of another resource's field; the compiler points at the field's name when there is none.
pub(super) fn column_of(resource: &TokenStream, field: &Ident, rt: &TokenStream, span: Span) -> TokenStream {
    let mut variant = names::variant(&field.unraw().to_string());
    variant.set_span(field.span());
    quote_spanned! {span=>
        <<#resource as #rt::sea_orm::ModelTrait>::Entity as #rt::sea_orm::EntityTrait>::Column::#variant
    }
}

/// The runtime's variant, which has the same name.
pub(super) fn runtime_variant(value: impl std::fmt::Debug) -> Ident {
    format_ident!("{}", format!("{value:?}"))
}

/// `Some(..)` or `None`, by absolute paths.
pub(super) fn option(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}
