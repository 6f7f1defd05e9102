//! What a statement does, in two words that have no values: its operation and its table.

use super::literals::{dollar_tag, quoted};

/// The operation of a statement and its first table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Summary<'a> {
    /// `SELECT`; `None` for one that is in no list, so that there are never many.
    pub(super) operation: Option<&'static str>,
    /// The table as the statement names it, without quotation marks and without its schema.
    pub(super) table: Option<&'a str>,
}

const OPERATIONS: [&str; 16] = [
    "SELECT",
    "INSERT",
    "UPDATE",
    "DELETE",
    "MERGE",
    "BEGIN",
    "COMMIT",
    "ROLLBACK",
    "SAVEPOINT",
    "RELEASE",
    "SET",
    "PRAGMA",
    "CREATE",
    "ALTER",
    "DROP",
    "EXPLAIN",
];

/// The words that a table follows.
const BEFORE_TABLE: [&str; 3] = ["FROM", "INTO", "UPDATE"];

/// A part of a statement.
enum Token<'a> {
    Word(&'a str),
    Quoted(&'a str),
    Other(char),
}

impl<'a> Summary<'a> {
    /// Reads a statement up to the name of its table. What is in parentheses counts only if the statement reads from it.
    pub(super) fn of(sql: &'a str) -> Self {
        let mut found = Self { operation: None, table: None };
        let (mut depth, mut is_next, mut counts_inside, mut is_first) = (0_usize, false, false, true);
        let mut tokens = Tokens(sql).peekable();
        while let Some(token) = tokens.next() {
            match token {
                Token::Other('(') => {
                    counts_inside |= is_next;
                    is_next = false;
                    depth += 1;
                }
                Token::Other(')') => depth = depth.saturating_sub(1),
                Token::Word(word) if is_next && word.eq_ignore_ascii_case("ONLY") => {}
                Token::Word(name) | Token::Quoted(name) if is_next => match tokens.peek() {
                    Some(Token::Other('.')) => _ = tokens.next(),
                    _ => {
                        found.table = Some(name);
                        break;
                    }
                },
                Token::Word(word) if depth == 0 || counts_inside => {
                    let is = |other: &&str| word.eq_ignore_ascii_case(other);
                    if found.operation.is_none() {
                        found.operation = OPERATIONS.iter().find(|other| is(other)).copied();
                        // Only `WITH` can stand before the operation.
                        if found.operation.is_none() && is_first && !is(&"WITH") {
                            break;
                        }
                    }
                    is_first = false;
                    is_next = found.operation.is_some() && BEFORE_TABLE.iter().any(|other| is(other));
                }
                _ => {}
            }
        }
        found
    }
}

/// The parts of a statement, without comments, strings and white space.
struct Tokens<'a>(&'a str);

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        loop {
            let rest = self.0;
            let first = rest.chars().next()?;
            let (taken, token) = match first {
                '\'' => (quoted(rest, first, false), None),
                '"' => {
                    let taken = quoted(rest, first, false);
                    (taken, Some(Token::Quoted(rest[..taken].trim_matches(first))))
                }
                '$' if let Some(tag) = dollar_tag(rest) => {
                    let end = rest[tag.len()..].find(tag).map_or(rest.len(), |end| end + 2 * tag.len());
                    (end, None)
                }
                '-' if rest.starts_with("--") => (rest.find('\n').unwrap_or(rest.len()), None),
                '/' if rest.starts_with("/*") => (rest.find("*/").map_or(rest.len(), |end| end + 2), None),
                c if c.is_alphanumeric() || c == '_' => {
                    let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
                    let taken = rest.find(|c: char| !is_word(c)).unwrap_or(rest.len());
                    // `E'..'` is a string in which a backslash hides a quotation mark.
                    if rest[..taken].eq_ignore_ascii_case("e") && rest[taken..].starts_with('\'') {
                        (taken + quoted(&rest[taken..], '\'', true), None)
                    } else {
                        (taken, Some(Token::Word(&rest[..taken])))
                    }
                }
                c if c.is_whitespace() => (c.len_utf8(), None),
                c => (c.len_utf8(), Some(Token::Other(c))),
            };
            self.0 = &rest[taken..];
            if token.is_some() {
                return token;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operations_and_tables_are_found_and_no_values() {
        for (sql, operation, table) in [
            ("SELECT \"a\", t1.b FROM \"projects\" WHERE c = 'from secret'", Some("SELECT"), Some("projects")),
            ("select 1", Some("SELECT"), None),
            ("SELECT 'x from secret', (SELECT b FROM inner1) FROM outer1", Some("SELECT"), Some("outer1")),
            ("SELECT extract(epoch FROM due_at) FROM \"app\".\"tasks\"", Some("SELECT"), Some("tasks")),
            ("SELECT count(*) FROM (SELECT 1 FROM tasks LIMIT 5) AS t", Some("SELECT"), Some("tasks")),
            ("SELECT E'\\' from secret', $$ from secret $$ FROM a", Some("SELECT"), Some("a")),
            ("INSERT INTO \"tasks\" (\"a\") VALUES ($1)", Some("INSERT"), Some("tasks")),
            ("UPDATE ONLY tasks SET a = 'from x'", Some("UPDATE"), Some("tasks")),
            ("DELETE FROM tasks WHERE a = $1", Some("DELETE"), Some("tasks")),
            (
                "WITH due AS MATERIALIZED (SELECT id FROM waiting) UPDATE outbox SET a = 1 FROM due",
                Some("UPDATE"),
                Some("outbox"),
            ),
            ("-- from secret\n/* from secret */ SELECT a FROM b", Some("SELECT"), Some("b")),
            ("COMMIT", Some("COMMIT"), None),
            ("SAVEPOINT s1", Some("SAVEPOINT"), None),
            ("secret FROM b", None, None),
            ("'never closed FROM b", None, None),
            ("\"", None, None),
            ("SELECT a FROM", Some("SELECT"), None),
            ("SELECT ä FROM ö", Some("SELECT"), Some("ö")),
            ("", None, None),
        ] {
            assert_eq!(Summary::of(sql), Summary { operation, table }, "{sql}");
        }
    }
}
