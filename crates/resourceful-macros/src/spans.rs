//! Places of generated tokens.

use proc_macro2::{Group, Span, TokenStream, TokenTree};

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

/// The same, with the tokens in parentheses and braces.
pub(crate) fn all_at(span: Span, tokens: TokenStream) -> TokenStream {
    let moved = tokens.into_iter().map(|token| match token {
        TokenTree::Group(group) => TokenTree::Group(Group::new(group.delimiter(), all_at(span, group.stream()))),
        other => other,
    });
    at(span, moved.collect())
}
