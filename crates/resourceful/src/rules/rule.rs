//! The rules as data.

/// A rule for a value. Bounds are the literals of the attribute, as text, so that decimals stay exact.
#[derive(Debug, Clone, Copy)]
pub enum Rule {
    /// Characters of a string or bytes of a byte string.
    Length {
        /// The minimum.
        min: Option<usize>,
        /// The maximum.
        max: Option<usize>,
    },
    /// A number's range.
    Range {
        /// The minimum.
        min: Option<&'static str>,
        /// The maximum; exclusive when `exclusive`.
        max: Option<&'static str>,
        /// The maximum itself is not allowed (`0..10`).
        exclusive: bool,
    },
    /// A regular expression (of the `regex` crate) that must match somewhere in the string.
    Pattern(&'static str),
    /// An e-mail address (the `input type=email` form of the WHATWG HTML standard).
    Email,
    /// An absolute http or https URL.
    Url,
    /// One of these strings, or of these numbers as text.
    OneOf(&'static [&'static str]),
}
