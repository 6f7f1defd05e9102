//! The grammar of paths: words, and parameters in braces. Everything that reads the path of an endpoint or a scope does
//! it here.

/// Whether a word of a path is a parameter: `{id}`.
pub(crate) fn is_parameter(word: &str) -> bool {
    word.starts_with('{')
}

/// The names of a path's parameters, in order.
pub(crate) fn parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|word| word.strip_prefix('{')?.strip_suffix('}'))
}

/// A parameter that a path names twice: the router would know only one of the two.
pub(crate) fn repeated_parameter(path: &str) -> Option<&str> {
    let mut names = parameters(path).enumerate();
    names.find(|(place, name)| parameters(path).take(*place).any(|earlier| earlier == *name)).map(|(_, name)| name)
}

/// A path as the router compares it: the names of parameters do not matter.
pub(crate) fn without_names(path: &str) -> String {
    path.split('/').map(|word| if is_parameter(word) { "{}" } else { word }).collect::<Vec<_>>().join("/")
}

/// Whether the router takes both paths for the same.
pub(crate) fn is_same(one: &str, other: &str) -> bool {
    without_names(one) == without_names(other)
}

/// Whether a path lies below another.
pub(crate) fn is_below(inner: &str, outer: &str) -> bool {
    without_names(inner).strip_prefix(&without_names(outer)).is_some_and(|rest| rest.starts_with('/'))
}

/// What is left of a path below another.
pub(crate) fn rest_below(inner: &str, outer: &str) -> String {
    inner.split('/').skip(outer.split('/').count()).fold(String::new(), |path, word| format!("{path}/{word}"))
}

/// Why a path cannot be that of a scope, if it cannot.
pub(crate) fn scope_error(path: &str) -> Option<String> {
    let wrong = |what: &str| Some(format!("the scope `{path}` {what}"));
    let Some(words) = path.strip_prefix('/').filter(|words| !words.is_empty()) else {
        return match path.trim_matches('/') {
            "" => wrong("needs a path; name one, such as `/reports`"),
            word => wrong(&format!("does not begin with a slash; write `/{word}`")),
        };
    };
    if words.ends_with('/') {
        return wrong(&format!("ends with a slash; write `/{}`", words.trim_matches('/')));
    }
    let plain = |word: &str| !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "_-.~".contains(c));
    for word in words.split('/') {
        let name = word.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        let known = match name {
            Some(name) => {
                !name.starts_with(|c: char| c.is_ascii_digit()) && plain(name) && !name.contains(['-', '.', '~'])
            }
            None => plain(word),
        };
        if !known {
            let word = if word.is_empty() { "an empty word" } else { word };
            return wrong(&format!("is made of plain words and `{{parameters}}`, and {word} is neither"));
        }
    }
    repeated_parameter(path).and_then(|name| wrong(&format!("has the parameter `{name}` twice")))
}

/// A path as OpenAPI writes it, and the names of its parameters. The router also knows `{id:\d+}` and `{tail}*`, which
/// the scopes of actix around a mounted API can use.
pub(crate) fn in_openapi(path: &str) -> (String, Vec<String>) {
    let mut out = if path.starts_with('/') { String::new() } else { "/".to_owned() };
    let mut names = Vec::new();
    let mut rest = path;
    while let Some((before, inside)) = rest.split_once('{') {
        out.push_str(before);
        // A regular expression can contain braces.
        let mut depth = 1;
        let end = inside.char_indices().find_map(|(at, c)| {
            depth += match c {
                '{' => 1,
                '}' => -1,
                _ => 0,
            };
            (depth == 0).then_some(at)
        });
        let end = end.unwrap_or(inside.len());
        let name = inside[..end].split(':').next().unwrap_or_default().to_owned();
        out.push_str(&format!("{{{name}}}"));
        names.push(name);
        rest = inside.get(end + 1..).unwrap_or_default();
        rest = rest.strip_prefix('*').unwrap_or(rest);
    }
    out.push_str(rest);
    let out = if out.len() > 1 { out.trim_end_matches('/').to_owned() } else { out };
    (out, names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_compared_without_their_names() {
        assert!(is_same("/a/{id}", "/a/{other}") && !is_same("/a/{id}", "/a/b"));
        assert!(is_below("/a/{id}/b", "/a/{x}") && !is_below("/ab", "/a") && !is_below("/a", "/a"));
        assert_eq!(rest_below("/a/{id}/b", "/a/{x}"), "/b");
        assert_eq!(repeated_parameter("/{a}/b/{a}"), Some("a"));
        assert_eq!(repeated_parameter("/{a}/b/{c}"), None);
    }

    #[test]
    fn the_paths_of_scopes() {
        for path in ["/reports", "/a/b", "/{tenant}/reports", "/a.b~c_d-e"] {
            assert_eq!(scope_error(path), None, "{path}");
        }
        for path in ["", "/", "reports", "/reports/", "/a//b", "/{1a}", "/{a-b}", "/{a:[0-9]+}", "/{a}/{a}", "/a b"] {
            assert!(scope_error(path).is_some(), "{path}");
        }
    }

    #[test]
    fn paths_of_the_document() {
        let (path, names) = in_openapi("/tenants/{tenant:[a-z]{2}}/files/{tail}*");
        assert_eq!((path.as_str(), names.join(",")), ("/tenants/{tenant}/files/{tail}", "tenant,tail".to_owned()));
        assert_eq!(in_openapi("projects/").0, "/projects");
    }
}
