//! What is emitted: a checked resource, or the outline of one with errors.

use proc_macro2::TokenStream;
use quote::quote;

use crate::resource::model::{Outline, Resource};

/// Either a [`Resource`] or an [`Outline`]. Both have the same names, types and signatures; only a resource has
/// function bodies and data, so code that makes those takes a resource.
pub(super) trait Source {
    fn outline(&self) -> &Outline;

    /// The body of a function. In an outline it is never run.
    fn body(&self, make: impl FnOnce(&Resource) -> TokenStream) -> TokenStream;

    /// Items that other code does not name. In an outline there are none.
    fn items(&self, make: impl FnOnce(&Resource) -> TokenStream) -> TokenStream;

    /// A value that both have, made in different ways.
    fn value(
        &self,
        of_resource: impl FnOnce(&Resource) -> TokenStream,
        of_outline: impl FnOnce(&Outline) -> TokenStream,
    ) -> TokenStream;
}

impl Source for Resource {
    fn outline(&self) -> &Outline {
        &self.outline
    }

    fn body(&self, make: impl FnOnce(&Resource) -> TokenStream) -> TokenStream {
        make(self)
    }

    fn items(&self, make: impl FnOnce(&Resource) -> TokenStream) -> TokenStream {
        make(self)
    }

    fn value(
        &self,
        of_resource: impl FnOnce(&Resource) -> TokenStream,
        _: impl FnOnce(&Outline) -> TokenStream,
    ) -> TokenStream {
        of_resource(self)
    }
}

impl Source for Outline {
    fn outline(&self) -> &Outline {
        self
    }

    fn body(&self, _: impl FnOnce(&Resource) -> TokenStream) -> TokenStream {
        quote!(::core::unreachable!())
    }

    fn items(&self, _: impl FnOnce(&Resource) -> TokenStream) -> TokenStream {
        TokenStream::new()
    }

    fn value(
        &self,
        _: impl FnOnce(&Resource) -> TokenStream,
        of_outline: impl FnOnce(&Outline) -> TokenStream,
    ) -> TokenStream {
        of_outline(self)
    }
}
