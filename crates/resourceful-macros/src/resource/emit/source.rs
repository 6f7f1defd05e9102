//! What is emitted: a proven resource, or what is left of one that has errors.

use proc_macro2::TokenStream;
use quote::quote;

use super::{resource_impl, spec};
use crate::resource::model::{Outline, Resource};

/// Either a [`Resource`] or an [`Outline`]. Both have the same names, types and signatures; only a resource has bodies
/// and data, so what makes them takes a resource.
pub(super) trait Source {
    fn outline(&self) -> &Outline;

    /// The body of a function. In an outline it is never run.
    fn body(&self, make: impl FnOnce(&Resource) -> TokenStream) -> TokenStream;

    /// Items that other code does not name. In an outline there are none.
    fn items(&self, make: impl FnOnce(&Resource) -> TokenStream) -> TokenStream;

    /// The value of `SPEC`.
    fn spec(&self) -> TokenStream;

    /// The value of `Resource::TABLE`.
    fn table(&self) -> TokenStream;
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

    fn spec(&self) -> TokenStream {
        spec::emit_spec_value(self)
    }

    fn table(&self) -> TokenStream {
        resource_impl::emit_table_value(self)
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

    fn spec(&self) -> TokenStream {
        spec::emit_empty_spec_value(self)
    }

    fn table(&self) -> TokenStream {
        resource_impl::emit_empty_table_value(self)
    }
}
