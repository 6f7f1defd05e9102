//! Keys and tags with the values of arguments: `"users:{user_id}:{query.page}"`.

use proc_macro2::Ident;
use syn::LitStr;

/// A text with placeholders.
pub(crate) struct Template(pub(crate) Vec<Part>);

pub(crate) enum Part {
    Words(String),
    /// An argument, and a field of it, and so on.
    Value(Vec<Ident>),
}

impl Template {
    /// Reads a text. `Err` says what is wrong with it.
    pub(crate) fn read(text: &LitStr) -> Result<Self, String> {
        let (mut parts, mut words) = (Vec::new(), String::new());
        let value = text.value();
        let mut rest = value.chars().peekable();
        while let Some(character) = rest.next() {
            match character {
                '{' | '}' if rest.peek() == Some(&character) => {
                    rest.next();
                    words.push(character);
                }
                '{' => {
                    let mut name = String::new();
                    loop {
                        match rest.next() {
                            Some('}') => break,
                            Some(character) => name.push(character),
                            None => return Err("`{` is not closed; write `{{` for the character itself".to_owned()),
                        }
                    }
                    if !words.is_empty() {
                        parts.push(Part::Words(std::mem::take(&mut words)));
                    }
                    parts.push(Part::Value(placeholder(&name, text)?));
                }
                '}' => return Err("`}` closes nothing; write `}}` for the character itself".to_owned()),
                character => words.push(character),
            }
        }
        if !words.is_empty() {
            parts.push(Part::Words(words));
        }
        Ok(Self(parts))
    }

    /// The arguments whose values it contains.
    pub(crate) fn arguments(&self) -> impl Iterator<Item = &Ident> {
        self.0.iter().filter_map(|part| match part {
            Part::Value(path) => path.first(),
            Part::Words(_) => None,
        })
    }
}

fn placeholder(name: &str, text: &LitStr) -> Result<Vec<Ident>, String> {
    let part = |word: &str| -> Option<Ident> {
        let ident = if word == "self" {
            Ident::new("self", text.span())
        } else {
            let mut ident = syn::parse_str::<Ident>(word).ok()?;
            ident.set_span(text.span());
            ident
        };
        Some(ident)
    };
    let unreadable = || {
        format!(
            "`{{{name}}}` is not a placeholder; write the name of an argument, or of a field of it: `{{user_id}}`, \
             `{{query.page}}`; write `{{{{` for the character `{{`"
        )
    };
    name.split('.').map(part).collect::<Option<Vec<_>>>().ok_or_else(unreadable)
}
