//! Names that are derived from other names.

use proc_macro2::{Ident, Span};
use quote::format_ident;
use syn::{Path, parse_quote};

use crate::grammar::Case;

/// The words of a Rust name in any of its usual cases, in lower case.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let characters: Vec<char> = name.chars().collect();
    let mut fresh = true;
    for (at, &character) in characters.iter().enumerate() {
        if character == '_' || character == '-' {
            fresh = true;
            continue;
        }
        let after_lower = at > 0 && (characters[at - 1].is_lowercase() || characters[at - 1].is_numeric());
        let ends_acronym = at > 0
            && characters[at - 1].is_uppercase()
            && characters.get(at + 1).is_some_and(|next| next.is_lowercase());
        if fresh || (character.is_uppercase() && (after_lower || ends_acronym)) {
            words.push(String::new());
            fresh = false;
        }
        if let Some(word) = words.last_mut() {
            word.extend(character.to_lowercase());
        }
    }
    words
}

fn capitalised(word: &str) -> String {
    let mut characters = word.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

/// `project_member`
pub(crate) fn snake(name: &str) -> String {
    words(name).join("_")
}

/// `project-member`
pub(crate) fn kebab(name: &str) -> String {
    words(name).join("-")
}

/// `ProjectMember`
pub(crate) fn pascal(name: &str) -> String {
    words(name).iter().map(|word| capitalised(word)).collect()
}

/// `projectMember`
pub(crate) fn camel(name: &str) -> String {
    let words = words(name);
    let rest = words.iter().skip(1).map(|word| capitalised(word));
    words.first().cloned().into_iter().chain(rest).collect()
}

/// `PROJECT_MEMBER`
pub(crate) fn screaming(name: &str) -> String {
    snake(name).to_uppercase()
}

/// `Project Member`
pub(crate) fn title(name: &str) -> String {
    words(name).iter().map(|word| capitalised(word)).collect::<Vec<_>>().join(" ")
}

/// The plural, by three rules. Irregular plurals are set with `table`, `path` and `tag`.
pub(crate) fn plural(noun: &str) -> String {
    let consonant_y =
        noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']) && !stem.is_empty());
    match consonant_y {
        Some(stem) => format!("{stem}ies"),
        None if noun.ends_with(['s', 'x', 'z']) || noun.ends_with("ch") || noun.ends_with("sh") => format!("{noun}es"),
        None => format!("{noun}s"),
    }
}

/// A name as `rename_all` writes it.
pub(crate) fn in_case(name: &str, case: Case) -> String {
    match case {
        Case::Snake => snake(name),
        Case::Camel => camel(name),
        Case::Pascal => pascal(name),
        Case::Kebab => kebab(name),
        Case::ScreamingSnake => screaming(name),
        Case::ScreamingKebab => kebab(name).to_uppercase(),
        Case::Lower => words(name).concat(),
        Case::Upper => words(name).concat().to_uppercase(),
    }
}

/// The path of the runtime: what `crate = path` says, or the name under which it is a dependency.
pub(crate) fn krate(given: Option<&Path>) -> Path {
    given.cloned().unwrap_or_else(|| parse_quote!(::resourceful))
}

/// An identifier of the user's words: raw where the word is a keyword.
pub(crate) fn identifier(word: &str) -> Ident {
    // syn reads keywords of an earlier edition.
    let word = if word == "gen" { "r#gen" } else { word };
    syn::parse_str::<Ident>(word)
        .or_else(|_| syn::parse_str(&format!("r#{word}")))
        .unwrap_or_else(|_| format_ident!("{word}_", span = Span::call_site()))
}

/// The variant of an enum for a field or a relation.
pub(crate) fn variant(name: &str) -> Ident {
    let pascal = pascal(name);
    // `self` is the one word whose PascalCase is a keyword; a digit cannot begin a name.
    syn::parse_str::<Ident>(&pascal).unwrap_or_else(|_| match pascal.as_str() {
        "Self" => format_ident!("Self_"),
        _ => format_ident!("N{pascal}"),
    })
}

/// The constant for a relation.
pub(crate) fn constant(name: &str) -> Ident {
    let name = screaming(name);
    syn::parse_str::<Ident>(&name).unwrap_or_else(|_| format_ident!("N{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_follow_three_rules() {
        for (one, many) in [
            ("project", "projects"),
            ("category", "categories"),
            ("day", "days"),
            ("status", "statuses"),
            ("box", "boxes"),
            ("quiz", "quizes"),
            ("branch", "branches"),
            ("dish", "dishes"),
            ("y", "ys"),
        ] {
            assert_eq!(plural(one), many);
        }
    }

    #[test]
    fn words_are_found_in_every_case() {
        for name in ["ProjectMember", "project_member", "projectMember", "project-member", "__project__member_"] {
            assert_eq!(snake(name), "project_member");
            assert_eq!(kebab(name), "project-member");
            assert_eq!(camel(name), "projectMember");
            assert_eq!(pascal(name), "ProjectMember");
            assert_eq!(title(name), "Project Member");
        }
        assert_eq!(snake("HTTPServer"), "http_server");
        assert_eq!(snake("Level2Item"), "level2_item");
        assert_eq!(camel("address_line_2"), "addressLine2");
    }

    #[test]
    fn every_case_is_written_as_its_name_says() {
        for (case, written) in [
            (Case::Snake, "in_progress"),
            (Case::Camel, "inProgress"),
            (Case::Pascal, "InProgress"),
            (Case::Kebab, "in-progress"),
            (Case::ScreamingSnake, "IN_PROGRESS"),
            (Case::ScreamingKebab, "IN-PROGRESS"),
            (Case::Lower, "inprogress"),
            (Case::Upper, "INPROGRESS"),
        ] {
            assert_eq!(in_case("InProgress", case), written);
        }
    }

    #[test]
    fn identifiers_are_valid_whatever_the_word() {
        for (word, expected) in [("project", "project"), ("type", "r#type"), ("gen", "r#gen"), ("self", "self_")] {
            assert_eq!(identifier(word).to_string(), expected);
        }
        assert_eq!(variant("self").to_string(), "Self_");
        assert_eq!(variant("2d").to_string(), "N2d");
        assert_eq!(constant("2d").to_string(), "N2D");
    }
}
