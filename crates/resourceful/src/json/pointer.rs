//! JSON pointers (RFC 6901).

/// The longest name that an answer repeats, in characters.
const LONGEST: usize = 64;

/// A member name as a step of a pointer (RFC 6901 section 3), cut to the length that an answer repeats.
pub(crate) fn step(name: &str) -> String {
    let short: String = name.chars().take(LONGEST).collect();
    short.replace('~', "~0").replace('/', "~1")
}

/// The pointer to a member of the value at this pointer.
pub(crate) fn member(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", step(name))
}
