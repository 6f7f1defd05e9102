//! `relations`: the relations as typed values, which name them to the service.

use proc_macro2::TokenStream;
use quote::quote;
use syn::spanned::Spanned;

use crate::names;
use crate::resource::model::Outline;
use crate::spans::all_at;

/// The constants; nothing when there is no relation.
pub(super) fn emit_relations(outline: &Outline) -> TokenStream {
    let Outline { krate, ident, inner_vis, relations, .. } = outline;
    if relations.is_empty() {
        return TokenStream::new();
    }
    let constants = relations.iter().map(|relation| {
        let (name, alias, constant) = (&relation.name, &relation.alias, names::constant(&relation.name));
        let ty = if relation.is_to_many() { quote!(ToMany) } else { quote!(ToOne) };
        let doc = format!("`{name}`");
        // At the user's token, where the compiler says that the other is no resource. The constant itself is not: the
        // compiler would warn that it is not used.
        let at_target = |tokens| all_at(relation.target.span(), tokens);
        let typed = at_target(quote!(#krate::#ty<super::super::#ident, super::super::#alias>));
        let value = at_target(quote!(#krate::#ty::new(#name)));
        quote! {
            #[doc = #doc]
            pub const #constant: #typed = #value;
        }
    });
    // The other resource can be less visible than this one.
    quote! {
        /// The relations, as the service takes them.
        #[allow(private_interfaces)]
        #inner_vis mod relations {
            #(#constants)*
        }
    }
}
