//! Every code that an entry of `errors` can have. The checks, the OpenAPI document and the pages at `/problems` use this
//! list.

use super::catalogue::{self, Problem};
use super::code::Code;

/// A code of the framework, with its explanation.
#[derive(Debug, Clone, Copy)]
pub struct CodeEntry {
    /// The code.
    pub code: Code,
    /// What it means.
    pub meaning: &'static str,
    /// What to do about it.
    pub advice: &'static str,
}

macro_rules! codes {
    ($($name:ident, $code:literal, $meaning:literal, $advice:literal;)*) => {
        $(
            #[doc = concat!("`", $code, "`. ", $meaning, " ", $advice)]
            pub const $name: Code = Code::new($code);
        )*
        /// The codes about values, under the names of the rules.
        const OF_VALUES: &[CodeEntry] = &[$(CodeEntry { code: $name, meaning: $meaning, advice: $advice }),*];
    };
}

codes! {
    REQUIRED, "required", "The value is missing or null, and the field requires one.", "Send a value.";
    TYPE, "type", "The value does not have the type of the field.", "Send a value of the type that the message names.";
    PRECISION, "precision", "The number cannot be stored exactly as it was sent.", "Send fewer digits, or a number within the range of the type.";
    INVALID_CHARACTER, "invalid-character", "The text contains a character that cannot be stored, such as U+0000.", "Remove the character.";
    LENGTH, "length", "The text or the bytes are too short or too long.", "Send a value within the bounds that the message names.";
    RANGE, "range", "The number is too small or too large.", "Send a number within the bounds that the message names.";
    PATTERN, "pattern", "The text does not match the field's regular expression.", "Send text that matches it.";
    EMAIL, "email", "The text is not an e-mail address.", "Send an address such as `ada@example.com`.";
    URL, "url", "The text is not an http or https URL.", "Send a URL such as `https://example.com`.";
    ONE_OF, "one-of", "The value is not one of the allowed values.", "Send one of the values that the message lists.";
    CHECK, "check", "The value breaks a rule of the application.", "Read the message.";
    READ_ONLY, "read-only", "The field is set by the server, or only when the row is created.", "Leave the field out.";
    NOT_ALLOWED, "not-allowed", "The value must not be sent together with the others.", "Leave the value out.";
    UNKNOWN_FIELD, "unknown-field", "The resource has no field of this name, or none that can be used here.", "Use one of the names that the message lists.";
    DUPLICATE, "duplicate", "The name or the value appears more than once.", "Send it once.";
    UNKNOWN, "unknown", "Nothing has this name.", "Use one of the names that the message lists.";
    RESERVED, "reserved", "The id is a word of the API's paths, so the row could not be reached.", "Choose another id.";
    UNIQUE, "unique", "Another row has the same value, and the value must be unique.", "Send another value.";
    REFERENCE, "reference", "The value refers to a row that does not exist, or that the caller may not see.", "Send the id of an existing row.";
    NOT_GRANTABLE, "not-grantable", "Roles in the database cannot grant this permission.", "Choose a permission that they can grant.";
    REFUSED, "refused", "This item of a bulk request was refused as a whole.", "Read the message.";
}

/// Every code of the framework. An entry about a part of a query has the slug of its problem as its code.
pub fn all() -> impl Iterator<Item = CodeEntry> {
    let is_listed = |problem: &&Problem| OF_VALUES.iter().any(|entry| entry.code == problem.slug);
    let of_queries = catalogue::OF_QUERIES.iter().filter(move |problem| !is_listed(problem));
    let explained = |problem: &Problem| CodeEntry {
        code: problem.code(),
        meaning: problem.explanation,
        advice: "See the page of the problem with this name.",
    };
    OF_VALUES.iter().copied().chain(of_queries.map(explained))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    #[test]
    fn every_code_is_listed_once_and_is_lower_case_words() {
        let names: Vec<&str> = all().map(|entry| entry.code.as_str()).collect();
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "{names:?}");
        for entry in all() {
            let name = entry.code.as_str();
            assert!(
                name.split('-').all(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase())),
                "{name}"
            );
            assert!(entry.meaning.ends_with('.') && entry.advice.ends_with('.'), "{name}");
        }
    }

    /// The files that may create codes: the type, the list, and the problems whose slugs are codes.
    const MAKERS: [&str; 3] = ["error/code.rs", "error/codes.rs", "error/catalogue.rs"];

    /// Entries take a `Code`, so the list is complete if no other file creates codes.
    #[test]
    fn the_framework_creates_codes_in_the_list_only() {
        fn check(folder: &Path, found: &mut Vec<String>) {
            for entry in fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    check(&path, found);
                } else if path.extension().is_some_and(|extension| extension == "rs")
                    && !MAKERS.iter().any(|maker| path.ends_with(maker))
                {
                    let text = fs::read_to_string(&path).expect("a file");
                    if text.lines().any(|line| line.contains("Code::new(") && !line.trim_start().starts_with("//")) {
                        found.push(path.display().to_string());
                    }
                }
            }
        }
        let mut found = Vec::new();
        check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
        assert!(found.is_empty(), "{found:?}");
    }
}
