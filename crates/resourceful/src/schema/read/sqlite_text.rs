//! What SQLite says about a table only in the text of its `CREATE TABLE`: collations, checks, expressions of generated
//! columns, AUTOINCREMENT, and the names of constraints.

use crate::schema::model::{Check, CheckRule};

/// A table as its text describes it.
#[derive(Debug, Default)]
pub(super) struct Definition {
    columns: Vec<ColumnText>,
    pub(super) checks: Vec<Check>,
    /// The names of unique constraints, with their columns.
    uniques: Vec<(String, Vec<String>)>,
    foreign_keys: Vec<(String, Vec<String>)>,
    /// What stands behind the closing parenthesis.
    pub(super) options: String,
}

/// A column as its text describes it.
#[derive(Debug, Default)]
pub(super) struct ColumnText {
    name: String,
    pub(super) collation: Option<String>,
    pub(super) generated: Option<String>,
    pub(super) counts: bool,
}

impl Definition {
    pub(super) fn column(&self, name: &str) -> Option<&ColumnText> {
        self.columns.iter().find(|column| column.name.eq_ignore_ascii_case(name))
    }

    /// The name of the unique constraint over these columns; empty if it has none.
    pub(super) fn name_of_unique(&self, columns: &[String]) -> String {
        name_of(&self.uniques, columns)
    }

    /// The name of the foreign key of these columns; empty if it has none.
    pub(super) fn name_of_foreign_key(&self, columns: &[String]) -> String {
        name_of(&self.foreign_keys, columns)
    }
}

fn name_of(named: &[(String, Vec<String>)], columns: &[String]) -> String {
    named.iter().find(|(_, own)| own == columns).map(|(name, _)| name.clone()).unwrap_or_default()
}

/// A piece of SQL.
#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// A word or a number, or a name in quotes (then it is no keyword).
    Word {
        text: String,
        quoted: bool,
    },
    /// A text in single quotes, with its value.
    Text(String),
    /// What is in parentheses, as it is written.
    Group(String),
    Comma,
    Other(char),
}

impl Token {
    fn is(&self, keyword: &str) -> bool {
        matches!(self, Self::Word { text, quoted: false } if text.eq_ignore_ascii_case(keyword))
    }

