//! Continuing after an error.

use syn::Token;
use syn::parse::ParseStream;

/// Skips everything up to the next comma, and the comma.
pub(crate) fn skip_to_comma(input: ParseStream) {
    while !input.is_empty() {
        if input.parse::<Option<Token![,]>>().ok().flatten().is_some() {
            return;
        }
        // Any token can be read as a tree.
        let _ = input.parse::<proc_macro2::TokenTree>();
    }
}
