//! The text of a statement without values, for the log. The framework binds every value, but an application may write some
//! into its statements.

/// The longest text, in characters.
const LONGEST: usize = 2_000;

/// The text with `?` in place of every string and number, without comments, on one line, and shortened.
pub(super) fn without_values(sql: &str) -> String {
    let mut text = Writer::default();
    let mut rest = sql;
    while let Some(first) = rest.chars().next() {
        if text.length >= LONGEST {
            text.out.push_str("..");
            break;
        }
        let is_word = text.last.is_some_and(|last| last.is_alphanumeric() || matches!(last, '_' | '$' | '?'));
        let taken = match first {
            '\'' => {
                // E'..' is a string of PostgreSQL in which a backslash hides a quote.
                let escapes = text.ends_with_word("e");
                text.push('?');
                quoted(rest, '\'', escapes)
            }
            '"' => {
                let taken = quoted(rest, '"', false);
                rest[..taken].chars().for_each(|c| text.push(c));
                taken
            }
            '$' if dollar_tag(rest).is_some() && !is_word => {
                let tag = dollar_tag(rest).unwrap_or_default();
                text.push('?');
                rest[tag.len()..].find(tag).map_or(rest.len(), |end| end + 2 * tag.len())
            }
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest.find("*/").map_or(rest.len(), |end| end + 2),
            '0'..='9' if !is_word => {
                text.push('?');
                number(rest)
            }
            c if c.is_whitespace() => {
                if text.last.is_some_and(|last| last != ' ') {
                    text.push(' ');
                }
                c.len_utf8()
            }
            c => {
                text.push(c);
                c.len_utf8()
            }
        };
        rest = &rest[taken..];
    }
    text.out.truncate(text.out.trim_end().len());
    text.out
}

#[derive(Default)]
struct Writer {
    out: String,
    length: usize,
    last: Option<char>,
}

impl Writer {
    fn push(&mut self, c: char) {
        self.out.push(c);
        self.length += 1;
        self.last = Some(c);
    }

    fn ends_with_word(&self, word: &str) -> bool {
        let last = self.out.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next();
        last.is_some_and(|last| last.eq_ignore_ascii_case(word))
    }
}

/// The length of what is between these quotes, with them; all of the rest if they are not closed. Two quotes are one that
/// belongs to the text.
pub(super) fn quoted(text: &str, quote: char, escapes: bool) -> usize {
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c == '\\' && escapes {
            chars.next();
        } else if c == quote {
            match chars.peek() {
                Some((_, next)) if *next == quote => _ = chars.next(),
                _ => return at + 1,
            }
        }
    }
    text.len()
}

/// `$tag$` at the beginning of a text; `None` for a parameter such as `$1`.
pub(super) fn dollar_tag(text: &str) -> Option<&str> {
    let end = text[1..].find('$')? + 2;
    let tag = &text[1..end - 1];
    let is_name =
        tag.chars().all(|c| c.is_alphanumeric() || c == '_') && !tag.starts_with(|c: char| c.is_ascii_digit());
    is_name.then(|| &text[..end])
}

/// The length of a number, also of `0xff` and `1.5e-3`.
fn number(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_exponent = |at: usize| matches!(bytes[at - 1], b'e' | b'E') && matches!(bytes[at], b'+' | b'-');
    let is_part = |at: usize| bytes[at].is_ascii_alphanumeric() || matches!(bytes[at], b'.' | b'_') || is_exponent(at);
    (1..bytes.len()).find(|at| !is_part(*at)).unwrap_or(bytes.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_left_out_and_everything_else_stays() {
        for (sql, expected) in [
            ("SELECT \"a\", t1.b2 FROM t1 WHERE c = $1 LIMIT 20", "SELECT \"a\", t1.b2 FROM t1 WHERE c = $1 LIMIT ?"),
            ("UPDATE t SET a = 'it''s secret', b = 'x' WHERE id=?1", "UPDATE t SET a = ?, b = ? WHERE id=?1"),
            ("SELECT E'a\\' secret', 'b\\' FROM t", "SELECT E?, ? FROM t"),
            (
                "SELECT $$secret$$, $t$ a $$ b $t$, $12 -- secret\nFROM \"we\"\"ird 7\"",
                "SELECT ?, ?, $12 FROM \"we\"\"ird 7\"",
            ),
            ("SELECT 0xff, 1.5e-3, -2, 3+4, a_5, x'00' /* secret\n */ FROM t", "SELECT ?, ?, -?, ?+?, a_5, x? FROM t"),
            ("  SELECT\n\t1 ", "SELECT ?"),
            ("SELECT 'never closed secret", "SELECT ?"),
            ("SELECT $tag$ never closed secret", "SELECT ?"),
            ("SELECT 'ä' || ü FROM ö", "SELECT ? || ü FROM ö"),
            ("", ""),
        ] {
            assert_eq!(without_values(sql), expected, "{sql}");
        }
        let long = format!("SELECT {}", "\"ä\", ".repeat(1_000));
        let short = without_values(&long);
        assert!(short.ends_with("..") && short.chars().count() <= LONGEST + 2, "{}", short.len());
    }
}
