//! Names made of names.

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

/// The plural by three rules and nothing cleverer; what it gets wrong is what `table`, `path` and `tag` are for.
pub(crate) fn plural(noun: &str) -> String {
    let consonant_y =
        noun.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']) && !stem.is_empty());
    match consonant_y {
        Some(stem) => format!("{stem}ies"),
        None if noun.ends_with(['s', 'x', 'z']) || noun.ends_with("ch") || noun.ends_with("sh") => format!("{noun}es"),
        None => format!("{noun}s"),
    }
}

/// The ways `rename_all` can write the variants of an enum.
pub(crate) const CASES: [&str; 8] = [
    "snake_case",
    "camelCase",
    "PascalCase",
    "kebab-case",
    "SCREAMING_SNAKE_CASE",
    "SCREAMING-KEBAB-CASE",
    "lowercase",
    "UPPERCASE",
];

/// Writes a name in one of the [`CASES`].
pub(crate) fn in_case(name: &str, case: &str) -> Option<String> {
    Some(match case {
        "snake_case" => snake(name),
        "camelCase" => camel(name),
        "PascalCase" => pascal(name),
        "kebab-case" => kebab(name),
        "SCREAMING_SNAKE_CASE" => screaming(name),
        "SCREAMING-KEBAB-CASE" => kebab(name).to_uppercase(),
        "lowercase" => words(name).concat(),
        "UPPERCASE" => words(name).concat().to_uppercase(),
        _ => return None,
    })
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
    fn every_listed_case_exists() {
        let written: Vec<_> = CASES.iter().map(|case| in_case("InProgress", case).expect("listed")).collect();
        let expected = [
            "in_progress",
            "inProgress",
            "InProgress",
            "in-progress",
            "IN_PROGRESS",
            "IN-PROGRESS",
            "inprogress",
            "INPROGRESS",
        ];
        assert_eq!(written, expected);
    }
}