    fn name(&self) -> Option<&str> {
        match self {
            Self::Word { text, .. } | Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

/// Reads a `CREATE TABLE`. What is not understood is left out.
pub(super) fn definition(create: &str) -> Definition {
    let tokens = tokens(create);
    let mut found = Definition::default();
    let Some(at) = tokens.iter().position(|token| matches!(token, Token::Group(_))) else { return found };
    let Token::Group(body) = &tokens[at] else { return found };
    let behind = create.rfind(')').map_or("", |end| create[end + 1..].trim());
    found.options = behind.trim_end_matches(';').to_owned();
    let body = self::tokens(body);
    for part in body.split(|token| *token == Token::Comma) {
        if let Some(first) = part.first() {
            let is_apart = ["constraint", "unique", "foreign", "check", "primary"].iter().any(|word| first.is(word));
            if is_apart { found.add_constraint(part, None) } else { found.add_column(part) }
        }
    }
    found
}

impl Definition {
    fn add_column(&mut self, part: &[Token]) {
        let Some(name) = part.first().and_then(Token::name) else { return };
        let mut column = ColumnText { name: name.to_owned(), ..ColumnText::default() };
        for (at, token) in part.iter().enumerate().skip(1) {
            let next = part.get(at + 1);
            if token.is("collate") {
                column.collation = next.and_then(Token::name).map(str::to_owned);
            } else if token.is("autoincrement") {
                column.counts = true;
            } else if token.is("as")
                && let Some(Token::Group(expression)) = next
            {
                column.generated = Some(expression.trim().to_owned());
            }
        }
        let name = column.name.clone();
        self.columns.push(column);
        // Constraints at the column may have names.
        for (at, token) in part.iter().enumerate().skip(1) {
            let begins = ["unique", "references", "check"].iter().any(|word| token.is(word));
            if begins {
                let named = at >= 2 && part[at - 2].is("constraint");
                self.add_constraint(&part[if named { at - 2 } else { at }..], Some(&name));
            }
        }
    }

    /// A constraint at a column, or of the table.
    fn add_constraint(&mut self, part: &[Token], column: Option<&str>) {
        let (name, part) = match part {
            [word, name, rest @ ..] if word.is("constraint") => (name.name().map(str::to_owned), rest),
            _ => (None, part),
        };
        let group = part.iter().find_map(|token| match token {
            Token::Group(text) => Some(text.as_str()),
            _ => None,
        });
        let columns = || match column {
            Some(column) => vec![column.to_owned()],
            None => words(group.unwrap_or_default()),
        };
        let Some(first) = part.first() else { return };
        if first.is("check") {
            let text = group.unwrap_or_default().trim();
            let rule = one_of(text).unwrap_or_else(|| CheckRule::Expression(text.to_owned()));
            self.checks.push(Check { name, rule });
        } else if first.is("unique") {
            self.uniques.extend(name.map(|name| (name, columns())));
        } else if first.is("foreign") || first.is("references") {
            self.foreign_keys.extend(name.map(|name| (name, columns())));
        }
    }
}

/// The names in a list.
fn words(list: &str) -> Vec<String> {
    let tokens = tokens(list);
    tokens.split(|token| *token == Token::Comma).filter_map(|part| part.first()?.name().map(str::to_owned)).collect()
}

/// The list of values in `"status" IN ('a', 'b')`.
fn one_of(expression: &str) -> Option<CheckRule> {
    let tokens = tokens(expression);
    let [Token::Word { text: column, .. }, is_in, Token::Group(list)] = tokens.as_slice() else { return None };
    if !is_in.is("in") {
        return None;
    }
    let list = self::tokens(list);
    let values = list.split(|token| *token == Token::Comma).map(|part| match part {
        [Token::Text(value)] => Some(value.clone()),
        _ => None,
    });
    Some(CheckRule::OneOf { column: column.clone(), values: values.collect::<Option<_>>()? })
}

/// The pieces of a statement, without its comments.
fn tokens(text: &str) -> Vec<Token> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let (token, length) = match c {
            c if c.is_whitespace() => (None, c.len_utf8()),
            '-' if rest.starts_with("--") => (None, rest.find('\n').unwrap_or(rest.len())),
            '/' if rest.starts_with("/*") => (None, rest.find("*/").map_or(rest.len(), |end| end + 2)),
            '\'' => {
                let (value, length) = quoted(rest, '\'');
                (Some(Token::Text(value)), length)
            }
            '"' | '`' | '[' => {
                let (text, length) = quoted(rest, if c == '[' { ']' } else { c });
                (Some(Token::Word { text, quoted: true }), length)
            }
            '(' => {
                let length = group(rest);
                let inner = rest.get(1..length - 1).unwrap_or_default();
                (Some(Token::Group(inner.to_owned())), length)
            }
            ',' => (Some(Token::Comma), 1),
            c if is_word(c) => {
                let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
                (Some(Token::Word { text: rest[..length].to_owned(), quoted: false }), length)
            }
            c => (Some(Token::Other(c)), c.len_utf8()),
        };
        out.extend(token);
        rest = &rest[length..];
    }
    out
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// A text in quotes at the start: its value and its length.
fn quoted(text: &str, end: char) -> (String, usize) {
    let mut value = String::new();
    let mut at = 1;
    while let Some(found) = text[at..].find(end) {
        value.push_str(&text[at..at + found]);
        at += found + 1;
        if end == ']' || !text[at..].starts_with(end) {
            return (value, at);
        }
        value.push(end);
        at += 1;
    }
    (value, text.len())
}

/// The length of what begins with a parenthesis, up to the one that closes it.
fn group(text: &str) -> usize {
    let (mut depth, mut at) = (0, 0);
    while let Some(c) = text[at..].chars().next() {
        let rest = &text[at..];
        at += match c {
            '\'' | '"' | '`' => quoted(rest, c).1,
            '[' => quoted(rest, ']').1,
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            c => c.len_utf8(),
        };
        depth += i32::from(c == '(') - i32::from(c == ')');
        if depth == 0 {
            break;
        }
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_the_text_says() {
        let found = definition(
            "CREATE TABLE \"a (b\" (\n  \"id\" integer NOT NULL PRIMARY KEY AUTOINCREMENT, -- a comment, with (\n  \
             price text COLLATE resourceful_decimal DEFAULT (1 + 2), \"sum\" AS (price || ')') STORED,\n  \
             [status] text CHECK (\"status\" IN ('open', 'it''s, done')) CONSTRAINT \"uq\" UNIQUE,\n  \
             owner text CONSTRAINT \"fk\" REFERENCES users (id), CONSTRAINT pair UNIQUE (owner, \"status\"),\n  \
             CONSTRAINT positive CHECK (price > 0)) STRICT",
        );
        let column = |name: &str| found.column(name).expect(name);
        assert!(column("id").counts && !column("price").counts);
        assert_eq!(column("price").collation.as_deref(), Some("resourceful_decimal"));
        assert_eq!(column("sum").generated.as_deref(), Some("price || ')'"));
        assert_eq!(found.name_of_unique(&["status".to_owned()]), "uq");
        assert_eq!(found.name_of_unique(&["owner".to_owned(), "status".to_owned()]), "pair");
        assert_eq!(found.name_of_foreign_key(&["owner".to_owned()]), "fk");
        assert_eq!(found.options, "STRICT");
        let values = vec!["open".to_owned(), "it's, done".to_owned()];
        let expected = [
            Check { name: None, rule: CheckRule::OneOf { column: "status".to_owned(), values } },
            Check { name: Some("positive".to_owned()), rule: CheckRule::Expression("price > 0".to_owned()) },
        ];
        assert_eq!(found.checks, expected);
    }

    /// Text that nobody would write is read without a panic.
    #[test]
    fn broken_text() {
        for text in
            ["", "(", "CREATE TABLE t (", "CREATE TABLE t ('", "x (y, ,)", "CREATE TABLE t (\"", "((('é", "a (-- b"]
        {
            definition(text);
        }
    }
}
