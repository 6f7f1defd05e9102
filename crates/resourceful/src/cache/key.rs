//! The keys of cached functions.

use std::fmt::Display;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters that stand for themselves in the value of an argument are letters, digits and these.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');

/// A key that is made of fixed words and the values of arguments. Two different lists of values never make the same key: the
/// value of an argument ends where a character follows that it cannot contain.
#[derive(Debug, Default)]
#[must_use]
pub struct CacheKey {
    text: String,
    /// Whether the last part is the value of an argument.
    ends_with_value: bool,
}

impl CacheKey {
    /// Adds fixed words.
    pub fn words(mut self, words: &str) -> Self {
        if words.starts_with(|first: char| first.is_alphanumeric() || "-_.%".contains(first)) {
            self.separate();
        }
        self.ends_with_value &= words.is_empty();
        self.text.push_str(words);
        self
    }

    /// Adds the value of an argument.
    pub fn value<V: CacheKeyPart + ?Sized>(mut self, value: &V) -> Self {
        self.separate();
        self.text.extend(utf8_percent_encode(&value.to_string(), ESCAPED));
        self.ends_with_value = true;
        self
    }

    /// The key.
    pub fn finish(self) -> String {
        self.text
    }

    fn separate(&mut self) {
        if self.ends_with_value {
            self.text.push(';');
            self.ends_with_value = false;
        }
    }
}

/// The value of an argument in a key: anything with `Display`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be part of the key of a cached function, since it does not implement `Display`",
    label = "this is part of the key",
    note = "name what identifies it in the key, such as a field with `key = \"users:{{user.id}}\"`; write `skip(argument)` if the result does not depend on it; or implement `Display`"
)]
pub trait CacheKeyPart: Display {}

#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> CacheKeyPart for T {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_readable() {
        let id = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        assert_eq!(CacheKey::default().words("users:").value(&id).finish(), format!("users:{id}"));
        assert_eq!(CacheKey::default().value(&1).value(&2).finish(), "1;2");
        assert_eq!(CacheKey::default().value(&"a/é").words("x").finish(), "a%2F%C3%A9;x");
    }

    #[test]
    fn different_values_never_make_one_key() {
        let values = ["", "a", "b", ":", ";", "%", "%3A", "a:", ":a", "a;b", "x", "ax", "xa", "1", "é", "{", " "];
        for separator in ["", ":", ";", "x", "%", "%3A", "a"] {
            let mut seen = std::collections::HashMap::new();
            for first in values {
                for second in values {
                    let key =
                        CacheKey::default().value(&first).words(separator).value(&second).words(separator).finish();
                    let before = seen.insert(key.clone(), (first, second));
                    assert_eq!(before, None, "{key:?} of {:?}, separated by {separator:?}", (first, second));
                }
            }
        }
    }
}
