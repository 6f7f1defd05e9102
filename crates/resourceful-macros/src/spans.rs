//! Places of generated tokens.

use proc_macro2::{Span, TokenStream};

/// The same tokens in another place, where the compiler reports errors about them.
pub(crate) fn at(span: Span, tokens: TokenStream) -> TokenStream {
    tokens
        .into_iter()
        .map(|mut token| {
            token.set_span(span);
            token
        })
        .collect()
}
