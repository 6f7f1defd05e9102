//! A Rust source as tokens: which paths it names, on which lines, and which names it hands on.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path that a source names: `crate::spec::Field` on line 3.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Named {
    pub(crate) line: usize,
    /// The inline modules around it, from the file's own module on.
    pub(crate) inside: Vec<String>,
    pub(crate) path: Vec<String>,
    /// The name that a `use` gives it, or its last segment; `*` of a glob.
    pub(crate) name: String,
    /// It stands in a `pub use`.
    pub(crate) is_export: bool,
}

/// What one file says.
#[derive(Debug, Default)]
pub(crate) struct Source {
    pub(crate) named: Vec<Named>,
    /// Its inline modules: what is in them is in this file.
    pub(crate) modules: Vec<Vec<String>>,
}

impl Source {
    /// Reads a file. Comments and literals are no tokens; `#[cfg(test)]` modules are left out.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let tokens: TokenStream = text.parse().map_err(|error| format!("{error}"))?;
        let mut source = Self::default();
        source.scan(tokens, &mut Vec::new());
        Ok(source)
    }

    fn scan(&mut self, tokens: TokenStream, inside: &mut Vec<String>) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        let mut is_export = false;
        while at < tokens.len() {
            if is_test_module(&tokens[at..]) {
                // `#`, `[cfg(test)]`, `mod`, its name, its block or semicolon
                at += 5;
                continue;
            }
            if let [TokenTree::Ident(word), TokenTree::Ident(name), TokenTree::Group(block), ..] = &tokens[at..]
                && word == "mod"
            {
                inside.push(name.to_string());
                self.modules.push(inside.clone());
                self.scan(block.stream(), inside);
                inside.pop();
                at += 3;
                continue;
            }
            match &tokens[at] {
                TokenTree::Ident(word) if word == "use" => {
                    is_export = is_public(&tokens[..at]);
                    at += 1;
                }
                TokenTree::Ident(_) => at += self.path(&tokens[at..], &[], inside, is_export),
                TokenTree::Group(group) => {
                    self.scan(group.stream(), inside);
                    at += 1;
                }
                TokenTree::Punct(mark) => {
                    is_export &= mark.as_char() != ';';
                    at += 1;
                }
                TokenTree::Literal(_) => at += 1,
            }
        }
    }

    /// Takes the path that begins here, and says how many tokens it has. A `use` may branch: `a::{b, c::d as e}`.
    fn path(&mut self, tokens: &[TokenTree], before: &[String], inside: &[String], is_export: bool) -> usize {
        let mut path = before.to_vec();
        let mut at = 0;
        let line = tokens.first().map_or(0, |token| token.span().start().line);
        loop {
            match tokens.get(at) {
                Some(TokenTree::Ident(word)) => path.push(word.to_string().trim_start_matches("r#").to_owned()),
                Some(TokenTree::Punct(mark)) if mark.as_char() == '*' && at > 0 => path.push("*".to_owned()),
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace && at > 0 => {
                    for item in split_at_commas(group.stream()) {
                        self.path(&item, &path, inside, is_export);
                    }
                    return at + 1;
                }
                // `::<` of a call, or a path that ends in `::` inside of a macro
                _ => break,
            }
            at += 1;
            if !is_colons(&tokens[at..]) {
                break;
            }
            at += 2;
        }
        let renamed = match (tokens.get(at), tokens.get(at + 1)) {
            (Some(TokenTree::Ident(word)), Some(TokenTree::Ident(name))) if word == "as" => Some(name.to_string()),
            _ => None,
        };
        // `use a::{self}` names `a`
        if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
            path.pop();
        }
        // `pub(crate)`, and `self` as a value
        if matches!(path.as_slice(), [only] if ["crate", "self", "super"].contains(&only.as_str())) {
            return at.max(1);
        }
        let name = renamed.or_else(|| path.last().cloned()).unwrap_or_default();
        self.named.push(Named { line, inside: inside.to_vec(), path, name, is_export });
        at.max(1)
    }
}

fn is_colons(tokens: &[TokenTree]) -> bool {
    let is_colon = |token: &TokenTree| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ':');
    tokens.len() > 1 && tokens[..2].iter().all(is_colon)
}

/// Whether what is before a `use` makes it an export: `pub`, `pub(crate)`, `pub(super)`.
fn is_public(before: &[TokenTree]) -> bool {
    let is_pub = |token: Option<&TokenTree>| matches!(token, Some(TokenTree::Ident(word)) if word == "pub");
    match before {
        [.., last @ TokenTree::Group(_)] => matches!(last, TokenTree::Group(_)) && is_pub(before.iter().rev().nth(1)),
        _ => is_pub(before.last()),
    }
}

fn is_test_module(tokens: &[TokenTree]) -> bool {
    match tokens {
        [TokenTree::Punct(mark), TokenTree::Group(attribute), TokenTree::Ident(word), ..] => {
            mark.as_char() == '#' && word == "mod" && attribute.stream().to_string().replace(' ', "") == "cfg(test)"
        }
        _ => false,
    }
}

fn split_at_commas(tokens: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut items = vec![Vec::new()];
    for token in tokens {
        match &token {
            TokenTree::Punct(mark) if mark.as_char() == ',' => items.push(Vec::new()),
            _ => items.last_mut().expect("there is always one").push(token),
        }
    }
    items.retain(|item| !item.is_empty());
    items
}
