//! `relations`: the relations as typed values, which name them to the service.

use proc_macro2::TokenStream;
use quote::quote;

use crate::resource::check;
use crate::resource::model::Resource;

/// The constants; nothing when there is no relation.
pub(super) fn inside(resource: &Resource) -> TokenStream {
    if resource.relations.is_empty() {
        return TokenStream::new();
    }
    let Resource { krate, ident, inner_vis, .. } = resource;
    let constants = resource.relations.iter().map(|relation| {
        let (name, alias, constant) = (&relation.name, &relation.alias, check::constant(&relation.name));
        let ty = if relation.is_to_many() { quote!(ToMany) } else { quote!(ToOne) };
        let doc = format!("`{name}`");
        quote! {
            #[doc = #doc]
            pub const #constant: #krate::#ty<super::super::#ident, super::super::#alias> = #krate::#ty::new(#name);
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
