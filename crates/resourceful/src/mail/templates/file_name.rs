//! The names of template files: `NAME.subject.txt`, `NAME.txt`, `NAME.html`, `NAME.sample.json`, each of the first three also
//! with a language, as in `NAME.de.txt`. Names that begin with `_` are parts that other files include.

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Subject,
    Text,
    Html,
    Sample,
    /// A part that other files include.
    Part,
}

/// A file name, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FileName {
    pub(super) name: String,
    pub(super) language: Option<String>,
    pub(super) kind: Kind,
}

impl FileName {
    /// Reads a file name. Only names that end in `.txt`, `.html` and `.sample.json` are known, because these decide how
    /// values are escaped.
    ///
    /// # Errors
    /// What the name must be like.
    pub(super) fn read(file: &str) -> Result<Self, String> {
        let wrong = || {
            format!(
                "`{file}` is not the name of a template file; names are NAME.subject.txt, NAME.txt, NAME.html and \
                 NAME.sample.json, with a language as in NAME.de.txt, and NAME in lower-case letters, digits and \
                 underscores"
            )
        };
        let (rest, kind) = [
            (".subject.txt", Kind::Subject),
            (".sample.json", Kind::Sample),
            (".txt", Kind::Text),
            (".html", Kind::Html),
        ]
        .into_iter()
        .find_map(|(end, kind)| Some((file.strip_suffix(end)?, kind)))
        .ok_or_else(wrong)?;
        let (name, language) = match rest.split_once('.') {
            Some((name, language)) => (name, Some(language)),
            None => (rest, None),
        };
        let is_name = |text: &str| {
            !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        };
        if !is_name(name) || !language.is_none_or(is_language) || (language.is_some() && kind == Kind::Sample) {
            return Err(wrong());
        }
        if name.starts_with('_') {
            if language.is_some() || !matches!(kind, Kind::Text | Kind::Html) {
                return Err(wrong());
            }
            return Ok(Self { name: name.to_owned(), language: None, kind: Kind::Part });
        }
        Ok(Self { name: name.to_owned(), language: language.map(str::to_ascii_lowercase), kind })
    }

    /// The name under which the file is kept: languages are in lower case.
    pub(super) fn key(&self, file: &str) -> String {
        match self.kind {
            Kind::Part => file.to_owned(),
            kind => key(&self.name, self.language.as_deref(), kind),
        }
    }
}

/// The name of a file.
pub(super) fn key(name: &str, language: Option<&str>, kind: Kind) -> String {
    let end = match kind {
        Kind::Subject => "subject.txt",
        Kind::Text => "txt",
        Kind::Html | Kind::Part => "html",
        Kind::Sample => "sample.json",
    };
    match language {
        Some(language) => format!("{name}.{language}.{end}"),
        None => format!("{name}.{end}"),
    }
}

/// A language tag (RFC 5646), as far as mails need it: a language of two or three letters, and subtags.
fn is_language(text: &str) -> bool {
    let mut parts = text.split('-');
    let first = parts.next().unwrap_or_default();
    (2..=3).contains(&first.len())
        && first.bytes().all(|b| b.is_ascii_alphabetic())
        && parts.all(|part| (2..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

/// The languages to look for, the most precise one first: `de-at`, `de`.
pub(super) fn candidates(language: &str) -> Vec<String> {
    if !is_language(language) {
        return Vec::new();
    }
    let lower = language.to_ascii_lowercase();
    let parts: Vec<&str> = lower.split('-').collect();
    (1..=parts.len()).rev().map(|count| parts[..count].join("-")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_names() {
        let table = [
            ("welcome.txt", Some(("welcome", None, Kind::Text))),
            ("welcome.subject.txt", Some(("welcome", None, Kind::Subject))),
            ("welcome.de-AT.html", Some(("welcome", Some("de-at"), Kind::Html))),
            ("welcome.zh-Hans-CN.subject.txt", Some(("welcome", Some("zh-hans-cn"), Kind::Subject))),
            ("welcome.sample.json", Some(("welcome", None, Kind::Sample))),
            ("_layout.html", Some(("_layout", None, Kind::Part))),
            ("welcome.json", None),
            ("welcome.js", None),
            ("welcome.yaml", None),
            ("welcome.html.j2", None),
            ("Welcome.txt", None),
            ("welcome.german.txt", None),
            ("welcome.de.sample.json", None),
            ("_layout.de.html", None),
            (".txt", None),
            ("txt", None),
            ("../welcome.txt", None),
        ];
        for (file, expected) in table {
            let read = FileName::read(file).ok();
            let seen = read.as_ref().map(|it| (it.name.as_str(), it.language.as_deref(), it.kind));
            assert_eq!(seen, expected, "{file}");
        }
        assert_eq!(candidates("de-AT"), ["de-at", "de"]);
        assert_eq!(candidates("../de"), Vec::<String>::new());
    }
}
