//! `Service`: a type in the user's crate, so that they can add methods to it.

use proc_macro2::TokenStream;
use quote::quote;

use crate::resource::model::Outline;

/// The newtype.
pub(super) fn emit_service(outline: &Outline) -> TokenStream {
    let Outline { krate, ident, inner_vis, .. } = outline;
    let rt = quote!(#krate::__private);
    let doc = format!("The service of [`{ident}`](super::{ident}); you can add methods to it in `impl` blocks.");
    quote! {
        #[doc = #doc]
        #[derive(::core::clone::Clone)]
        #inner_vis struct Service(#krate::Crud<super::#ident>);
        impl Service {
            /// The service for the application itself: seeds, jobs, tests.
            pub fn as_system(__executor: &impl #krate::Executor) -> Self {
                Self(#krate::Crud::as_system(__executor))
            }
            /// The service for this user.
            pub fn as_user(__executor: &impl #krate::Executor, __user: #krate::CurrentUser) -> Self {
                Self(#krate::Crud::as_user(__executor, __user))
            }
        }
        #[automatically_derived]
        impl ::core::ops::Deref for Service {
            type Target = #krate::Crud<super::#ident>;
            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }
        #[automatically_derived]
        impl ::core::convert::From<#krate::Crud<super::#ident>> for Service {
            fn from(__crud: #krate::Crud<super::#ident>) -> Self {
                Self(__crud)
            }
        }
        #[automatically_derived]
        impl #rt::actix_web::FromRequest for Service {
            type Error = #krate::Error;
            type Future = ::std::future::Ready<::core::result::Result<Self, Self::Error>>;
            fn from_request(
                __request: &#rt::actix_web::HttpRequest,
                _: &mut #rt::actix_web::dev::Payload,
            ) -> Self::Future {
                ::std::future::ready(#rt::crud_from_request::<super::#ident>(__request).map(Self))
            }
        }
    }
}
