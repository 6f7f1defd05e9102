//! Rust sources as text: enough of a reader to know what a file names.

/// The source with comments, literals and `#[cfg(test)]` modules blanked; every line keeps its number.
pub(crate) fn code_of(text: &str) -> String {
    without_tests(&without_literals(text))
}

fn without_literals(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let after_name = code.ends_with(|last: char| last.is_alphanumeric() || last == '_');
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            end_of_comment(rest)
        } else if let Some(length) = raw_string(rest).filter(|_| !after_name) {
            length
        } else if first == '"' {
            end_of_quoted(rest, '"')
        } else if let Some(length) = char_literal(rest) {
            length
        } else {
            code.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        };
        code.push(' ');
        code.extend(rest[..skipped].chars().filter(|skipped| *skipped == '\n'));
        rest = &rest[skipped..];
    }
    code
}

/// Comments nest.
fn end_of_comment(rest: &str) -> usize {
    let (mut depth, mut at) = (0usize, 0usize);
    while at < rest.len() {
        if rest[at..].starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest[at..].starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += rest[at..].chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// The length of a raw string that starts here: `r"..."`, `br#"..."#`.
fn raw_string(rest: &str) -> Option<usize> {
    let body = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r'))?;
    let hashes = body.len() - body.trim_start_matches('#').len();
    let inside = body[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    let closed = inside.find(&end).map_or(inside.len(), |at| at + end.len());
    Some(rest.len() - inside.len() + closed)
}

fn end_of_quoted(rest: &str, quote: char) -> usize {
    let mut escaped = true; // the opening quote itself
    for (at, letter) in rest.char_indices() {
        if escaped {
            escaped = false;
        } else if letter == '\\' {
            escaped = true;
        } else if letter == quote {
            return at + 1;
        }
    }
    rest.len()
}

/// The length of a character literal that starts here; `'a` of a lifetime is none.
fn char_literal(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    let mut letters = inside.chars();
    let first = letters.next()?;
    if first == '\\' {
        return Some(end_of_quoted(rest, '\''));
    }
    (letters.next() == Some('\'')).then(|| 2 + first.len_utf8())
}

fn without_tests(code: &str) -> String {
    let mut kept = code.to_owned();
    let mut from = 0;
    while let Some(at) = kept[from..].find("#[cfg(test)]").map(|at| at + from) {
        let after = at + "#[cfg(test)]".len();
        let module = kept[after..].trim_start();
        let end = match (module.starts_with("mod "), module.find(['{', ';'])) {
            (true, Some(open)) => {
                let open = kept.len() - module.len() + open;
                if kept[open..].starts_with('{') { open + end_of_block(&kept[open..]) } else { open }
            }
            _ => after,
        };
        let blank: String = kept[at..end].chars().filter(|letter| *letter == '\n').collect();
        kept.replace_range(at..end, &blank);
        from = at;
    }
    kept
}

/// The length of the block that starts with this brace.
fn end_of_block(code: &str) -> usize {
    let mut depth = 0;
    for (at, letter) in code.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + letter.len_utf8();
        }
    }
    code.len()
}

/// Every identifier of the code, with its line.
pub(crate) fn words(code: &str) -> Vec<(usize, String)> {
    let is_inside = |letter: char| letter.is_alphanumeric() || letter == '_';
    let lines = code.lines().enumerate();
    lines
        .flat_map(|(at, line)| line.split(move |letter| !is_inside(letter)).map(move |word| (at + 1, word.to_owned())))
        .collect()
}

/// The first name of every path that starts at the crate's root, with its line: `crate::a`, each of `crate::{a, b::c}`,
/// and as many `super::` in a row as lead there from a file `depth` modules deep.
pub(crate) fn names_from_root(code: &str, depth: usize) -> Vec<(usize, String)> {
    let supers = "super::".repeat(depth);
    let starts = ["crate::", &supers];
    let mut names = Vec::new();
    for start in starts.into_iter().filter(|start| !start.is_empty()) {
        for (at, _) in code.match_indices(start) {
            let before = &code[..at];
            if before.ends_with(|last: char| last.is_alphanumeric() || last == '_') || before.ends_with("::") {
                continue;
            }
            let line = before.matches('\n').count() + 1;
            names.extend(first_names(&code[at + start.len()..]).into_iter().map(|name| (line, name)));
        }
    }
    names.sort();
    names
}

/// Where the names that a front page re-exports come from: `Out` from `http` for `pub use http::{Out, ..}`.
pub(crate) fn names_at_root(code: &str) -> Vec<(String, String)> {
    let mut names = Vec::new();
    for (at, start) in code.match_indices("pub use ") {
        let indented = !code[..at].ends_with('\n') && at > 0;
        let end = code[at..].find(';').map_or(code.len(), |end| at + end);
        let path = code[at + start.len()..end].trim().trim_start_matches("crate::").trim_start_matches("self::");
        let Some((room, items)) = path.split_once("::").filter(|_| !indented) else { continue };
        let items = items.trim_start_matches('{').trim_end_matches('}').split(',');
        let last = |item: &str| item.rsplit([' ', ':']).find(|name| !name.is_empty()).map(str::to_owned);
        names.extend(items.filter_map(|item| Some((last(item.trim())?, room.to_owned()))));
    }
    names
}

/// The name this starts with, or the first names of the items in the braces it starts with.
fn first_names(code: &str) -> Vec<String> {
    let is_inside = |letter: &char| letter.is_alphanumeric() || *letter == '_';
    let name = |item: &str| item.trim_start().chars().take_while(is_inside).collect::<String>();
    if !code.starts_with('{') {
        return vec![name(code)];
    }
    let inside = &code[1..end_of_block(code).max(2) - 1];
    let mut depth = 0;
    let items = inside.split(|letter| {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    });
    items.map(name).filter(|name| !name.is_empty()).collect()
}
