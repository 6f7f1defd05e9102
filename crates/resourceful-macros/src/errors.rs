//! Collects every error, so that the user sees all of them at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;

/// The errors found so far. They must be taken with [`into_tokens`](Self::into_tokens): if errors were dropped,
/// an invalid item would compile.
#[derive(Debug, Default)]
pub(crate) struct Errors(Option<syn::Error>);

impl Errors {
    /// An error at this place.
    pub(crate) fn at(&mut self, span: Span, message: impl Display) {
        self.push(syn::Error::new(span, message));
    }

    /// An error at these tokens.
    pub(crate) fn on(&mut self, tokens: impl ToTokens, message: impl Display) {
        self.push(syn::Error::new_spanned(tokens, message));
    }

    /// An error that syn found.
    pub(crate) fn push(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            none => *none = Some(error),
        }
    }

    /// Whether there are no errors.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// All of them as `compile_error!` calls.
    pub(crate) fn into_tokens(mut self) -> TokenStream {
        self.0.take().map(syn::Error::into_compile_error).unwrap_or_default()
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        debug_assert!(self.is_empty() || std::thread::panicking(), "errors were dropped unreported: {self:?}");
    }
}

/// The sentence about an unknown word, which replaces the `{}` in `what`: a suggestion, if
/// a known word is similar, and all allowed words.
pub(crate) fn unknown(what: &str, word: &str, allowed: &[&str]) -> String {
    let what = what.replace("{}", &format!("`{word}`"));
    if allowed.is_empty() {
        return format!("unknown {what}; there are none");
    }
    let nearest = allowed
        .iter()
        .map(|candidate| (strsim::damerau_levenshtein(word, candidate), *candidate))
        .min()
        .filter(|(distance, candidate)| distance * 3 <= candidate.len().max(3));
    let hint = nearest.map(|(_, candidate)| format!("; did you mean `{candidate}`?")).unwrap_or_default();
    format!("unknown {what}{hint}\nallowed: {}", allowed.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "dropped unreported")]
    fn errors_must_be_taken() {
        let mut errors = Errors::default();
        errors.at(Span::call_site(), "something is wrong");
    }

    #[test]
    fn taken_errors_are_reported() {
        let mut errors = Errors::default();
        errors.at(Span::call_site(), "one");
        errors.at(Span::call_site(), "two");
        assert_eq!(errors.into_tokens().to_string().matches("compile_error").count(), 2);
    }
}
